// Runs as people have them: started, watched, held up, approved, undone, tried again; each tenant by itself, and nobody without the right.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { rejected } from '@kari/kernel';
import type { WorkflowDocument } from '../../../libs/workflow/src/definition/document.js';
import { manifestOf, startCapabilityApp, type CapabilityApp } from '../../support/capability-app.js';
import { eventually, type GraphqlCaller } from '../../support/client.js';

const anything = { type: 'object' } as const;
const contract = {
  description: 'for tests',
  version: '1.0.0',
  input: anything,
  output: anything,
  effect: 'none',
  idempotent: true,
} as const;
const DESK = manifestOf('acme.desk', {
  plugins: {
    'desk.note': contract,
    'desk.tear': contract,
    'desk.break': { ...contract, errors: { BROKEN: { description: 'it broke' } } },
    'desk.hang': contract,
  },
});

let app: CapabilityApp;
let a: { id: string; admin: GraphqlCaller };
let b: { id: string; admin: GraphqlCaller };
let healed = false;
const seen: { handler: string; input: unknown; key: string }[] = [];
const cancelled: string[] = [];

beforeAll(async () => {
  app = await startCapabilityApp();
  [a, b] = [await app.tenant('tenant-a'), await app.tenant('tenant-b')];
  app.extensions.install(a.id, DESK);
  for (const name of ['note', 'tear'] as const) {
    app.extensions.handle('acme.desk', `plugin:desk.${name}`, ({ input, context }) => {
      seen.push({ handler: name, input, key: context.idempotencyKey ?? '' });
      return { noted: (input as { text?: string }).text ?? null };
    });
  }
  app.extensions.handle('acme.desk', 'plugin:desk.break', () => {
    if (healed) return { whole: true };
    throw rejected('PLUGIN_FAILED', { code: 'BROKEN', message: 'it broke' });
  });
  app.extensions.handle('acme.desk', 'plugin:desk.hang', ({ signal, input }) => {
    return new Promise((_, reject) => {
      signal?.addEventListener('abort', () => {
        cancelled.push((input as { text: string }).text);
        reject(rejected('SANDBOX_CANCELLED', {}));
      });
    });
  });
}, 60_000);
afterAll(() => app?.stop());

const workflow = (name: string, tasks: WorkflowDocument['do'], more: Partial<WorkflowDocument> = {}): string => {
  app.workflows.save(a.id, { document: { dsl: '1.0.0', namespace: 'tests', name, version: '1.0.0' }, do: tasks, ...more });
  return name;
};
const note = (text: string) => ({ call: 'desk.note@1', with: { text } });

const START = 'mutation($i: StartRunInput!) { startRun(input: $i) { id status position } }';
const start = async (name: string, input: unknown = {}, idempotencyKey: string | null = null): Promise<{ id: string; position: string }> =>
  (await a.admin.data<{ startRun: { id: string; position: string } }>(START, { i: { workflow: name, input, idempotencyKey } })).startRun;
interface Run {
  readonly status: string;
  readonly reason: string;
  readonly error: { readonly title?: string; readonly status: number } | null;
}
const runOf = async (id: string): Promise<Run> =>
  (await a.admin.data<{ workflowRun: Run }>('query($r: ID!) { workflowRun(run: $r) { status reason error } }', { r: id })).workflowRun;
const until = async (id: string, wanted: (run: Run) => boolean): Promise<Run> => {
  for (;;) {
    const found = await runOf(id).catch(() => null);
    if (found !== null && wanted(found)) return found;
    await new Promise((go) => setTimeout(go, 20));
  }
};
const ended = (id: string): Promise<Run> => until(id, ({ status }) => ['COMPLETED', 'FAILED', 'CANCELLED'].includes(status));
const outputOf = async (id: string): Promise<unknown> => {
  const { workflowRunHistory } = await a.admin.data<{ workflowRunHistory: { nodes: { type: string; data: { output?: unknown } }[] } }>(
    'query($r: ID!) { workflowRunHistory(run: $r, first: 200) { nodes { type data } } }',
    { r: id },
  );
  return workflowRunHistory.nodes.at(-1)?.data.output;
};

it('hand results on from task to task, with real jq in between', async () => {
  const name = workflow('hand-on', [
    { first: { ...note('${ .who }'), output: { as: '${ {first: .noted, length: (.noted | length)} }' }, export: { as: '${ . }' } } },
    { second: { set: { all: '${ [.first, .length] | map(tostring) | join("-") }', before: '${ $context.first }' } } },
    { third: { if: '.all == "nobody"', ...note('never') } },
  ]);
  const { id } = await start(name, { who: 'Ada' });
  expect(await ended(id)).toMatchObject({ status: 'COMPLETED', error: null });
  expect(await outputOf(id)).toEqual({ all: 'Ada-3', before: 'Ada' });
  const tasks = await eventually(
    () =>
      a.admin.data<{ workflowTasks: { nodes: { id: string; status: string }[] } }>(
        'query($r: ID!) { workflowTasks(run: $r, first: 50) { nodes { id kind status attempt input output } } }',
        { r: id },
      ),
    ({ workflowTasks }) => workflowTasks.nodes.at(-1)?.status === 'SKIPPED',
  );
  expect(tasks).toMatchObject({
    workflowTasks: {
      nodes: [
        { id: '/do' },
        { id: '/do/0/first', kind: 'call', status: 'COMPLETED', attempt: 1, input: { who: 'Ada' }, output: { first: 'Ada', length: 3 } },
        { id: '/do/1/second', kind: 'set' },
        { id: '/do/2/third', status: 'SKIPPED' },
      ],
    },
  });
});

it('are one for each key, and the key of an effect stays the same over attempts', async () => {
  const name = workflow('once', [{ only: note('once') }]);
  const [one, two] = await Promise.all([start(name, {}, 'order-1'), start(name, {}, 'order-1')]);
  expect(one.id).toBe(two.id);
  await ended(one.id);
  expect(seen.filter(({ input }) => (input as { text: string }).text === 'once')).toHaveLength(1);
  expect(await a.admin.code(START, { i: { workflow: name, input: { other: true }, idempotencyKey: 'order-1' } })).toBe(
    'WORKFLOW_KEY_REUSED',
  );
  expect(await a.admin.code(START, { i: { workflow: 'no-such' } })).toBe('WORKFLOW_UNKNOWN');
});

it('undo what was done, last first, when a later task fails; and nothing else', async () => {
  const undoable = (text: string) => ({
    ...note(text),
    metadata: { kari: { compensate: [{ undo: { call: 'desk.tear@1', with: { text: '${ $output.noted }' } } }] } },
  });
  const name = workflow('saga', [
    { one: undoable('one') },
    { two: undoable('two') },
    { three: { call: 'desk.break@1' } },
    { four: undoable('four') },
  ]);
  const { id } = await start(name);
  expect(await ended(id)).toMatchObject({ status: 'FAILED', error: { title: 'PLUGIN_FAILED' } });
  expect(seen.filter(({ handler }) => handler === 'tear').map(({ input }) => input)).toEqual([{ text: 'two' }, { text: 'one' }]);
  const retry = 'mutation($r: ID!) { retryRun(run: $r) { status } }';
  expect(await a.admin.code(retry, { r: id })).toBe('WORKFLOW_RETRY_IMPOSSIBLE');
});

it('catch and retry, and a failed run is retried from where it failed', async () => {
  const name = workflow('mend', [
    {
      guarded: {
        try: [{ bad: { call: 'desk.break@1' } }],
        catch: {
          errors: { with: { title: 'PLUGIN_FAILED' } },
          retry: { delay: { milliseconds: 5 }, limit: { attempt: { count: 2 } } },
          do: [{ again: { call: 'desk.break@1' } }],
        },
      },
    },
    { after: note('mended') },
  ]);
  const { id } = await start(name);
  expect(await ended(id)).toMatchObject({ status: 'FAILED' });
  const history = await a.admin.data<{ workflowRunHistory: { nodes: { type: string }[] } }>(
    'query($r: ID!) { workflowRunHistory(run: $r, first: 200) { nodes { type } } }',
    { r: id },
  );
  expect(history.workflowRunHistory.nodes.filter(({ type }) => type === 'TaskFailed')).toHaveLength(4);
  healed = true;
  await a.admin.data('mutation($r: ID!) { retryRun(run: $r) { status } }', { r: id });
  expect(await until(id, ({ status }) => status === 'COMPLETED')).toMatchObject({ error: null });
  healed = false;
});

it('wait for an approval, which only who may can give', async () => {
  const name = workflow('ask', [
    { ask: { call: 'approval.request@1', with: { title: 'Send ${ .n } letters?', details: '${ . }', right: 'run.operate' } } },
    { judge: { switch: [{ yes: { when: '.approved', then: 'send' } }, { no: { then: 'end' } }] } },
    { send: note('sent') },
  ]);
  const { id } = await start(name, { n: 3 });
  await until(id, ({ reason }) => reason.startsWith('waits for approval'));
  const open = await eventually(
    () =>
      a.admin.data<{ workflowApprovals: { nodes: { id: string; run: string; title: string; rights: string[] }[] } }>(
        'query($r: ID!) { workflowApprovals(run: $r, status: OPEN) { nodes { id run title details rights } } }',
        { r: id },
      ),
    ({ workflowApprovals }) => workflowApprovals.nodes.length > 0,
  );
  const [approval] = open.workflowApprovals.nodes;
  expect(approval).toMatchObject({ run: id, rights: ['run.operate'], details: { n: 3 } });
  const DECIDE = 'mutation($i: DecideApprovalInput!) { decideApproval(input: $i) { status } }';
  const decision = { run: id, approval: approval?.id, decision: 'APPROVED', comment: 'fine' };
  const user = await app.somebody(a.id, 'user');
  expect(await user.code(DECIDE, { i: decision })).toBe('WORKFLOW_APPROVAL_DENIED');
  const viewer = await app.somebody(a.id, 'viewer');
  expect(await viewer.code(DECIDE, { i: decision })).toBe('REQUEST_DENIED');
  await a.admin.data(DECIDE, { i: decision });
  expect(await ended(id)).toMatchObject({ status: 'COMPLETED' });
  expect(await outputOf(id)).toEqual({ noted: 'sent' });
  expect(await a.admin.code(DECIDE, { i: { ...decision, decision: 'REJECTED' } })).toBe('WORKFLOW_APPROVAL_CLOSED');
});

it('are paused, resumed and cancelled; cancelling reaches child runs and calls under way', async () => {
  workflow('hanging-child', [{ hang: { call: 'desk.hang@1', with: { text: 'in the child' } } }]);
  const parent = workflow('hanging-parent', [
    {
      both: {
        fork: {
          branches: [
            { own: { call: 'desk.hang@1', with: { text: 'in the parent' } } },
            { child: { run: { workflow: { namespace: 'tests', name: 'hanging-child', version: '1.0.0' } } } },
          ],
        },
      },
    },
  ]);
  const { id } = await start(parent);
  const children = async (): Promise<{ id: string; status: string }[]> =>
    (
      await a.admin.data<{ workflowRuns: { nodes: { id: string; status: string }[] } }>(
        'query($p: ID!) { workflowRuns(parent: $p) { nodes { id status } } }',
        { p: id },
      )
    ).workflowRuns.nodes;
  while ((await children()).length === 0 || app.extensions.invocations.filter(({ handler }) => handler === 'plugin:desk.hang').length < 2) {
    await new Promise((go) => setTimeout(go, 20));
  }
  const [child] = await children();
  expect(child?.status).toBe('RUNNING');
  await a.admin.data('mutation($r: ID!) { cancelRun(run: $r, reason: "enough") { status } }', { r: id });
  expect(await ended(id)).toMatchObject({ status: 'CANCELLED', reason: 'enough' });
  expect(await ended(child?.id ?? '')).toMatchObject({ status: 'CANCELLED' });
  expect([...cancelled].sort()).toEqual(['in the child', 'in the parent']);

  const asks = workflow('asks', [{ ask: { call: 'approval.request@1', with: { title: 'May it?' } } }, { after: note('went on') }]);
  const paused = await start(asks);
  await until(paused.id, ({ reason }) => reason.startsWith('waits for approval'));
  await a.admin.data('mutation($r: ID!) { pauseRun(run: $r, reason: "look") { paused } }', { r: paused.id });
  const { workflowApprovals } = await eventually(
    () =>
      a.admin.data<{ workflowApprovals: { nodes: { id: string }[] } }>('query($r: ID!) { workflowApprovals(run: $r) { nodes { id } } }', {
        r: paused.id,
      }),
    (open) => open.workflowApprovals.nodes.length > 0,
  );
  const decision = { run: paused.id, approval: workflowApprovals.nodes[0]?.id, decision: 'APPROVED' };
  await a.admin.data('mutation($i: DecideApprovalInput!) { decideApproval(input: $i) { status } }', { i: decision });
  expect(await until(paused.id, ({ status }) => status === 'PAUSED')).toMatchObject({ reason: 'look' });
  await a.admin.data('mutation($r: ID!) { resumeRun(run: $r) { paused } }', { r: paused.id });
  expect(await ended(paused.id)).toMatchObject({ status: 'COMPLETED' });
  // It knew the decision, and nothing followed from it before it was resumed.
  const { workflowRunHistory } = await a.admin.data<{ workflowRunHistory: { nodes: { type: string; data: unknown }[] } }>(
    'query($r: ID!) { workflowRunHistory(run: $r, first: 200) { nodes { type data } } }',
    { r: paused.id },
  );
  const facts = workflowRunHistory.nodes.map(({ type, data }) => `${type} ${JSON.stringify(data)}`);
  const placeOf = (what: RegExp): number => facts.findIndex((fact) => what.test(fact));
  expect(placeOf(/^Approval/)).toBeGreaterThan(-1);
  expect(placeOf(/^RunResumed/)).toBeGreaterThan(placeOf(/^RunPaused/));
  expect(placeOf(/\/do\/1\/after/)).toBeGreaterThan(placeOf(/^RunResumed/));
  expect(await a.admin.code('mutation($r: ID!) { cancelRun(run: $r) { status } }', { r: paused.id })).toBe('WORKFLOW_RUN_CLOSED');
});

it('fork with another input, and show what they knew at each moment', async () => {
  const name = workflow('moments', [{ one: { set: { n: '${ .n + 1 }' }, export: { as: '${ .n }' } } }, { two: note('x') }]);
  const { id } = await start(name, { n: 1 });
  await ended(id);
  const { forkRun } = await a.admin.data<{ forkRun: { id: string } }>(
    'mutation($r: ID!, $i: JSON) { forkRun(run: $r, input: $i) { id } }',
    { r: id, i: { n: 10 } },
  );
  await ended(forkRun.id);
  const at = await a.admin.data('query($r: ID!) { workflowRunAt(run: $r) { status context } }', { r: forkRun.id });
  expect(at).toEqual({ workflowRunAt: { status: 'completed', context: 11 } });
  const first = await a.admin.data('query($r: ID!) { workflowRunAt(run: $r, revision: "0") { status context } }', { r: forkRun.id });
  expect(first).toEqual({ workflowRunAt: { status: 'running', context: null } });
});

it('belong to their tenant, and to those who may see them', async () => {
  const { id } = await start(workflow('private', [{ only: note('private') }]));
  await ended(id);
  const ask = 'query($r: ID!) { workflowRun(run: $r) { id } }';
  expect(await b.admin.code(ask, { r: id })).toBe('WORKFLOW_RUN_UNKNOWN');
  expect(await b.admin.code('query($r: ID!) { workflowRunHistory(run: $r) { nodes { id } } }', { r: id })).toBe('WORKFLOW_RUN_UNKNOWN');
  expect(await b.admin.code('mutation($r: ID!) { cancelRun(run: $r) { status } }', { r: id })).toBe('WORKFLOW_RUN_UNKNOWN');
  expect(await b.admin.code(START, { i: { workflow: 'private' } })).toBe('WORKFLOW_UNKNOWN');
  expect(await b.admin.data('{ workflowRuns { nodes { id } } workflowApprovals { nodes { id } } }')).toEqual({
    workflowRuns: { nodes: [] },
    workflowApprovals: { nodes: [] },
  });
  const viewer = await app.somebody(a.id, 'viewer');
  expect(await viewer.code(ask, { r: id })).toBe('REQUEST_DENIED');
  expect(await viewer.code(START, { i: { workflow: 'private' } })).toBe('REQUEST_DENIED');
});

it('refuse at the start what the engine does not do, by its name', async () => {
  const name = workflow('foreign', [{ ask: { call: 'asyncapi', with: { subscription: {} } } }]);
  const refused = (await a.admin.ask(START, { i: { workflow: name } })).errors[0];
  expect(refused?.extensions).toMatchObject({ code: 'WORKFLOW_CONSTRUCT_UNSUPPORTED' });
  expect(refused?.message).toContain('a subscription of call: asyncapi');
});
