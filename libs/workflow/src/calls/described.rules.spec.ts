import { expect, it } from '@jest/globals';
import { at, dereferenced, lastName } from './described.rules.js';

const document = { a: { 'b/c': { x: 1 } }, one: { $ref: '#/a/b~1c' }, two: { $ref: '#/one' }, round: { $ref: '#/round' } };

it('follows references inside the document, and no others', () => {
  expect(dereferenced(document, document.two)).toEqual({ x: 1 });
  expect(dereferenced(document, { y: 2 })).toEqual({ y: 2 });
  expect(dereferenced(document, { $ref: '#/constructor' })).toEqual({});
  for (const elsewhere of [{ $ref: 'https://elsewhere.example/x.json' }, { $ref: 'x.json#/a' }, document.round])
    expect(() => dereferenced(document, elsewhere)).toThrow('WORKFLOW_CALL_INVALID');
});

it('reads pointers and the names at their end', () => {
  expect(at(document, '/a/b~1c/x')).toBe(1);
  expect(at(document, '/a/toString')).toBeUndefined();
  expect(lastName('#/operations/a~1b')).toBe('a/b');
  expect(lastName('plain')).toBe('plain');
});
