import { describe, expect, it } from '@jest/globals';
import { parseValue } from 'graphql';
import { Json } from './json.scalar.js';

const literal = (text: string, variables: Record<string, unknown> = {}) => Json.parseLiteral(parseValue(text), variables);
function deep(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level += 1) value = [value];
  return value;
}

describe('the scalar JSON', () => {
  it('takes any JSON value, as a variable or written out', () => {
    const value = { a: [1, 2.5, 'x', true, null], b: {} };
    expect(Json.parseValue(value)).toEqual(value);
    expect(literal('{ a: [1, 2.5, "x", true, null], b: {} }')).toEqual(value);
    expect(literal('{ a: $x }', { x: { y: 1 } })).toEqual({ a: { y: 1 } });
  });

  it.each(['__proto__', 'constructor', 'prototype'])('refuses %s as a name, at any depth', (name) => {
    expect(() => Json.parseValue(JSON.parse(`{ "a": [{ "${name}": 1 }] }`))).toThrow('cannot be a name');
    expect(() => literal(`{ a: [{ ${name}: 1 }] }`)).toThrow('cannot be a name');
  });

  it('refuses what is nested too deep, and words without quotation marks', () => {
    expect(() => Json.parseValue(deep(64))).not.toThrow();
    expect(() => Json.parseValue(deep(66))).toThrow('nested deeper');
    expect(() => literal(`${'['.repeat(70)}${']'.repeat(70)}`)).toThrow('nested deeper');
    expect(() => literal('{ a: WORD }')).toThrow('quotation marks');
  });
});
