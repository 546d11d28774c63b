import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fewestTogether } from './plan-together.rules.js';

/** `needs`: who must change in the same moment; `refuses`: who must not. */
const choose = (needs: Readonly<Record<string, readonly string[]>>, refuses: Readonly<Record<string, readonly string[]>> = {}) =>
  fewestTogether(
    Object.keys(needs),
    (one, beside) => needs[one]!.every((other) => beside.includes(other)) && !(refuses[one] ?? []).some((other) => beside.includes(other)),
  );

describe('what only fits together', () => {
  it('is the circle of those that need each other', () => {
    expect(choose({ a: ['b'], b: ['a'] })).toEqual(['a', 'b']);
    expect(choose({ a: ['b'], b: ['c'], c: ['a'] })).toEqual(['a', 'b', 'c']);
  });
  it('is nothing where one of the circle is missing', () => {
    expect(choose({ a: ['b'], b: ['c'] })).toEqual([]);
    expect(choose({})).toEqual([]);
  });
  it('leaves out who needs the circle, and is not needed by it', () => {
    expect(choose({ a: ['b'], b: ['a'], c: ['a'] })).toEqual(['a', 'b']);
  });
  it('is one circle at a time', () => {
    expect(choose({ a: ['b'], b: ['a'], c: ['d'], d: ['c'] })).toEqual(['c', 'd']);
  });
  it('is found beside one that does not bear it', () => {
    expect(choose({ a: ['b'], b: ['a'], z: [] }, { a: ['z'], z: ['a'] })).not.toEqual([]);
    expect(choose({ a: ['b'], b: ['a'], z: ['y'] }, { a: ['z'] })).toEqual(['a', 'b']);
  });
  it('fits, and loses its hold when anybody of it is left out', () => {
    const needs = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd', 'e'), fc.subarray(['a', 'b', 'c', 'd', 'e']), { maxKeys: 5 });
    fc.assert(
      fc.property(needs, (wanted) => {
        const others = Object.fromEntries(Object.entries(wanted).map(([one, all]) => [one, all.filter((other) => other !== one)]));
        const group = choose(others);
        for (const one of group) {
          expect(others[one]!.every((other) => group.includes(other))).toBe(true);
          const rest = Object.fromEntries(group.filter((other) => other !== one).map((other) => [other, others[other]!]));
          expect(choose(rest)).toEqual([]);
        }
      }),
      { seed: 7, numRuns: 200 },
    );
  });
});
