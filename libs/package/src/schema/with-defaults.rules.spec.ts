import { expect, it } from '@jest/globals';
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
