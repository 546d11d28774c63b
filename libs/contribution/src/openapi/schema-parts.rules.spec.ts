import { expect, it } from '@jest/globals';
import { moved } from './schema-parts.rules.js';

it('moves definitions out, and every reference after them', () => {
  const schema = {
    type: 'object',
    $defs: { note: { type: 'object', properties: { next: { $ref: '#/$defs/an id' } } }, 'an id': { type: 'string' } },
    properties: { notes: { type: 'array', items: { $ref: '#/$defs/note' } } },
  };
  expect(moved(schema, 'acme.notes-list-response')).toEqual({
    schema: {
      type: 'object',
      properties: { notes: { type: 'array', items: { $ref: '#/components/schemas/acme.notes-list-response-note' } } },
    },
    components: {
      'acme.notes-list-response-note': {
        type: 'object',
        properties: { next: { $ref: '#/components/schemas/acme.notes-list-response-part2' } },
      },
      'acme.notes-list-response-part2': { type: 'string' },
    },
  });
});

it('leaves data as it is, and properties that are called like keywords', () => {
  const schema = {
    $defs: { a: true },
    const: { $ref: '#/$defs/a' },
    enum: [{ $ref: '#/$defs/a' }],
    properties: { const: { $ref: '#/$defs/a' }, $ref: { type: 'string' } },
  };
  expect(moved(schema, 'p').schema).toEqual({
    const: { $ref: '#/$defs/a' },
    enum: [{ $ref: '#/$defs/a' }],
    properties: { const: { $ref: '#/components/schemas/p-a' }, $ref: { type: 'string' } },
  });
});

it.each([true, false])('%s stays what it is', (schema) => expect(moved(schema, 'p')).toEqual({ schema, components: {} }));
