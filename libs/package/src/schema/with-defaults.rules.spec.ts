import { describe, expect, it } from '@jest/globals';
import type { JsonSchema } from '@kari/protocol/manifest';
import { withDefaults } from './with-defaults.rules.js';

const schema = {
  $defs: { zone: { type: 'string', default: 'UTC' } },
  type: 'object',
  properties: {
    zone: { $ref: '#/$defs/zone' },
    mail: { type: 'object', properties: { retries: { type: 'integer', default: 3 }, host: { type: 'string' } } },
    tags: { type: 'array', default: ['a'] },
    other: { type: 'object', properties: { name: { type: 'string' } } },
  },
};

const withDefault = (name: string, value: unknown): JsonSchema => ({ properties: { [name]: { default: value } } });
const both: JsonSchema = { properties: { a: { default: 1 }, b: { default: 2 } } };
const blank = { a: false, b: 0, c: '' };

it('fills what is absent, at any depth, and leaves what has no default absent', () => {
  expect(withDefaults(schema, {})).toEqual({ zone: 'UTC', mail: { retries: 3 }, tags: ['a'] });
});

it('a value that is there wins, null too', () => {
  expect(withDefaults(schema, { zone: null, mail: { retries: 0, host: 'x' }, tags: [] })).toEqual({
    zone: null,
    mail: { retries: 0, host: 'x' },
    tags: [],
  });
});

it('neither the value nor the schema is changed or shared', () => {
  const value = {};
  const filled = withDefaults(schema, value) as { tags: string[] };
  filled.tags.push('b');
  expect([value, schema.properties.tags.default]).toEqual([{}, ['a']]);
});

it('a value of another kind is left to the validator', () => {
  expect(withDefaults(schema, [])).toEqual([]);
  expect(withDefaults(true, 1)).toBe(1);
});

describe('a default', () => {
  it.each<[string, JsonSchema, unknown, unknown]>([
    ['of each part', { allOf: [withDefault('a', 1), withDefault('b', 2)] }, {}, { a: 1, b: 2 }],
    ['of the first part that has one', { allOf: [withDefault('a', 1), withDefault('a', 2)] }, {}, { a: 1 }],
    ['of what it refers to', { $defs: { part: withDefault('a', 1) }, $ref: '#/$defs/part' }, {}, { a: 1 }],
    ['of nothing, where what it refers to is not there', { $ref: '#/$defs/gone' }, 7, 7],
    ['of nothing, where the reference or the list of parts is neither', { $ref: 7, allOf: 'parts' }, 7, 7],
    ['of a whole object, with those of its members', { default: { a: 9 }, ...both }, undefined, { a: 9, b: 2 }],
    ['of an object that is empty', { default: {}, properties: { a: {} } }, undefined, {}],
    ['of members alone, where nothing is there', both, undefined, { a: 1, b: 2 }],
    ['of no member, where nothing is there', { properties: { a: { type: 'string' } } }, undefined, undefined],
    ['of no member, where an empty object is there', { properties: { a: { type: 'string' } } }, {}, {}],
    ['that is false, zero or empty', { properties: { a: { default: false }, b: { default: 0 }, c: { default: '' } } }, {}, blank],
    ['that is null', { properties: { a: { default: null } } }, {}, { a: null }],
  ])('%s', (_name, of, value, filled) => {
    expect(withDefaults(of, value)).toEqual(filled);
  });

  it.each([null, 'text', 7, [], [{}]])('fills no member of %j', (value) => {
    expect(withDefaults(both, value)).toEqual(value);
  });

  it('reaches no member whose name is a trap', () => {
    const traps = JSON.parse(
      '{"__proto__":{"default":{"a":1}},"constructor":{"default":1},"prototype":{"default":1},"a":{"default":1}}',
    ) as object;
    const filled = withDefaults({ properties: traps }, {}) as object;
    expect([filled, Object.getPrototypeOf(filled)]).toEqual([{ a: 1 }, Object.prototype]);
  });

  it('is filled in 32 levels deep and no deeper, whatever led there', () => {
    const under = (levels: number, wrap: (inner: JsonSchema) => JsonSchema): JsonSchema =>
      Array.from({ length: levels }).reduce<JsonSchema>(wrap, { default: 1 });
    const member = (inner: JsonSchema): JsonSchema => ({ properties: { a: inner } });
    const part = (inner: JsonSchema): JsonSchema => ({ allOf: [inner] });
    const depthOf = (value: unknown): number =>
      typeof value === 'object' && value !== null ? 1 + depthOf((value as { a: unknown }).a) : 0;
    expect([32, 33].map((levels) => depthOf(withDefaults(under(levels, member), undefined)))).toEqual([32, 0]);
    expect([32, 33].map((levels) => withDefaults(under(levels, part), undefined))).toEqual([1, undefined]);
  });

  it('of a schema that holds itself ends', () => {
    const ring = { $defs: { ring: { $ref: '#/$defs/ring' } }, $ref: '#/$defs/ring' };
    expect(withDefaults(ring, 7)).toBe(7);
  });
});
