import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { canonicalJson, NotJson } from './canonical-json.js';

describe('canonical JSON', () => {
  it('writes keys in code-unit order, at every depth, and leaves out what is undefined', () => {
    expect(canonicalJson({ b: [{ d: 1, c: undefined, a: null }], a: '€"\\', 10: true, 9: -0 })).toBe(
      '{"10":true,"9":0,"a":"€\\"\\\\","b":[{"a":null,"d":1}]}',
    );
  });

  it('is JSON that reads back as it was, and does not see the order of keys', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        fc.pre(!text.includes('\\u0000') && !/\\ud[89a-f]/i.test(text));
        const plain = JSON.parse(text) as unknown;
        expect(JSON.parse(canonicalJson(plain))).toEqual(plain);
        expect(canonicalJson(reversed(plain))).toBe(canonicalJson(plain));
      }),
    );
  });

  it.each([
    ['NaN', { a: [1, Number.NaN] }, '/a/1 is not a finite number'],
    ['a bigint', { 'a/b': 1n }, '/a~1b is a bigint, which JSON does not have'],
    ['a function', () => 1, 'the body is a function, which JSON does not have'],
    ['nothing', undefined, 'the body is missing, which JSON does not have'],
    ['a hole', [1, undefined], '/1 is missing, which JSON does not have'],
    ['a class', { at: new Date(0) }, '/at is an instance of a class'],
    ['a map', new Map(), 'the body is an instance of a class'],
    ['NUL', { a: 'x\u0000' }, '/a holds the NUL character'],
    ['a lone surrogate in a key', { '\udc00': 1 }, 'the body is not well-formed Unicode'],
    ['a cycle', cyclic(), 'is nested deeper than 64 levels'],
  ])('refuses %s and says where', (_, value, message) => {
    expect(() => canonicalJson(value)).toThrow(NotJson);
    expect(() => canonicalJson(value)).toThrow(message);
  });
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, reversed(member)]),
  );
}

function cyclic(): object {
  const ring: Record<string, unknown> = {};
  ring['ring'] = ring;
  return ring;
}
