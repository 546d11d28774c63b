// Runs in operation: replayed, tried, found again, ended and retried in bulk, kept for a time; each tenant by itself, and nobody without the right.
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
const SHOP = manifestOf('acme.shop', {
  plugins: { 'shop.price': contract, 'shop.pay': { ...contract, errors: { BROKE: { description: 'no money' } } } },
});

let app: CapabilityApp;
let a: { id: string; admin: GraphqlCaller };
let b: { id: string; admin: GraphqlCaller };
let viewer: GraphqlCaller;
let rich = false;

beforeAll(async () => {
  app = await startCapabilityApp();
  [a, b] = [await app.tenant('tenant-a'), await app.tenant('tenant-b')];
  viewer = await app.somebody(a.id, 'viewer');
  app.extensions.install(a.id, SHOP);
  app.extensions.handle('acme.shop', 'plugin:shop.price', ({ input }) => ({ total: Number((input as { n: number }).n) * 10 }));
  app.extensions.handle('acme.shop', 'plugin:shop.pay', ({ input }) => {
    if (rich) return { paid: (input as { total: number }).total };
    throw rejected('PLUGIN_FAILED', { code: 'BROKE', message: 'no money' });
  });
}, 60_000);
afterAll(() => app?.stop());

const save = (name: string, version: string, tasks: WorkflowDocument['do']): string => {
  app.workflows.save(a.id, { document: { dsl: '1.0.0', namespace: 'tests', name, version }, do: tasks });
  return name;
};
const price = { price: { call: 'shop.price@1', with: { n: '${ .n }' } } };
const pay = { pay: { call: 'shop.pay@1', with: { total: '${ .total }' } } };

interface Run {
  readonly id: string;
  readonly status: string;
  readonly kind: string;
  readonly reason: string;
  readonly errorCode: string | null;
  readonly replayOf: string | null;
  readonly replay: { readonly result: string; readonly answered: number; readonly divergence: unknown; readonly replayed: unknown } | null;
}
const RUN =
  'query($r: ID!) { workflowRun(run: $r) { id status kind reason errorCode replayOf replay { result answered recorded replayed divergence { task attempt reason expected got } } } }';
const runOf = async (id: string): Promise<Run> => (await a.admin.data<{ workflowRun: Run }>(RUN, { r: id })).workflowRun;
const until = (id: string, wanted: (run: Run) => boolean): Promise<Run> =>
  eventually(
    () => runOf(id).catch(() => null),
    (run) => run !== null && wanted(run),
    30_000,
  ) as Promise<Run>;
const ended = (id: string): Promise<Run> => until(id, ({ status }) => ['COMPLETED', 'FAILED', 'CANCELLED'].includes(status));
const mutate = async (field: string, types: string, given: string, variables: object): Promise<string> => {
  const answer = await a.admin.data<Record<string, { id: string }>>(`mutation(${types}) { ${field}(${given}) { id } }`, { ...variables });
  return answer[field]!.id;
};
const start = (workflow: string, more: object = {}): Promise<string> =>
  mutate('startRun', '$i: StartRunInput!', 'input: $i', { i: { workflow, ...more } });
const REPLAY = 'mutation($r: ID!, $v: String) { replayRun(run: $r, version: $v) { id } }';
const replay = (run: string, version: string | null = null): Promise<string> =>
  mutate('replayRun', '$r: ID!, $v: String', 'run: $r, version: $v', { r: run, v: version });
const historyOf = async (run: string): Promise<readonly { type: string; data: Record<string, unknown> }[]> =>
  (
    await a.admin.data<{ workflowRunHistory: { nodes: { type: string; data: Record<string, unknown> }[] } }>(
      'query($r: ID!) { workflowRunHistory(run: $r, first: 200) { nodes { type data } } }',
      { r: run },
    )
  ).workflowRunHistory.nodes;

it('E-04: replay a failed run against old and new code, and perform nothing', async () => {
  save('order', '1.0.0', [price, { rest: { wait: { milliseconds: 5 } } }, pay]);
  const failed = await start('order', { input: { n: 3 } });
  expect(await ended(failed)).toMatchObject({ status: 'FAILED', kind: 'ORDINARY', errorCode: 'PLUGIN_FAILED' });
  const before = app.extensions.invocations.length;

  const again = await replay(failed);
  expect(await ended(again)).toMatchObject({ status: 'FAILED', kind: 'REPLAY', replayOf: failed, replay: { result: 'SAME', answered: 2 } });
  expect((await historyOf(again)).at(-1)).toEqual((await historyOf(failed)).at(-1));

  save('order', '2.0.0', [price, { guarded: { try: [pay], catch: { do: [{ later: { set: { owed: '${ .total }' } } }] } } }]);
  const moved = await replay(failed, '2.0.0');
  expect(await ended(moved)).toMatchObject({
    status: 'FAILED',
    errorCode: 'WORKFLOW_REPLAY_DIVERGED',
    replay: { result: 'DIVERGED', divergence: { task: '/do/1/guarded/try/0/pay', attempt: 1, reason: 'NOT_RECORDED' } },
  });
  save('order', '3.0.0', [price, { pay: { ...pay.pay, with: { total: '${ .total + 1 }' } } }]);
  expect(await ended(await replay(failed, '3.0.0'))).toMatchObject({
    replay: { divergence: { reason: 'INPUT_DIFFERS', expected: { with: { total: 30 } }, got: { with: { total: 31 } } } },
  });
  save('order', '4.0.0', [price, { owe: { set: { owed: '${ .total }' } } }]);
  expect(await ended(await replay(failed, '4.0.0'))).toMatchObject({
    status: 'COMPLETED',
    replay: { result: 'DIFFERENT', replayed: { status: 'completed', output: { owed: 30 } } },
  });
  expect(app.extensions.invocations).toHaveLength(before);
  // The control: the same run once more, for real.
  await ended(await start('order', { input: { n: 3 }, version: '1.0.0' }));
  expect(app.extensions.invocations).toHaveLength(before + 2);
});

it('E-04: refuse replays that cannot be, and let nobody meddle with one', async () => {
  save('short', '1.0.0', [price]);
  save('asks', '1.0.0', [{ ask: { call: 'approval.request@1', with: { title: 'May it?' } } }]);
  const [done, open] = [await start('short', { input: { n: 1 } }), await start('asks')];
  await ended(done);
  expect(await a.admin.code(REPLAY, { r: open })).toBe('WORKFLOW_RUN_OPEN');
  expect(await a.admin.code(REPLAY, { r: done, v: '9.9.9' })).toBe('WORKFLOW_UNKNOWN');
  expect(await a.admin.code(REPLAY, { r: a.id })).toBe('WORKFLOW_RUN_UNKNOWN');
  const again = await replay(done);
  await ended(again);
  expect(await a.admin.code(REPLAY, { r: again })).toBe('WORKFLOW_REPLAY_OF_REPLAY');
  expect(await a.admin.code('mutation($r: ID!) { retryRun(run: $r) { id } }', { r: again })).toBe('WORKFLOW_RUN_IS_REPLAY');
  expect(await b.admin.code(REPLAY, { r: done })).toBe('WORKFLOW_RUN_UNKNOWN');
  expect(await viewer.code(REPLAY, { r: done })).toBe('REQUEST_DENIED');
  await mutate('cancelRun', '$r: ID!', 'run: $r', { r: open });
  await ended(open);
});

it('try a workflow with pinned outcomes, marked as a test wherever it shows', async () => {
  const name = save('tried', '1.0.0', [price, pay, { ask: { call: 'approval.request@1', with: { title: 'Ship it?' } } }]);
  const TEST = 'mutation($i: StartTestRunInput!) { startTestRun(input: $i) { id } }';
  expect(await a.admin.code(TEST, { i: { workflow: name, pins: { nobody: 1 } } })).toBe('WORKFLOW_PIN_INVALID');
  expect(await viewer.code(TEST, { i: { workflow: name } })).toBe('REQUEST_DENIED');
  expect(await b.admin.code(TEST, { i: { workflow: name } })).toBe('WORKFLOW_UNKNOWN');

  const before = app.extensions.invocations.length;
  const id = await mutate('startTestRun', '$i: StartTestRunInput!', 'input: $i', {
    i: { workflow: name, input: { n: 2 }, pins: { pay: { paid: 'nothing' } } },
  });
  expect(await until(id, ({ reason }) => reason.startsWith('waits for approval'))).toMatchObject({ kind: 'TEST' });
  expect(app.extensions.invocations.slice(before).map(({ handler }) => handler)).toEqual(['plugin:shop.price']);
  const approvals = () =>
    a.admin.data<{ workflowApprovals: { nodes: { id: string; runKind: string }[] } }>(
      'query($r: ID!) { workflowApprovals(run: $r) { nodes { id runKind } } }',
      { r: id },
    );
  const { workflowApprovals } = await eventually(approvals, (open) => open.workflowApprovals.nodes.length > 0);
  expect(workflowApprovals.nodes).toMatchObject([{ runKind: 'TEST' }]);
  await a.admin.data('mutation($i: DecideApprovalInput!) { decideApproval(input: $i) { status } }', {
    i: { run: id, approval: workflowApprovals.nodes[0]?.id, decision: 'APPROVED' },
  });
  expect(await ended(id)).toMatchObject({ status: 'COMPLETED', kind: 'TEST' });
  const tasks = () =>
    a.admin.data<{ workflowTasks: { nodes: { name: string; status: string; output: unknown }[] } }>(
      'query($r: ID!) { workflowTasks(run: $r, first: 50) { nodes { name status output } } }',
      { r: id },
    );
  const { workflowTasks } = await eventually(tasks, (found) =>
    found.workflowTasks.nodes.some(({ name: task, status }) => task === 'ask' && status === 'COMPLETED'),
  );
  expect(workflowTasks.nodes).toContainEqual({ name: 'pay', status: 'PINNED', output: { paid: 'nothing' } });
  expect((await historyOf(id))[0]).toMatchObject({ type: 'RunStarted', data: { kind: 'test', pins: { '/do/pay': { paid: 'nothing' } } } });
});

interface Listed {
  readonly workflowRuns: {
    readonly nodes: readonly { readonly id: string }[];
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string };
  };
  readonly workflowRunTotals: {
    readonly total: number;
    readonly exact: boolean;
    readonly byStatus: readonly { status: string; count: number }[];
  };
}
const LIST = `query($f: RunFilterInput, $n: Int!, $after: String) {
  workflowRuns(filter: $f, first: $n, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } }
  workflowRunTotals(filter: $f) { total exact byStatus { status count } }
}`;
const list = (f: object, n = 50, after: string | null = null, by = a.admin): Promise<Listed> => by.data<Listed>(LIST, { f, n, after });
const ids = ({ workflowRuns }: Listed): readonly string[] => workflowRuns.nodes.map(({ id }) => id);

it('find runs again by what is known of them, a page at a time, and count them honestly', async () => {
  save('listed', '1.0.0', [price, pay]);
  const started: string[] = [];
  for (const n of [1, 2, 3])
    started.push(await start('listed', { input: { n, customer: 'x', password: 'open sesame' }, tags: [`round-${n}`, 'all'] }));
  for (const run of started) await ended(run);
  const newest = [...started].reverse();
  expect(ids(await list({ tag: 'all' }))).toEqual(newest);
  expect(ids(await list({ tag: 'round-2' }))).toEqual([started[1]]);
  expect(
    ids(await list({ workflow: 'listed', errorCode: 'PLUGIN_FAILED', statuses: ['FAILED'], kind: 'ORDINARY', search: 'CUSTOM' })),
  ).toEqual(newest);
  expect(ids(await list({ tag: 'all', statuses: ['COMPLETED'] }))).toEqual([]);
  expect(ids(await list({ tag: 'all', startedFrom: new Date(Date.now() + 60_000).toISOString() }))).toEqual([]);
  // A search is for text: nothing in it means more than itself.
  expect(ids(await list({ tag: 'all', search: '%' }))).toEqual([]);

  const first = await list({ tag: 'all' }, 2);
  expect([ids(first), first.workflowRuns.pageInfo.hasNextPage]).toEqual([newest.slice(0, 2), true]);
  expect(ids(await list({ tag: 'all' }, 2, first.workflowRuns.pageInfo.endCursor))).toEqual(newest.slice(2));
  expect(first.workflowRunTotals).toEqual({ total: 3, exact: true, byStatus: [{ status: 'FAILED', count: 3 }] });
  expect((await list({ tag: 'all' }, 2, null, b.admin)).workflowRunTotals).toEqual({ total: 0, exact: true, byStatus: [] });
  expect(await viewer.code(LIST, { f: {}, n: 1 })).toBe('REQUEST_DENIED');

  const { correlationId } = (
    await a.admin.data<{ workflowRun: { correlationId: string } }>('query($r: ID!) { workflowRun(run: $r) { correlationId } }', {
      r: started[0],
    })
  ).workflowRun;
  expect(ids(await list({ correlation: correlationId }))).toEqual([started[0]]);
  // U-05: what went in is shown without its secrets.
  expect(JSON.stringify(await historyOf(started[0]!))).not.toContain('open sesame');
  expect((await historyOf(started[0]!))[0]?.data['input']).toEqual({ n: 1, customer: 'x', password: '[redacted]' });
});

it('are cancelled and retried in bulk: exactly the set that was confirmed, each on record', async () => {
  save('bulk-asks', '1.0.0', [{ ask: { call: 'approval.request@1', with: { title: 'May it?' } } }]);
  const asking: string[] = [];
  for (let n = 0; n < 3; n += 1) asking.push(await start('bulk-asks', { tags: ['bulk'] }));
  const PREVIEW = 'query($a: BulkRunsAction!, $f: RunFilterInput!) { bulkRunsPreview(action: $a, filter: $f) { count hash runs } }';
  const preview = async (action: string, filter: object): Promise<{ count: number; hash: string; runs: string[] }> =>
    (await a.admin.data<{ bulkRunsPreview: { count: number; hash: string; runs: string[] } }>(PREVIEW, { a: action, f: filter }))
      .bulkRunsPreview;
  const filter = { workflow: 'bulk-asks' };
  const before = await preview('CANCEL', filter);
  expect(before).toMatchObject({ count: 3, runs: asking });
  expect(await viewer.code(PREVIEW, { a: 'CANCEL', f: filter })).toBe('REQUEST_DENIED');

  const CANCEL = 'mutation($i: BulkRunsInput!) { bulkCancelRuns(input: $i) { id total } }';
  const late = await start('bulk-asks');
  expect(await a.admin.code(CANCEL, { i: { filter, hash: before.hash } })).toBe('WORKFLOW_BULK_MOVED');
  expect(await b.admin.code(CANCEL, { i: { filter, hash: before.hash } })).toBe('WORKFLOW_BULK_MOVED');
  expect(await viewer.code(CANCEL, { i: { filter, hash: before.hash } })).toBe('REQUEST_DENIED');
  expect(await runOf(asking[0]!)).toMatchObject({ status: 'RUNNING' });

  const narrow = { ...filter, tag: 'bulk' };
  const bulk = await mutate('bulkCancelRuns', '$i: BulkRunsInput!', 'input: $i', {
    i: { filter: narrow, hash: (await preview('CANCEL', narrow)).hash, reason: 'a mistake' },
  });
  const bulks = async () =>
    (
      await a.admin.data<{ bulkRuns: { nodes: { id: string; status: string; done: number; refused: number; correlationId: string }[] } }>(
        '{ bulkRuns(first: 5) { nodes { id action status total done refused refusals { run code } reason correlationId } } }',
      )
    ).bulkRuns.nodes;
  const [told] = await eventually(bulks, ([newest]) => newest?.id === bulk && newest.status === 'ENDED');
  expect(told).toMatchObject({ action: 'CANCEL', total: 3, done: 3, refused: 0, reason: 'a mistake' });
  for (const run of asking) expect(await ended(run)).toMatchObject({ status: 'CANCELLED', reason: 'a mistake' });
  expect(await runOf(late)).toMatchObject({ status: 'RUNNING' });
  const entries = () =>
    a.admin.data<{ auditEntries: { nodes: { operation: string; subject: string }[] } }>(
      'query($c: ID!) { auditEntries(first: 50, filter: { correlationId: $c }) { nodes { operation subject } } }',
      { c: told!.correlationId },
    );
  const { auditEntries } = await eventually(
    entries,
    (found) => found.auditEntries.nodes.filter(({ operation }) => operation === 'CancelRun').length >= 3,
  );
  const cancelled = auditEntries.nodes.filter(({ operation }) => operation === 'CancelRun').map(({ subject }) => subject);
  expect(cancelled.sort()).toEqual(asking.map((run) => `run:${run}`).sort());
  await mutate('cancelRun', '$r: ID!', 'run: $r', { r: late });
  await ended(late);

  const failed = { workflow: 'listed' };
  rich = true;
  await mutate('bulkRetryRuns', '$i: BulkRunsInput!', 'input: $i', { i: { filter: failed, hash: (await preview('RETRY', failed)).hash } });
  await eventually(
    () => list(failed),
    ({ workflowRunTotals }) => workflowRunTotals.byStatus.every(({ status }) => status === 'COMPLETED'),
  );
  rich = false;
  expect(
    await a.admin.code('mutation($i: BulkRunsInput!) { bulkRetryRuns(input: $i) { id } }', {
      i: { filter: failed, hash: (await preview('RETRY', failed)).hash },
    }),
  ).toBe('WORKFLOW_BULK_EMPTY');
});

it('are moved to another version with a mapping, one or a confirmed set, and go on by it', async () => {
  const source = (version: string, tasks: WorkflowDocument['do']): string =>
    JSON.stringify({ document: { dsl: '1.0.3', name: 'moving', version }, do: tasks });
  const ask = { call: 'approval.request@1', with: { title: 'May it?' } };
  const SAVE = 'mutation($s: String!) { saveWorkflow(source: $s) { latestVersion } }';
  await a.admin.data(SAVE, { s: source('1.0.0', [{ ask }, { price: { call: 'shop.price@1', with: { n: 4 } } }]) });
  await a.admin.data('mutation { activateWorkflow(id: "moving", version: 1) { status } }');
  const [one, two, three] = [await start('moving'), await start('moving'), await start('moving')];
  for (const run of [one, two, three]) await until(run, ({ reason }) => reason.startsWith('waits for approval'));
  await a.admin.data(SAVE, {
    s: source('2.0.0', [{ noted: { set: { noted: true } } }, { question: ask }, { price: { call: 'shop.price@1', with: { n: 5 } } }]),
  });
  const mapping = [{ from: 'ask', to: 'question' }];

  const PREVIEW = `query($i: RunMigrationPreviewInput!) {
    runMigrationPreview(input: $i) { count possible hash runs { run from possible code reason obstacles { task place reason } tasks { task from to } } }
  }`;
  interface Preview {
    readonly count: number;
    readonly possible: number;
    readonly hash: string;
    readonly runs: readonly { readonly run: string; readonly from: string; readonly possible: boolean; readonly code: string | null }[];
  }
  const preview = async (more: object): Promise<Preview> =>
    (await a.admin.data<{ runMigrationPreview: Preview }>(PREVIEW, { i: { filter: { workflow: 'moving' }, version: '2', ...more } }))
      .runMigrationPreview;
  expect(await preview({})).toMatchObject({
    count: 3,
    possible: 0,
    runs: [one, two, three].map((run) => ({
      run,
      from: expect.stringMatching(/^1@/),
      code: 'WORKFLOW_MIGRATION_IMPOSSIBLE',
      obstacles: [{ task: '/do/0/ask', place: '/do/ask', reason: expect.stringContaining('no place') }],
    })),
  });
  expect(await preview({ mapping })).toMatchObject({
    possible: 3,
    runs: [{ tasks: [{ task: '/do' }, { task: '/do/0/ask', from: '/do/0/ask', to: '/do/1/question' }] }, {}, {}],
  });
  expect(await a.admin.code(PREVIEW, { i: { filter: {}, version: '2' } })).toBe('WORKFLOW_MIGRATION_UNNAMED');
  expect(await a.admin.code(PREVIEW, { i: { filter: { workflow: 'moving' }, version: '9' } })).toBe('WORKFLOW_UNKNOWN');
  expect(await viewer.code(PREVIEW, { i: { filter: { workflow: 'moving' }, version: '2' } })).toBe('REQUEST_DENIED');

  const MIGRATE = 'mutation($i: MigrateRunInput!) { migrateRun(input: $i) { id status revision } }';
  const refused = async (more: object, by = a.admin): Promise<string | null> =>
    by.code(MIGRATE, { i: { run: one, version: '2', ...more } });
  expect(await refused({})).toBe('WORKFLOW_MIGRATION_IMPOSSIBLE');
  expect(await refused({ mapping: [{ from: 'nobody', to: 'question' }] })).toBe('WORKFLOW_MAPPING_INVALID');
  expect(await refused({ version: '9', mapping })).toBe('WORKFLOW_UNKNOWN');
  expect(await refused({ run: a.id, mapping })).toBe('WORKFLOW_RUN_UNKNOWN');
  expect(await refused({ run: 'x', mapping })).toBe('REQUEST_INVALID');
  expect(await refused({ mapping }, b.admin)).toBe('WORKFLOW_RUN_UNKNOWN');
  expect(await refused({ mapping }, viewer)).toBe('REQUEST_DENIED');

  const before = (await historyOf(one)).length;
  await a.admin.data(MIGRATE, { i: { run: one, version: '2', mapping } });
  // Asking twice changes nothing.
  await a.admin.data(MIGRATE, { i: { run: one, version: '2', mapping } });
  expect((await historyOf(one)).slice(before)).toMatchObject([
    {
      type: 'RunMigrated',
      data: {
        from: expect.stringMatching(/^1@/),
        version: expect.stringMatching(/^2@[0-9a-f]{64}$/),
        mapping: [{ from: '/do/ask', to: '/do/question' }],
      },
    },
  ]);
  const at = async (revision: number | null) =>
    (
      await a.admin.data<{ workflowRunAt: { workflowVersion: string; tasks: readonly object[] } }>(
        'query($r: ID!, $n: String) { workflowRunAt(run: $r, revision: $n) { workflowVersion tasks } }',
        { r: one, n: revision === null ? null : String(revision) },
      )
    ).workflowRunAt;
  expect(await at(before - 1)).toMatchObject({
    workflowVersion: expect.stringMatching(/^1@/),
    tasks: [{}, { id: '/do/0/ask', pointer: '/do/0/ask' }],
  });
  expect(await at(null)).toMatchObject({
    workflowVersion: expect.stringMatching(/^2@/),
    tasks: [{}, { id: '/do/0/ask', pointer: '/do/1/question' }],
  });

  const BULK = 'mutation($i: BulkMigrateRunsInput!) { bulkMigrateRuns(input: $i) { id total } }';
  const set = { filter: { workflow: 'moving' }, version: '2', mapping };
  expect(await a.admin.code(BULK, { i: { ...set, hash: a.id } })).toBe('WORKFLOW_BULK_MOVED');
  expect(await viewer.code(BULK, { i: { ...set, hash: a.id } })).toBe('REQUEST_DENIED');
  const { hash } = await preview({ mapping });
  expect(await b.admin.code(BULK, { i: { ...set, hash } })).toBe('WORKFLOW_BULK_MOVED');
  const bulk = await mutate('bulkMigrateRuns', '$i: BulkMigrateRunsInput!', 'input: $i', { i: { ...set, hash } });
  const bulks = async () =>
    (
      await a.admin.data<{ bulkRuns: { nodes: { id: string; status: string; correlationId: string }[] } }>(
        '{ bulkRuns(first: 5) { nodes { id action status total done refused correlationId } } }',
      )
    ).bulkRuns.nodes;
  const [told] = await eventually(bulks, ([newest]) => newest?.id === bulk && newest.status === 'ENDED');
  expect(told).toMatchObject({ action: 'MIGRATE', total: 3, done: 3, refused: 0 });

  const invoked = app.extensions.invocations.length;
  for (const run of [one, two]) {
    const approvals = () =>
      a.admin.data<{ workflowApprovals: { nodes: { id: string }[] } }>(
        'query($r: ID!) { workflowApprovals(run: $r, status: OPEN) { nodes { id } } }',
        { r: run },
      );
    const { workflowApprovals } = await eventually(approvals, (open) => open.workflowApprovals.nodes.length > 0);
    const decision = { run, approval: workflowApprovals.nodes[0]?.id, decision: 'APPROVED' };
    await a.admin.data('mutation($i: DecideApprovalInput!) { decideApproval(input: $i) { status } }', { i: decision });
    expect(await ended(run)).toMatchObject({ status: 'COMPLETED' });
    expect((await historyOf(run)).at(-1)).toMatchObject({ data: { output: { total: 50 } } });
  }
  expect(app.extensions.invocations.slice(invoked).map(({ input }) => input)).toEqual([{ n: 5 }, { n: 5 }]);
  expect(await refused({ mapping })).toBe('WORKFLOW_RUN_CLOSED');

  // A replay goes through both versions, a fork begins with the one that the run goes by now.
  expect(await ended(await replay(one))).toMatchObject({ replay: { result: 'SAME', answered: 1 } });
  expect(await a.admin.code(REPLAY, { r: one, v: '2' })).toBe('WORKFLOW_RUN_MIGRATED');
  const fork = await mutate('forkRun', '$r: ID!', 'run: $r', { r: three });
  const versionOf = async (run: string) =>
    (
      await a.admin.data<{ workflowRun: { workflowVersion: string } }>('query($r: ID!) { workflowRun(run: $r) { workflowVersion } }', {
        r: run,
      })
    ).workflowRun.workflowVersion;
  await until(fork, ({ status }) => status === 'RUNNING');
  expect([await versionOf(three), await versionOf(fork)]).toEqual([expect.stringMatching(/^2@/), expect.stringMatching(/^2@/)]);
  const entries = () =>
    a.admin.data<{ auditEntries: { nodes: { operation: string }[] } }>(
      'query($c: ID!) { auditEntries(first: 50, filter: { correlationId: $c }) { nodes { operation } } }',
      { c: told!.correlationId },
    );
  await eventually(entries, (found) => found.auditEntries.nodes.filter(({ operation }) => operation === 'MigrateRun').length === 3);
  for (const run of [three, fork]) {
    await mutate('cancelRun', '$r: ID!', 'run: $r', { r: run });
    await ended(run);
  }
});

it('keep their histories as long as their tenant says; what is left tells the end, the approvals and the audit trail', async () => {
  const c = await app.tenant('tenant-c');
  app.workflows.save(c.id, {
    document: { dsl: '1.0.0', namespace: 'tests', name: 'kept', version: '1.0.0' },
    do: [{ one: { set: { n: '${ .n }' } } }],
  });
  const START = 'mutation($i: StartRunInput!) { startRun(input: $i) { id } }';
  const wish = { workflow: 'kept', input: { n: 7 }, idempotencyKey: 'kept-1' };
  const begin = async () => (await c.admin.data<{ startRun: { id: string } }>(START, { i: wish })).startRun.id;
  const run = await begin();
  const shown = () =>
    c.admin.ask<{ workflowRun: { status: string; history: string } | null }>('query($r: ID!) { workflowRun(run: $r) { status history } }', {
      r: run,
    });
  const until = (wanted: (found: { status: string; history: string }) => boolean) =>
    eventually(shown, ({ data }) => data?.workflowRun !== null && data?.workflowRun !== undefined && wanted(data.workflowRun), 60_000);
  await until(({ status }) => status === 'COMPLETED');

  const SET = 'mutation($d: Int) { setRunRetention(days: $d) { days position } }';
  expect(await (await app.somebody(c.id, 'operator')).code(SET, { d: 0 })).toBe('REQUEST_DENIED');
  expect(await c.admin.code(SET, { d: -1 })).toBe('REQUEST_INVALID');
  const { setRunRetention } = await c.admin.data<{ setRunRetention: { position: string } }>(SET, { d: 0 });
  const RETENTION = 'query($p: String) { runRetention(waitFor: $p) { days } }';
  expect(await c.admin.data(RETENTION, { p: setRunRetention.position })).toEqual({ runRetention: { days: 0 } });
  expect(await b.admin.data(RETENTION)).toEqual({ runRetention: { days: null } });

  await until(({ history }) => history === 'GIVEN_UP');
  const facts = await c.admin.data<{ workflowRunHistory: { nodes: { type: string }[] } }>(
    'query($r: ID!) { workflowRunHistory(run: $r) { nodes { type } } }',
    { r: run },
  );
  expect(facts.workflowRunHistory.nodes.map(({ type }) => type)).toEqual(['RunSummarised', 'RunHistoryGivenUp']);
  const tasks = () =>
    c.admin.data<{ workflowTasks: { nodes: unknown[] } }>('query($r: ID!) { workflowTasks(run: $r) { nodes { id } } }', { r: run });
  await eventually(tasks, ({ workflowTasks }) => workflowTasks.nodes.length === 0);
  expect(await c.admin.code(REPLAY, { r: run })).toBe('WORKFLOW_HISTORY_GONE');
  expect(await c.admin.code('mutation($r: ID!) { forkRun(run: $r) { id } }', { r: run })).toBe('WORKFLOW_HISTORY_GONE');
  expect(await c.admin.code('query($r: ID!) { workflowRunAt(run: $r, revision: "1") { status } }', { r: run })).toBe(
    'WORKFLOW_HISTORY_GONE',
  );
  // The same start is still the same run, and another one under its key still a mistake.
  expect(await begin()).toBe(run);
  expect(await c.admin.code(START, { i: { ...wish, input: { n: 8 } } })).toBe('WORKFLOW_KEY_REUSED');
}, 90_000);
