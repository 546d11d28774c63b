import { expect, it } from '@jest/globals';
import { namesSecrets } from './secret-names.rules.js';
import { workflow } from '../definition/testing/documents.js';
import { quick } from '../run/testing/playing-run.js';
import { filled } from '../run/task-values.rules.js';
import { callArguments } from './call-arguments.rules.js';

const made = (task: { call: string; with: object }, input: unknown, use: object = {}) =>
  callArguments(workflow([], { use }), task as never, input, (template, given, secrets) =>
    filled({ value: quick }, template, given, { input: given }, secrets === 'kept' ? namesSecrets : undefined),
  );

it('answers everything but what a secret makes whole', () => {
  const given = { method: 'get', endpoint: 'https://a.example/{id}', headers: { t: '${ $secrets.t }', n: '${ .n }' } };
  expect(made({ call: 'http', with: given }, { id: 7, n: 'x' })).toEqual({
    call: 'http',
    with: { method: 'get', endpoint: 'https://a.example/7', headers: { t: '${ $secrets.t }', n: 'x' } },
  });
});

it('expands what is written down, and no address that an expression gave', () => {
  const from = (endpoint: unknown, input: unknown) => made({ call: 'http', with: { endpoint } }, input).with;
  expect(from({ uri: 'https://a.example/{id}' }, { id: 1 })).toEqual({ endpoint: { uri: 'https://a.example/1' } });
  expect(from('${ .url }', { url: 'https://a.example/{id}', id: 1 })).toEqual({ endpoint: 'https://a.example/{id}' });
  const openapi = { document: { endpoint: 'https://{host}/openapi.json' }, operationId: 'a' };
  expect(made({ call: 'openapi', with: openapi }, { host: 'a.example' }).with).toEqual({
    ...openapi,
    document: { endpoint: 'https://a.example/openapi.json' },
  });
});

it('gives a function what its caller gives, and keeps that where secrets need it', () => {
  const use = {
    functions: {
      plain: { call: 'http', with: { endpoint: '${ .u }' } },
      keyed: { call: 'http', with: { headers: { t: '${ $secrets.t + .n }' } } },
    },
  };
  expect(made({ call: 'plain', with: { u: '${ .at }' } }, { at: 'x' }, use)).toEqual({ call: 'http', with: { endpoint: 'x' } });
  expect(made({ call: 'keyed', with: { n: '${ .at }' } }, { at: 'x' }, use)).toEqual({
    call: 'http',
    with: { headers: { t: '${ $secrets.t + .n }' } },
    input: { n: 'x' },
  });
});

it('knows no secrets in a call of a plugin', () => {
  expect(() => made({ call: 'desk.note@1', with: { t: '${ $secrets.t }' } }, {})).toThrow();
});
