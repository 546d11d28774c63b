import { expect, it } from '@jest/globals';
import { referenceFindings } from './reference.rules.js';
import { set, workflow } from './testing/documents.js';

const found = (tasks: unknown, more = {}) => referenceFindings(workflow(tasks, more)).map(({ code, pointer }) => `${code} ${pointer}`);
const caught = (filter: object) => [{ a: { try: [set('b')], catch: filter } }];
const http = (use: string) => ({
  call: 'http',
  with: { method: 'get', endpoint: { uri: 'https://example.org', authentication: { use } } },
});
const STANDARD = 'https://serverlessworkflow.io/spec/1.0.0/errors/';
const filter = { with: { type: 'a.b.v1' } };

it.each([
  ['a timeout', [set('a', { timeout: 'long' })], {}, ['WORKFLOW_REFERENCE_UNKNOWN /do/0/a/timeout']],
  ['a defined timeout', [set('a', { timeout: 'long' })], { use: { timeouts: { long: { after: 'PT1H' } } } }, []],
  ['the timeout of all', [set('a')], { timeout: 'long' }, ['WORKFLOW_REFERENCE_UNKNOWN /timeout']],
  ['an error', [{ a: { raise: { error: 'nope' } } }], {}, ['WORKFLOW_REFERENCE_UNKNOWN /do/0/a/raise/error']],
  ['a retry', caught({ retry: 'often' }), {}, ['WORKFLOW_REFERENCE_UNKNOWN /do/0/a/catch/retry']],
  ['a name of every object', caught({ retry: 'toString' }), { use: { retries: {} } }, ['WORKFLOW_REFERENCE_UNKNOWN /do/0/a/catch/retry']],
  ['an authentication', [{ a: http('nobody') }], {}, ['WORKFLOW_REFERENCE_UNKNOWN /do/0/a/with/endpoint/authentication/use']],
  ['a defined authentication', [{ a: http('me') }], { use: { secrets: ['s'], authentications: { me: { basic: { use: 's' } } } } }, []],
  [
    'a secret',
    [{ a: http('me') }],
    { use: { authentications: { me: { basic: { use: 's' } } } } },
    ['WORKFLOW_REFERENCE_UNKNOWN /use/authentications/me/basic/use'],
  ],
  [
    'a status that no error has',
    caught({ errors: { with: { status: 42 } } }),
    {},
    ['WORKFLOW_CATCH_NEVER /do/0/a/catch/errors/with/status'],
  ],
  [
    'a status of another type',
    caught({ errors: { with: { type: `${STANDARD}timeout`, status: 500 } } }),
    {},
    ['WORKFLOW_CATCH_NEVER /do/0/a/catch/errors/with/status'],
  ],
  [
    'a type that does not exist',
    caught({ errors: { with: { type: `${STANDARD}timeuot` } } }),
    {},
    ['WORKFLOW_CATCH_NEVER /do/0/a/catch/errors/with/type'],
  ],
  ['a status of an answer', caught({ errors: { with: { type: `${STANDARD}communication`, status: 503 } } }), {}, []],
  ['a condition that never holds', caught({ when: '${ false }' }), {}, ['WORKFLOW_CATCH_NEVER /do/0/a/catch/when']],
  ['an exception that always holds', caught({ exceptWhen: 'true' }), {}, ['WORKFLOW_CATCH_NEVER /do/0/a/catch/exceptWhen']],
  ['a catch of everything', caught({}), {}, []],
  [
    'concurrency outside a loop',
    [set('a', { metadata: { kari: { concurrency: 2 } } })],
    {},
    ['WORKFLOW_EXTENSION_INVALID /do/0/a/metadata/kari/concurrency'],
  ],
  [
    'a rate limit of a set',
    [set('a', { metadata: { kari: { rateLimit: { limit: 1, per: 'PT1S' } } } })],
    {},
    ['WORKFLOW_EXTENSION_INVALID /do/0/a/metadata/kari/rateLimit'],
  ],
  ['one event without correlation', [{ a: { listen: { to: { one: filter } } } }], {}, []],
  ['all and any at once', [{ a: { listen: { to: { all: [filter], any: [filter] } } } }], {}, ['WORKFLOW_EVENTS_INVALID /do/0/a/listen/to']],
  ['all of nothing', [{ a: { listen: { to: { all: [] } } } }], {}, ['WORKFLOW_EVENTS_INVALID /do/0/a/listen/to/all']],
  ['any event', [{ a: { listen: { to: { any: [] } } } }], {}, []],
  [
    'an `until` of nothing',
    [{ a: { listen: { to: { any: [filter], until: { all: [] } } } } }],
    {},
    ['WORKFLOW_EVENTS_INVALID /do/0/a/listen/to/until/all'],
  ],
  ['a start on nothing', [set('a')], { schedule: { on: { all: [] } } }, ['WORKFLOW_EVENTS_INVALID /schedule/on/all']],
])('judges %s', (_, tasks, more, expected) => {
  expect(found(tasks, more)).toEqual(expected);
});
