// The workflow of the guide on a whole server with the real extensions: saved, activated, started, killed with the server in the middle, approved,
// read afterwards; in its tenant alone, and only by those who may.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { eventually } from '../../support/client.js';
import { listen, startExtensionWorld, type ExtensionWorld, type TenantDesk } from '../../support/extension-world.js';

const root = resolve(import.meta.dirname, '../../..');
const GUIDE = readFileSync(resolve(root, 'docs/guides/a-workflow.md'), 'utf8');
const SAMPLE = /```yaml\n([\s\S]*?)```/.exec(GUIDE)?.[1] ?? '';
const ORDERS = [
  { id: 'a', total: 50 },
  { id: 'b', total: 100 },
  { id: 'c', total: 300 },
];

let world: ExtensionWorld;
let first: { readonly a: TenantDesk; readonly b: TenantDesk };
/** The tenants at the server that runs now. */
const a = () => first.a.at(world).caller;
const b = () => first.b.at(world).caller;

beforeAll(async () => {
  world = await startExtensionWorld([resolve(root, 'extensions')]);
  first = { a: await world.tenant('tenant-a'), b: await world.tenant('tenant-b') };
  await first.a.install('kari.core');
}, 120_000);
afterAll(() => world?.stop());

const SAVE = 'mutation($s: String!) { saveWorkflow(source: $s) { id latestVersion warnings { code pointer line } } }';
const ACTIVATE = 'mutation($v: Int!) { activateWorkflow(id: "large-orders", version: $v) { status } }';
const START = 'mutation($i: StartRunInput!) { startRun(input: $i) { id } }';
const start = async (input: unknown): Promise<string> =>
  (await a().data<{ startRun: { id: string } }>(START, { i: { workflow: 'large-orders', input } })).startRun.id;

interface Fact {
  readonly type: string;
  readonly data: { readonly task?: string; readonly output?: unknown };
}
const history = async (run: string): Promise<readonly Fact[]> => {
  const query = 'query($r: ID!) { workflowRunHistory(run: $r, first: 200) { nodes { type data } } }';
  return (await a().data<{ workflowRunHistory: { nodes: Fact[] } }>(query, { r: run })).workflowRunHistory.nodes;
};
const until = (run: string, type: string): Promise<readonly Fact[]> =>
  eventually(
    () => history(run),
    (facts) => facts.some((fact) => fact.type === type),
    60_000,
  );
interface Approval {
  readonly id: string;
  readonly title: string;
  readonly details: unknown;
}
const approvals = async (run: string): Promise<readonly Approval[]> => {
  const query = 'query($r: ID!) { workflowApprovals(run: $r, status: OPEN) { nodes { id title details } } }';
  return (await a().data<{ workflowApprovals: { nodes: Approval[] } }>(query, { r: run })).workflowApprovals.nodes;
};
/** Ids of tasks that ended, in the order in which they did. */
const completed = (facts: readonly Fact[]): readonly string[] =>
  facts.flatMap(({ type, data }) => (type === 'TaskCompleted' && data.task !== undefined ? [data.task] : []));

let killed: string;
let viewer: Awaited<ReturnType<TenantDesk['member']>>;

it('starts once it is active, and not before', async () => {
  expect(await a().data(SAVE, { s: SAMPLE })).toEqual({ saveWorkflow: { id: 'large-orders', latestVersion: 1, warnings: [] } });
  expect(await a().code(START, { i: { workflow: 'large-orders', input: {} } })).toBe('WORKFLOW_INACTIVE');
  expect(await a().code(START, { i: { workflow: 'small-orders', input: {} } })).toBe('WORKFLOW_UNKNOWN');
  await a().data(ACTIVATE, { v: 1 });
  const nothing = await start({ orders: [] });
  expect((await until(nothing, 'RunCompleted')).at(-1)).toMatchObject({ data: { output: { orders: [] } } });
}, 90_000);

it('ends as written though the server was killed in the middle', async () => {
  killed = await start({ orders: ORDERS });
  const before = completed(await until(killed, 'TimerSet'));
  await world.restart('SIGKILL');

  const [asked] = await eventually(
    () => approvals(killed),
    (open) => open.length > 0,
    60_000,
  );
  expect(asked).toMatchObject({ title: 'Bill 500?', details: ['b: 100', 'c: 300'] });
  const input = { run: killed, approval: asked!.id, decision: 'APPROVED', comment: 'fine' };
  await a().data('mutation($i: DecideApprovalInput!) { decideApproval(input: $i) { status } }', { i: input });

  const facts = await until(killed, 'RunCompleted');
  const after = completed(facts);
  expect(after.slice(0, before.length)).toEqual(before);
  expect(new Set(after).size).toBe(after.length);
  expect(facts.at(-1)?.data.output).toEqual({
    approved: true,
    bill: {
      rows: ORDERS.slice(1),
      gross: 500,
      date: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
      lines: ['b: 100', 'c: 300'],
      greeting: 'Dear customer',
    },
  });
}, 180_000);

it('shows what went into each task and came out', async () => {
  const query = 'query($r: ID!) { workflowTasks(run: $r, first: 50) { nodes { name kind status input output } } }';
  const tasks = await eventually(
    async () => (await a().data<{ workflowTasks: { nodes: { name: string }[] } }>(query, { r: killed })).workflowTasks.nodes,
    (nodes) => nodes.some(({ name }) => name === 'outcome'),
  );
  expect(tasks).toEqual(
    expect.arrayContaining([
      expect.objectContaining({
        name: 'sum',
        kind: 'call',
        status: 'COMPLETED',
        input: { rows: ORDERS.slice(1) },
        output: { result: 500 },
      }),
      expect.objectContaining({ name: 'named', kind: 'call', status: 'CAUGHT' }),
      expect.objectContaining({ name: 'unnamed', status: 'COMPLETED', output: { text: 'Dear customer' } }),
      expect.objectContaining({ name: 'ask', kind: 'approval', status: 'COMPLETED' }),
    ]),
  );
});

it('belongs to its tenant, and to those who may', async () => {
  expect(await b().data('{ workflows { nodes { id } } workflowRuns { nodes { id } } workflowApprovals { nodes { id } } }')).toEqual({
    workflows: { nodes: [] },
    workflowRuns: { nodes: [] },
    workflowApprovals: { nodes: [] },
  });
  expect(await b().code(START, { i: { workflow: 'large-orders', input: {} } })).toBe('WORKFLOW_UNKNOWN');
  expect(await b().code('query($r: ID!) { workflowRunHistory(run: $r) { nodes { id } } }', { r: killed })).toBe('WORKFLOW_RUN_UNKNOWN');
  viewer = await first.a.at(world).member('viewer');
  expect(await viewer.code(SAVE, { s: SAMPLE })).toBe('REQUEST_DENIED');
  expect(await viewer.code(START, { i: { workflow: 'large-orders', input: {} } })).toBe('REQUEST_DENIED');
  expect(await viewer.code('query($r: ID!) { workflowRun(run: $r) { id } }', { r: killed })).toBe('REQUEST_DENIED');
});

it('is told to those who watch when an extension goes and comes back under it, with the reason; in its tenant alone', async () => {
  const { startRun } = await a().data<{ startRun: { position: string } }>(
    'mutation($i: StartRunInput!) { startRun(input: $i) { position } }',
    { i: { workflow: 'large-orders', input: { orders: [] } } },
  );
  interface Told {
    readonly id: string;
    readonly status: string;
    readonly blocked: string | null;
  }
  const watch = `subscription { workflowChanged(after: "${startRun.position}") { id status blocked } }`;
  const mine = await listen<Told>(a(), watch);
  const foreign = await listen<Told>(b(), watch);
  const change = (what: string) => a().data(`mutation { ${what}(extension: "kari.core") { revision } }`);
  await change('disableExtension');
  const [gone] = await mine.until((items) => items.length === 1, 30_000);
  expect(gone).toMatchObject({ id: 'large-orders', status: 'ACTIVE', blocked: expect.stringContaining('data.transform') });
  await change('enableExtension');
  expect((await mine.until((items) => items.length === 2, 30_000))[1]).toMatchObject({ id: 'large-orders', blocked: null });
  // Everything before is known to them by now, were it theirs.
  await b().data(SAVE, { s: "document: { dsl: '1.0.3', name: of-b, version: 1.0.0 }\ndo: [{ a: { set: { n: 1 } } }]\n" });
  const heard = await foreign.until((items) => items.length > 0, 30_000);
  expect(heard.map(({ id }) => id).filter((id) => id !== 'of-b')).toEqual([]);
  await mine.dispose();
  await foreign.dispose();
}, 90_000);

it('names the open runs that can no longer go on, and why; in its tenant alone, to those who may', async () => {
  const source = (name: string, tasks: string): string =>
    `document: { dsl: '1.0.3', namespace: tests, name: ${name}, version: 1.0.0 }\ndo: [${tasks}]\n`;
  const ask = "{ ask: { call: approval.request@1, with: { title: 'Go on?' } } }";
  const count = '{ count: { call: data.transform, with: { rows: [], steps: [{ where: { field: total, is: ge, value: 1 } }] } } }';
  const begun = async (name: string, ...tasks: readonly string[]): Promise<string> => {
    await a().data(SAVE, { s: source(name, tasks.join(', ')) });
    await a().data(`mutation { activateWorkflow(id: "${name}", version: 1) { status } }`);
    const { startRun } = await a().data<{ startRun: { id: string } }>(START, { i: { workflow: name } });
    await until(startRun.id, 'ApprovalRequested');
    return startRun.id;
  };
  const [ahead, tried] = [await begun('ahead', ask, count), await begun('tried', ask, `{ safe: { try: [${count}], catch: {} } }`)];
  await begun('behind', count, ask);

  interface Stuck {
    readonly exact: boolean;
    readonly runs: readonly object[];
  }
  const STUCK =
    'query($f: RunFilterInput) { stuckRuns(filter: $f) { exact runs { run { id workflow status } pointer code reason mayBeCaught } } }';
  const stuck = async (caller: ReturnType<typeof a>, f: object = {}): Promise<Stuck> =>
    (await caller.data<{ stuckRuns: Stuck }>(STUCK, { f })).stuckRuns;
  const change = (what: string) => a().data(`mutation { ${what}(extension: "kari.core") { revision } }`);
  expect(await stuck(a())).toEqual({ exact: true, runs: [] });

  await change('disableExtension');
  const gone = { code: 'PLUGIN_NOT_ENABLED', reason: expect.stringContaining('data.transform') };
  const found = await eventually(
    () => stuck(a()),
    ({ runs }) => runs.length > 1,
    30_000,
  );
  expect(found).toEqual({
    exact: true,
    runs: [
      { run: { id: tried, workflow: 'tried', status: 'RUNNING' }, pointer: '/do/1/safe/try/0/count', ...gone, mayBeCaught: true },
      { run: { id: ahead, workflow: 'ahead', status: 'RUNNING' }, pointer: '/do/1/count', ...gone, mayBeCaught: false },
    ],
  });
  expect((await stuck(a(), { workflow: 'ahead', statuses: ['RUNNING', 'COMPLETED'] })).runs).toEqual(found.runs.slice(1));
  expect((await stuck(a(), { statuses: ['COMPLETED'] })).runs).toEqual([]);
  expect(await stuck(b())).toEqual({ exact: true, runs: [] });
  expect(await viewer.code(STUCK)).toBe('REQUEST_DENIED');

  await change('enableExtension');
  await eventually(
    () => stuck(a()),
    ({ runs }) => runs.length === 0,
    30_000,
  );
}, 90_000);
