import { expect, it } from '@jest/globals';
import { nearest, suggestion } from './nearest.rules.js';

it.each([
  ['licence', 'license'],
  ['htpp', 'http'],
  ['Plugins', 'plugins'],
  ['permisions', 'permissions'],
  ['xy', null],
  ['entirely-different', null],
  ['x'.repeat(10_000), null],
])('%s is meant as %s', (word, meant) => {
  expect(nearest(word, ['license', 'http', 'plugins', 'permissions'])).toBe(meant);
});

it('says what there is when nothing is near', () => {
  expect(suggestion('zzz', ['a', 'b'])).toBe('Known here: a, b.');
  expect(suggestion('zzz', [])).toBe('Remove it.');
});
