import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { entryFacts, entryText } from './entry-facts.rules.js';

const same = (text: string) => text;

describe('the facts of an entry', () => {
  it('are few, short and flat', () => {
    const facts = {
      id: 'acme.notes',
      retryable: true,
      limit: 3,
      big: 5n,
      none: null,
      list: ['a', { b: 1 }, 2],
      deep: { a: 1 },
      call: () => 1,
      endless: Infinity,
    };
    expect(entryFacts(facts, same)).toEqual({
      id: 'acme.notes',
      retryable: true,
      limit: 3,
      big: '5',
      none: null,
      list: ['a', '[object]', 2],
      deep: '[object]',
      call: '[function]',
      endless: '[number]',
    });
    expect(Object.keys(entryFacts(Object.fromEntries(Array.from({ length: 99 }, (_, index) => [`f${index}`, index])), same))).toHaveLength(
      16,
    );
    expect(entryFacts({ list: Array.from({ length: 99 }, () => 1) }, same)['list']).toHaveLength(16);
  });

  it('have names of the code alone', () => {
    expect(entryFacts({ 'a b': 1, '': 2, ['__proto__']: 3, ['x'.repeat(65)]: 4, good: 5 }, same)).toEqual({ good: 5 });
  });

  it('pass the cleaner before they are cut, so that no half of a secret is left', () => {
    const secret = `${'x'.repeat(190)}hunter2hunter2hunter2`;
    expect(entryText(secret, (text) => text.replaceAll('hunter2', '*'))).toBe(`${'x'.repeat(190)}***`);
  });

  it('are always text that a log can keep', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 400 }), (units) => {
        const text = entryText(String.fromCharCode(...units), same);
        return text.length <= 201 && !/[\ud800-\udfff]/u.test(text);
      }),
    );
  });
});
