import { describe, expect, it } from '@jest/globals';
import type { Rejection } from '@kari/kernel';
import type { Json, JsonObject } from '../json.js';
import { argumentsFor, operationIn } from './openapi.rules.js';

const AT = 'https://docs.example/v1/openapi.json';
const document = (operation: JsonObject, more: JsonObject = {}): Json => ({
  openapi: '3.0.3',
  servers: [{ url: 'https://{region}.api.example/v2/', variables: { region: { default: 'eu' } } }],
  paths: { '/orders/{id}': { parameters: [{ name: 'id', in: 'path', required: true }], post: { operationId: 'change', ...operation } } },
  components: {
    parameters: { Tag: { name: 'tag', in: 'query' } },
    requestBodies: { Order: { required: true, content: { 'application/json': {} } } },
  },
  ...more,
});
const asked = (given: JsonObject, operation: JsonObject = {}, more: JsonObject = {}) =>
  argumentsFor(operationIn(document(operation, more), 'change', AT), given);
const reason = (work: () => unknown) => {
  try {
    return work();
  } catch (error) {
    return (error as Rejection).facts['reason'];
  }
};

describe('OpenAPI 3', () => {
  it('puts each parameter where the document says', () => {
    const parameters = [{ $ref: '#/components/parameters/Tag' }, { name: 'X-Key', in: 'header' }, { name: 'sid', in: 'cookie' }];
    const requestBody = { $ref: '#/components/requestBodies/Order' };
    expect(asked({ id: 'a/b', tag: ['x', 'y'], 'X-Key': 'k', sid: 's 1', body: { n: 1 } }, { parameters, requestBody })).toEqual({
      method: 'post',
      endpoint: 'https://eu.api.example/v2/orders/a%2Fb',
      headers: { 'content-type': 'application/json', 'X-Key': 'k', cookie: 'sid=s%201' },
      query: { tag: ['x', 'y'] },
      body: { n: 1 },
    });
  });

  it('joins lists as their style says', () => {
    const parameters = ['form', 'spaceDelimited', 'pipeDelimited'].map((style) => ({ name: style, in: 'query', style, explode: false }));
    const list = ['a', 1];
    expect(asked({ id: 1, form: list, spaceDelimited: list, pipeDelimited: list }, { parameters })['query']).toEqual({
      form: 'a,1',
      spaceDelimited: 'a 1',
      pipeDelimited: 'a|1',
    });
    expect(asked({ id: list })['endpoint']).toBe('https://eu.api.example/v2/orders/a%2C1');
  });

  it('finds the server where it is named last, or where the document lies', () => {
    expect(asked({ id: 1 }, { servers: [{ url: '/other' }] })['endpoint']).toBe('https://docs.example/other/orders/1');
    expect(asked({ id: 1 }, {}, { servers: [] })['endpoint']).toBe('https://docs.example/orders/1');
    expect(reason(() => asked({ id: 1 }, {}, { servers: [{ url: 'http://[' }] }))).toMatch(/no address/);
  });

  it.each<[JsonObject, JsonObject, RegExp]>([
    [{}, {}, /needs the parameter "id"/],
    [{ id: 1, other: 2 }, {}, /has no parameter "other"; it has: id/],
    [{ id: '..' }, {}, /cannot be "\.\."/],
    [{ id: {} }, {}, /no one form/],
    [{ id: 1 }, { requestBody: { $ref: '#/components/requestBodies/Order' } }, /needs the parameter "body"/],
    [{ id: 1 }, { requestBody: { $ref: 'https://evil.example/x' } }, /cannot be followed/],
    [{ id: 1 }, { requestBody: { content: { 'multipart/form-data': {} } } }, /multipart/],
  ])('refuses %j of %j', (given, operation, words) => expect(reason(() => asked(given, operation))).toMatch(words));

  it('refuses what is no document of its kind, and follows no circle', () => {
    for (const broken of [null, [], {}, { openapi: '4.0.0' }, { swagger: '1.2' }])
      expect(reason(() => operationIn(broken, 'change', AT))).toMatch(/document is/);
    expect(reason(() => operationIn(document({}), 'other', AT))).toMatch(/no operation "other"/);
    const circle = { components: { parameters: { A: { $ref: '#/components/parameters/A' } } } };
    expect(reason(() => asked({ id: 1 }, { parameters: [{ $ref: '#/components/parameters/A' }] }, circle))).toMatch(/cannot be followed/);
  });

  it('lets a secret into headers and bodies, never into an address', () => {
    const parameters = [
      { name: 'key', in: 'header', required: true },
      { name: 'q', in: 'query' },
    ];
    const operation = operationIn(document({ parameters }), 'change', AT);
    expect(argumentsFor(operation, { id: 1 }, ['key'])['headers']).toEqual({});
    expect(reason(() => argumentsFor(operation, { id: 1, key: 'k' }, ['q']))).toMatch(/no secret/);
  });
});

describe('Swagger 2', () => {
  const legacy = (parameters: Json, more: JsonObject = {}): Json => ({
    swagger: '2.0',
    host: 'api.example',
    basePath: '/v2',
    paths: { '/pets': { post: { operationId: 'change', parameters } } },
    ...more,
  });
  const of = (parameters: Json, given: JsonObject, more?: JsonObject) =>
    argumentsFor(operationIn(legacy(parameters, more), 'change', AT), given);

  it('has its body and its form among the parameters', () => {
    expect(of([{ name: 'pet', in: 'body', required: true }], { pet: { n: 1 } })).toMatchObject({
      endpoint: 'https://api.example/v2/pets',
      body: { n: 1 },
    });
    const form = [
      { name: 'a', in: 'formData' },
      { name: 'b', in: 'formData', type: 'array' },
    ];
    expect(of(form, { a: 'x', b: [1, 2] })).toMatchObject({
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: { a: 'x', b: '1,2' },
    });
    expect(reason(() => of([{ name: 'f', in: 'formData', type: 'file' }], {}))).toMatch(/file/);
  });

  it('joins lists by their format, and takes https where it may', () => {
    const parameters = ['csv', 'multi', 'pipes'].map((collectionFormat) => ({
      name: collectionFormat,
      in: 'query',
      type: 'array',
      collectionFormat,
    }));
    expect(of(parameters, { csv: ['a', 'b'], multi: ['a', 'b'], pipes: ['a', 'b'] })['query']).toEqual({
      csv: 'a,b',
      multi: ['a', 'b'],
      pipes: 'a|b',
    });
    expect(of([], {}, { schemes: ['http', 'https'] })['endpoint']).toBe('https://api.example/v2/pets');
    expect(of([], {}, { schemes: ['http'] })['endpoint']).toBe('http://api.example/v2/pets');
  });
});
