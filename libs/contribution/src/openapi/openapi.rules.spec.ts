import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from '@jest/globals';
import type { HttpRoute } from '@kari/protocol/manifest';
import { openapiOf, type DescribedRoute } from './openapi.rules.js';

const described = (name: string, route: Partial<HttpRoute>, more: Partial<DescribedRoute> = {}): DescribedRoute => ({
  extension: 'acme.notes',
  version: '1.2.0',
  title: 'Notes',
  summary: 'Keeps notes.',
  name,
  route: { method: 'GET', path: `/${name}`, description: `Does ${name}.`, response: true, ...route },
  isOpen: false,
  answer: 'json',
  ...more,
});

const note = { type: 'object', $defs: { id: { type: 'string' } }, properties: { id: { $ref: '#/$defs/id' } } };
const routes: readonly DescribedRoute[] = [
  described('list', {
    path: '/notes',
    query: {
      type: 'object',
      properties: { limit: { type: 'integer', description: 'How many.' }, tag: { type: 'array' } },
      required: ['tag'],
      additionalProperties: false,
    },
    response: note,
    right: 'acme.notes:note.read',
    headers: ['if-none-match'],
  }),
  described('read', {
    path: '/notes/{id}',
    params: { type: 'object', properties: { id: { type: 'string', format: 'uuid' } } },
    response: note,
  }),
  described('change', {
    method: 'PUT',
    path: '/notes/{key}',
    params: { properties: { key: { type: 'string', maxLength: 7 } } },
    body: note,
  }),
  described('sign', { method: 'POST', bodyType: 'form', body: { type: 'object' }, rateLimit: { requests: 3, seconds: 9, per: 'tenant' } }),
  described('upload', { method: 'POST', bodyType: 'bytes', body: true, responseType: 'image/png' }, { answer: 'bytes' }),
  described(
    'say',
    { method: 'POST', bodyType: 'text', body: { type: 'string' }, query: true, responseType: 'text/plain' },
    { answer: 'text' },
  ),
  described('ping', { path: '/', public: true, reason: 'x' }, { isOpen: true, extension: 'acme.other', title: 'Other' }),
];

type Operation = { readonly parameters?: readonly object[]; readonly [member: string]: unknown };
const document = openapiOf('demo', '0.1.0', routes) as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly tags: readonly unknown[];
  readonly components: { readonly schemas: object };
};

describe('the document', () => {
  it.each([
    ['of no routes', []],
    ['of every kind of route', routes],
  ])('%s is valid OpenAPI 3.1, and every reference leads somewhere', async (_name, given) => {
    const validator = new Validator();
    const { valid, errors } = await validator.validate(structuredClone(openapiOf('demo', '0.1.0', given)));
    expect([valid, errors]).toEqual([true, undefined]);
    expect(validator.version).toBe('3.1');
    expect(() => validator.resolveRefs()).not.toThrow();
  });

  it('would not be called valid if it were not', async () => {
    const broken = { ...structuredClone(openapiOf('demo', '0.1.0', routes)), paths: { 'no-slash': {} } };
    expect((await new Validator().validate(broken as Record<string, unknown>)).valid).toBe(false);
  });

  it('names who provides what', () => {
    expect(document.tags).toEqual([
      { name: 'acme.notes', description: 'Notes. Keeps notes.' },
      { name: 'acme.other', description: 'Other. Keeps notes.' },
    ]);
  });

  it('tells rights, rates, parts of the query and headers', () => {
    expect(document.paths['/ext/acme.notes/notes']?.['get']).toMatchObject({
      operationId: 'acme.notes.list',
      'x-kari-right': 'acme.notes:note.read',
      'x-kari-rate': { requests: 60, seconds: 60, per: 'caller' },
      parameters: [
        { name: 'limit', in: 'query', required: false, description: 'How many.' },
        { name: 'tag', in: 'query', required: true },
        { name: 'if-none-match', in: 'header' },
      ],
    });
    expect(document.paths['/ext/acme.notes/sign']?.['post']).toMatchObject({ 'x-kari-rate': { requests: 3, seconds: 9, per: 'tenant' } });
  });

  it('has one path for two spellings of it, each part with its own schema', () => {
    const path = document.paths['/ext/acme.notes/notes/{id}'];
    expect(Object.keys(path ?? {})).toEqual(['get', 'put']);
    expect(path?.['put']?.parameters).toEqual([{ name: 'id', in: 'path', required: true, schema: { type: 'string', maxLength: 7 } }]);
  });

  it('asks for a credential everywhere but at open routes', () => {
    expect(document.paths['/ext/acme.other/']?.['get']?.['security']).toEqual([{ tenant: [] }, { token: [], tenant: [] }]);
    expect(document.paths['/ext/acme.notes/notes']?.['get']?.['security']).toBeUndefined();
  });
});
