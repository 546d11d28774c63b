import { expect, it } from '@jest/globals';
import type { JsonSchema } from '@kari/protocol/manifest';
import { typeOf } from './schema-type.rules.js';

const flat = (schema: JsonSchema) => typeOf(schema).replace(/\s+/g, ' ');

it.each<[JsonSchema, string]>([
  [true, 'unknown'],
  [false, 'never'],
  [{}, 'unknown'],
  [{ type: 'integer' }, 'number'],
  [{ type: ['string', 'null'] }, 'string | null'],
  [{ enum: ['a', 1, null, "it's"] }, "'a' | 1 | null | 'it\\'s'"],
  [{ const: { a: [1] } }, '{ readonly a: readonly [1] }'],
  [{ type: 'array', items: { type: 'string' } }, 'ReadonlyArray<string>'],
  [{ prefixItems: [{ type: 'string' }, { type: 'number' }], items: false, minItems: 1 }, 'readonly [string, (number)?]'],
  [{ type: 'object' }, 'Readonly<Record<string, unknown>>'],
  [{ type: 'object', additionalProperties: false }, 'Readonly<Record<string, never>>'],
  [{ type: 'object', additionalProperties: { type: 'number' } }, 'Readonly<Record<string, number>>'],
  [{ properties: { 'a-b': { type: 'string' }, c: {} }, required: ['c'] }, "{ readonly 'a-b'?: string; readonly c: unknown; }"],
  [{ $defs: { x: { type: 'string' } }, properties: { a: { $ref: '#/$defs/x' } } }, '{ readonly a?: string; }'],
  [{ anyOf: [{ type: 'string' }, { type: 'number' }] }, 'string | number'],
  [
    { allOf: [{ properties: { a: {} } }, { anyOf: [{ type: 'string' }, { type: 'null' }] }] },
    '{ readonly a?: unknown; } & (string | null)',
  ],
])('%j', (schema, type) => {
  expect(flat(schema)).toBe(type);
});

it('words of the author become comments that they cannot leave', () => {
  expect(typeOf({ properties: { a: { description: 'one */ process.exit() /*\ntwo', default: 1 } } })).toContain(
    '/** one *\\/ process.exit() /* two Default: 1. */',
  );
});
