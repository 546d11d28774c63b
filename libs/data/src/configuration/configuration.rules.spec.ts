import { describe, expect, it } from '@jest/globals';
import { differencesBetween, layered, partial, replaceSecrets, secretFields } from './configuration.rules.js';

const secret = { type: 'string', format: 'secret-handle' };
const schema = {
  type: 'object',
  required: ['name'],
  $defs: { login: { type: 'object', properties: { password: secret, 'a/b': secret } } },
  properties: {
    name: { type: 'string' },
    key: secret,
    login: { $ref: '#/$defs/login' },
    list: { type: 'array', prefixItems: [{ type: 'string' }], items: secret },
    either: { anyOf: [{ type: 'integer' }, secret] },
    both: { allOf: [{ type: 'object', properties: { token: secret } }] },
  },
  additionalProperties: { oneOf: [{ type: 'boolean' }, secret] },
};

describe('differences', () => {
  it('are told by name, whole values at a time', () => {
    const before = { same: { a: 1, b: 2 }, gone: null, changed: { a: 1 } };
    const after = { same: { b: 2, a: 1 }, changed: { a: 1, b: 1 }, come: false };
    expect(differencesBetween(before, after)).toEqual([
      { name: 'changed', kind: 'CHANGED', before: { a: 1 }, after: { a: 1, b: 1 } },
      { name: 'come', kind: 'ADDED', before: null, after: false },
      { name: 'gone', kind: 'REMOVED', before: null, after: null },
    ]);
    expect(differencesBetween(null, null)).toEqual([]);
    expect(differencesBetween({ toString: 1 }, null)).toEqual([{ name: 'toString', kind: 'REMOVED', before: 1, after: null }]);
  });
});

describe('secret fields', () => {
  it('are found wherever a schema may hide them', () => {
    const value = {
      name: 'n',
      key: 'k',
      login: { password: 'p', 'a/b': 'q' },
      list: ['no', 'l'],
      either: 'e',
      both: { token: 't' },
      extra: 'x',
    };
    expect(secretFields(schema, value)).toEqual([
      { pointer: '/key', value: 'k' },
      { pointer: '/login/password', value: 'p' },
      { pointer: '/login/a~1b', value: 'q' },
      { pointer: '/list/1', value: 'l' },
      { pointer: '/either', value: 'e' },
      { pointer: '/both/token', value: 't' },
      { pointer: '/extra', value: 'x' },
    ]);
  });

  it('are replaced in a copy; what is not a string stays', () => {
    const value = { name: 'n', key: 'k', either: 4 };
    expect(replaceSecrets(schema, value, (name) => `<${name}>`)).toEqual({ name: 'n', key: '<k>', either: 4 });
    expect(value.key).toBe('k');
    expect(replaceSecrets(true, value, () => 'x')).toEqual(value);
    expect(replaceSecrets(undefined, value, () => 'x')).toEqual(value);
  });

  it('end at a schema that turns in a circle', () => {
    const circle = { $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } }, properties: { x: { $ref: '#/$defs/a' } } };
    expect(secretFields(circle, { x: 'y' })).toEqual([]);
  });
});

describe('layers', () => {
  it('replace whole values', () => {
    expect(layered({ a: { x: 1 }, b: 1 }, { a: { y: 2 } })).toEqual({ a: { y: 2 }, b: 1 });
    expect(layered(null, null)).toEqual({});
  });

  it('of global values need not be complete', () => {
    expect(partial(schema)).not.toHaveProperty('required');
    expect(partial(true)).toBe(true);
  });
});
