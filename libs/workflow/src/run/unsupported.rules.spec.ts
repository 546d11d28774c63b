import { expect, it } from '@jest/globals';
import type { WorkflowDocument } from '../definition/document.js';
import { documentOf } from './testing/playing-run.js';
import { unsupportedIn } from './unsupported.rules.js';

const hidden = (task: object): WorkflowDocument['do'] => [
  { outer: { try: [{ inner: { fork: { branches: [{ deep: task as never }] } } }], catch: { do: [{ mend: { set: {} } }] } } },
];

it.each([
  [{ call: 'asyncapi', with: { subscription: {} } }, 'a subscription of call: asyncapi'],
  [{ call: 'mcp' }, 'call: mcp'],
  [{ run: { shell: { command: 'ls' } } }, 'run: shell'],
  [{ call: 'approval.request@1', metadata: { kari: { rateLimit: { limit: 1, per: 'PT1S' } } } }, 'a rate limit of an approval'],
])('names %j wherever it stands', (task, construct) => {
  expect(unsupportedIn(documentOf(hidden(task)))).toEqual([{ construct, pointer: '/do/0/outer/try/0/inner/fork/branches/0/deep' }]);
});

it('names what stands around the tasks', () => {
  expect(unsupportedIn(documentOf([], { use: { functions: { f: { call: 'mcp' } } } }))[0]?.construct).toBe('call: mcp');
});

it('names each of several, in the order of the document', () => {
  const listening = { listen: { to: { one: { with: {} } } }, foreach: { do: [{ inner: { call: 'a2a' } }] } };
  const several = documentOf([{ a: listening }, { b: { run: { shell: { command: 'ls' } } } as never }], {
    use: { extensions: [{ e: { extend: 'all' } }] },
  });
  expect(unsupportedIn(several).map(({ construct }) => construct)).toEqual(['use.extensions', 'call: a2a', 'run: shell']);
});

it('finds nothing in what it runs', () => {
  const all = documentOf([
    { a: { call: 'a.b@1', metadata: { kari: { rateLimit: { limit: 1, per: 'PT1S' } } } } },
    { b: { for: { in: '.x' }, do: [{ c: { set: {} } }] } },
    { d: { run: { workflow: { namespace: 'n', name: 'w', version: '1' } } } },
    { e: { wait: 'PT1S' } },
    { h: { listen: { to: { one: { with: { type: 'a.b' } } } }, foreach: { do: [{ c: { set: {} } }] } } },
    { i: { emit: { event: { with: { source: 'urn:x', type: 'a.b' } } } } },
    { f: { switch: [] } },
    { j: { call: 'grpc', with: {} } },
    { k: { call: 'asyncapi', with: { message: {} } } },
    { g: { raise: { error: { type: 'urn:x', status: 400 } } } },
  ]);
  expect(unsupportedIn(all)).toEqual([]);
});
