import { expect, it } from '@jest/globals';
import { secretFindings } from './secret-use.rules.js';
import { workflow } from './testing/documents.js';

const use = { secrets: ['token'] };
const found = (tasks: unknown, more: object = {}) =>
  secretFindings(workflow(tasks, { use, ...more })).map(({ code, pointer }) => `${code} ${pointer}`);
const http = (given: object) => [{ ask: { call: 'http', with: { method: 'get', endpoint: 'https://a.example', ...given } } }];
const T = '${ $secrets.token }';

it('lets secrets stand in what a call sends', () => {
  const endpoint = { uri: 'https://a.example', authentication: { bearer: { token: T } } };
  expect(found(http({ headers: { a: T }, body: [{ b: '${ "x \\($secrets.token)" + .n + $input.m }' }], endpoint }))).toEqual([]);
  expect(found([], { use: { ...use, authentications: { a: { basic: { username: 'x', password: T } } } } })).toEqual([]);
  expect(
    found([
      {
        a: {
          call: 'openapi',
          with: { document: { endpoint }, operationId: 'x', parameters: { key: T }, authentication: { bearer: { token: T } } },
        },
      },
    ]),
  ).toEqual([]);
  const proto = { endpoint };
  const service = { name: 'a.B', host: 'a.example', authentication: { bearer: { token: T } } };
  expect(found([{ a: { call: 'grpc', with: { proto, service, method: 'Do', arguments: { key: T } } } }])).toEqual([]);
  expect(found([], { use: { ...use, functions: { f: http({ headers: { a: T } })[0]!.ask } } })).toEqual([]);
});

it.each([
  ['a value', [{ t: { set: { a: T } } }], '/do/0/t/set/a'],
  ['a condition', [{ t: { if: '$secrets.token == "x"', set: {} } }], '/do/0/t/if'],
  ['an address', http({ endpoint: '${ "https://a.example/\\($secrets.token)" }' }), '/do/0/ask/with/endpoint'],
  ['a query', http({ query: { t: T } }), '/do/0/ask/with/query/t'],
  ['the input of a plugin', [{ t: { call: 'desk.note@1', with: { a: T } } }], '/do/0/t/with/a'],
  ['an output', [{ t: { set: {}, output: { as: T } } }], '/do/0/t/output/as'],
  ['an event', [{ t: { emit: { event: { with: { source: 'x', type: 'y', data: T } } } } }], '/do/0/t/emit/event/with/data'],
  ['an error', [{ t: { raise: { error: { type: 'x', status: 1, detail: T } } } }], '/do/0/t/raise/error/detail'],
  [
    'a key',
    [{ t: { ...http({})[0]!.ask, metadata: { kari: { idempotencyKey: '$secrets.token' } } } }],
    '/do/0/t/metadata/kari/idempotencyKey',
  ],
])('keeps them out of %s', (_, tasks, pointer) => expect(found(tasks)).toEqual([`WORKFLOW_SECRET_MISPLACED ${pointer}`]));

it('has them taken one by one, and with nothing that changes while a run goes on', () => {
  for (const program of ['$secrets', '$secrets[.name]', '$secrets.token + $context.x', '$secrets.token + $workflow.id'])
    expect(found(http({ headers: { a: `\${ ${program} }` } }))).toEqual(['WORKFLOW_SECRET_MISPLACED /do/0/ask/with/headers/a']);
});

it('knows those alone that use names', () => {
  expect(found(http({ headers: { a: '${ $secrets.other }' } }))).toEqual(['WORKFLOW_REFERENCE_UNKNOWN /do/0/ask/with/headers/a']);
  const endpoint = { uri: 'https://a.example', authentication: { basic: { use: 'other' } } };
  expect(found(http({ endpoint }))).toEqual(['WORKFLOW_REFERENCE_UNKNOWN /do/0/ask/with/endpoint/authentication/basic/use']);
});
