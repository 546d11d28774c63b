import { expect, it } from '@jest/globals';
import { sizeOf, unboundedPart } from './value-size.rules.js';

it('counts nodes, and texts by their length', () => {
  expect(sizeOf([1, null, true])).toBe(4);
  expect(sizeOf('x'.repeat(160))).toBe(11);
  expect(sizeOf({ a: undefined })).toBe(1 + 1 / 16);
});

it.each<[string, unknown, { pointer: string; reason: string }]>([
  ['a function', { a: [() => 1] }, { pointer: '/a/0', reason: 'it is not a JSON value' }],
  ['not a number', [Number.NaN], { pointer: '/0', reason: 'it is not a JSON value' }],
  ['a hole', [undefined], { pointer: '/0', reason: 'it is not a JSON value' }],
  ['a prototype', JSON.parse('{"a/b":{"__proto__":1}}'), { pointer: '/a~1b/__proto__', reason: '"__proto__" cannot be a name' }],
])('%s is refused with its place', (_name, value, problem) => {
  expect(sizeOf(value)).toBeNull();
  expect(unboundedPart(value)).toEqual(problem);
});

it('two million nodes are too many', () => {
  expect(sizeOf(Array.from({ length: 2_000_000 }, () => 0))).toBeNull();
});
