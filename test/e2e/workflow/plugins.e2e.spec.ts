// Plugins as a user calls them: found, called, composed, refused; each call leaves exactly one entry in the audit trail.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { rejected } from '@kari/kernel';
import { manifestOf, startCapabilityApp, type CapabilityApp } from '../../support/capability-app.js';
import type { GraphqlCaller } from '../../support/client.js';

const number = { type: 'object', required: ['n'], additionalProperties: false, properties: { n: { type: 'integer' } } } as const;
const contract = { description: 'doubles', version: '1.2.0', input: number, output: number, effect: 'none', idempotent: true } as const;
const MATH = manifestOf('acme.math', {
  plugins: {
    'math.double': { ...contract, examples: [{ input: { n: 2 }, output: { n: 4 } }] },
    'math.fail': { ...contract, errors: { TOO_LARGE: { description: 'too large' } } },
    'math.lie': contract,
  },
});

let app: CapabilityApp;
let a: { id: string; admin: GraphqlCaller };
let b: { id: string; admin: GraphqlCaller };
beforeAll(async () => {
  app = await startCapabilityApp();
  [a, b] = [await app.tenant('tenant-a'), await app.tenant('tenant-b')];
  app.extensions.install(a.id, MATH);
  app.extensions.handle('acme.math', 'plugin:math.double', ({ input }) => ({ n: (input as { n: number }).n * 2 }));
  app.extensions.handle('acme.math', 'plugin:math.lie', () => ({ n: 'four' }));
  app.extensions.handle('acme.math', 'plugin:math.fail', () => {
    throw rejected('PLUGIN_FAILED', { code: 'TOO_LARGE', message: 'much too large' });
  });
}, 60_000);
afterAll(() => app?.stop());

const CALL = 'mutation($i: CallPluginInput!) { callPlugin(input: $i) { output extension contract attempts fellBackFrom } }';
const RUN = 'mutation($i: RunPluginsInput!) { runPlugins(input: $i) { output steps { id answer { output } errorCode } } }';
const entriesOf = async (operation: string, waitFor: string): Promise<number> => {
  const query = 'query($f: AuditEntryFilter, $w: String) { auditEntries(first: 200, filter: $f, waitFor: $w) { nodes { number } } }';
  return (await a.admin.data<{ auditEntries: { nodes: unknown[] } }>(query, { f: { operation }, w: waitFor })).auditEntries.nodes.length;
};
/** A change, and where it stands in the log. */
const mark = async (): Promise<string> => {
  const member = { email: `${crypto.randomUUID()}@example.test`, name: 'mark', roles: ['viewer'] };
  return (
    await a.admin.data<{ addMember: { position: string } }>('mutation($i: AddMemberInput!) { addMember(input: $i) { position } }', {
      i: member,
    })
  ).addMember.position;
};

it('are listed with their whole contract, in their tenant alone', async () => {
  const list =
    '{ plugins(first: 2) { nodes { id intent extension enabled effect idempotent input output examples { input output } errors { code } } pageInfo { hasNextPage endCursor } } }';
  const page = await a.admin.data<{ plugins: { nodes: unknown[]; pageInfo: { hasNextPage: boolean; endCursor: string } } }>(list);
  expect(page.plugins.nodes[0]).toMatchObject({
    id: 'acme.math/math.double@1.2.0',
    intent: 'math.double',
    effect: 'NONE',
    input: number,
    examples: [{ input: { n: 2 }, output: { n: 4 } }],
  });
  expect(page.plugins.pageInfo.hasNextPage).toBe(true);
  const next = await a.admin.data(
    'query($after: String) { plugins(first: 2, after: $after) { nodes { intent } pageInfo { hasNextPage } } }',
    { after: page.plugins.pageInfo.endCursor },
  );
  expect(next).toEqual({ plugins: { nodes: [{ intent: 'math.lie' }], pageInfo: { hasNextPage: false } } });
  expect(await b.admin.data('{ plugins { nodes { intent } } }')).toEqual({ plugins: { nodes: [] } });
});

it('are called through one interface, and every refusal names its reason', async () => {
  expect(await a.admin.data(CALL, { i: { plugin: 'math.double@1', input: { n: 21 } } })).toEqual({
    callPlugin: { output: { n: 42 }, extension: 'acme.math', contract: 'math.double@1.2.0', attempts: 1, fellBackFrom: null },
  });
  expect(await a.admin.code(CALL, { i: { plugin: 'math.double', input: { n: 'x' } } })).toBe('PLUGIN_INPUT_INVALID');
  expect(await a.admin.code(CALL, { i: { plugin: 'math.lie', input: { n: 1 } } })).toBe('PLUGIN_OUTPUT_INVALID');
  expect(await a.admin.code(CALL, { i: { plugin: 'math.absent', input: {} } })).toBe('PLUGIN_NOT_FOUND');
  expect(await a.admin.code(CALL, { i: { plugin: 'math.double@9', input: {} } })).toBe('PLUGIN_CONTRACT_MISMATCH');
  expect(await b.admin.code(CALL, { i: { plugin: 'math.double', input: { n: 1 } } })).toBe('PLUGIN_NOT_FOUND');
  const failed = (await a.admin.ask(CALL, { i: { plugin: 'math.fail', input: { n: 1 } } })).errors[0];
  expect(failed?.extensions).toMatchObject({ code: 'PLUGIN_FAILED' });
  expect(failed?.message).toContain('TOO_LARGE');
  expect(await a.admin.data(CALL, { i: { plugin: 'math.fail', input: { n: 1 }, fallback: { value: 0 } } })).toMatchObject({
    callPlugin: { output: 0, fellBackFrom: 'PLUGIN_FAILED' },
  });
  expect(await (await app.somebody(a.id, 'viewer')).code(CALL, { i: { plugin: 'math.double', input: { n: 1 } } })).toBe('REQUEST_DENIED');
});

it('are composed with their results passed on', async () => {
  const steps = [
    { id: 'first', plugin: 'math.double', from: { '/n': '/input/start' } },
    { id: 'broken', plugin: 'math.fail', input: { n: 1 }, onError: 'CONTINUE' },
    { id: 'second', plugin: 'math.double', from: { '': '/steps/first' } },
  ];
  expect(await a.admin.data(RUN, { i: { mode: 'SEQUENCE', input: { start: 5 }, steps } })).toEqual({
    runPlugins: {
      output: { n: 20 },
      steps: [
        { id: 'first', answer: { output: { n: 10 } }, errorCode: null },
        { id: 'broken', answer: null, errorCode: 'PLUGIN_FAILED' },
        { id: 'second', answer: { output: { n: 20 } }, errorCode: null },
      ],
    },
  });
  const side = [1, 2, 3].map((n) => ({ id: `s${n}`, plugin: 'math.double', input: { n } }));
  expect(await a.admin.data(RUN, { i: { mode: 'PARALLEL', steps: side } })).toMatchObject({
    runPlugins: { output: { s1: { n: 2 }, s2: { n: 4 }, s3: { n: 6 } } },
  });
  expect(await a.admin.code(RUN, { i: { mode: 'PARALLEL', steps: [...side, { id: 'bad', plugin: 'math.fail', input: { n: 1 } }] } })).toBe(
    'PLUGIN_STEP_FAILED',
  );
  expect(
    await a.admin.code(RUN, { i: { mode: 'SEQUENCE', steps: [{ id: 'a', plugin: 'math.double', from: { '/n': '/steps/z' } }] } }),
  ).toBe('PLUGIN_STEPS_INVALID');
});

it('U-01 leave one entry each, whatever comes of them', async () => {
  // The view follows the log: it is asked when it has seen this change, and so all before it.
  const before = await entriesOf('mutation.callPlugin', await mark());
  await a.admin.data(CALL, { i: { plugin: 'math.double', input: { n: 1 } } });
  await a.admin.code(CALL, { i: { plugin: 'math.lie', input: { n: 1 } } });
  await a.admin.code(CALL, { i: { plugin: 'math.absent', input: {} } });
  expect(await entriesOf('mutation.callPlugin', await mark())).toBe(before + 3);
});
