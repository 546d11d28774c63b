import { describe, expect, it } from '@jest/globals';
import type { Json } from '../json.js';
import { compare, compareTexts, jsonOf, measure, Unsure } from './jq-values.rules.js';

const plenty = () => ({ left: 1_000 });

describe('jq’s values', () => {
  it('are ordered null, false, true, numbers, texts, lists, objects', () => {
    const ordered: Json[] = [null, false, true, -1, 0.5, '', 'a', 'ab', [], [null], [1], {}, { a: 1 }, { a: 2 }, { b: 0 }, { a: 0, b: 0 }];
    const shuffled = [...ordered].reverse();
    expect(shuffled.sort((left, right) => compare(left, right, plenty()))).toEqual([
      ...ordered.slice(0, 12),
      { a: 1 },
      { a: 2 },
      { a: 0, b: 0 },
      { b: 0 },
    ]);
  });

  it('order texts by code points, not by the halves of a pair', () => {
    expect(compareTexts('\uffff', '😀')).toBeLessThan(0);
    expect(compareTexts('é', 'z')).toBeGreaterThan(0);
  });

  it.each([[-0], [1e-7], [1e15], ['\u007f'], [{ b: 1, 1: 2 }]])('leave the spelling of %j to jq', (value) => {
    expect(() => jsonOf(value, plenty())).toThrow(Unsure);
  });

  it('are spelt as jq spells them elsewhere', () => {
    expect(jsonOf({ b: [1.5, 'é"', null], a: true }, plenty())).toBe('{"b":[1.5,"é\\"",null],"a":true}');
  });

  it('are measured unfolded', () => {
    let folded: Json = 1;
    for (let level = 0; level < 40; level += 1) folded = [folded, folded];
    expect(() => measure(folded, plenty())).toThrow(Unsure);
    expect(() => measure([1, 2, 'three'], plenty())).not.toThrow();
  });
});
