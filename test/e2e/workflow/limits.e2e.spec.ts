// Runs that a limit holds up: they say what they wait for, begin in their turn, and one tenant's never stand in another's way.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { KariDocumentMetadata, WorkflowDocument } from '../../../libs/workflow/src/definition/document.js';
import { manifestOf, startCapabilityApp, type CapabilityApp } from '../../support/capability-app.js';
import { eventually, type GraphqlCaller } from '../../support/client.js';

const contract = {
  description: 'for tests',
  version: '1.0.0',
  input: { type: 'object' },
  output: { type: 'object' },
  effect: 'none',
  idempotent: true,
} as const;
const DESK = manifestOf('acme.desk', { plugins: { 'desk.note': contract } });
const HOUR = { rest: { wait: { hours: 1 } } };

let app: CapabilityApp;
let a: { id: string; admin: GraphqlCaller };
let b: { id: string; admin: GraphqlCaller };
const noted: number[] = [];

beforeAll(async () => {
  app = await startCapabilityApp();
  [a, b] = [await app.tenant('tenant-a'), await app.tenant('tenant-b')];
  app.extensions.install(a.id, DESK);
  app.extensions.handle('acme.desk', 'plugin:desk.note', () => {
    noted.push(performance.now());
    return {};
  });
}, 60_000);
afterAll(() => app?.stop());

const workflow = (name: string, kari: KariDocumentMetadata, tasks: WorkflowDocument['do'], tenants = [a]): string => {
  const document = { dsl: '1.0.0', namespace: 'tests', name, version: '1.0.0', metadata: { kari } };
  for (const { id } of tenants) app.workflows.save(id, { document, do: tasks });
  return name;
};
const start = async (name: string, input: unknown = {}, who = a.admin): Promise<string> =>
  (
    await who.data<{ startRun: { id: string } }>('mutation($i: StartRunInput!) { startRun(input: $i) { id } }', {
      i: { workflow: name, input },
    })
  ).startRun.id;
interface Run {
  readonly status: string;
  readonly reason: string;
}
/** A run that was just started may not be in the list yet. */
const until = async (id: string, wanted: (run: Run) => boolean, who = a.admin): Promise<Run> =>
  (
    await eventually(
      () => who.ask<{ workflowRun: Run }>('query($r: ID!) { workflowRun(run: $r) { status reason } }', { r: id }),
      ({ data }) => data?.workflowRun !== undefined && wanted(data.workflowRun),
    )
  ).data!.workflowRun;
const begun = ({ reason }: Run): boolean => reason.startsWith('waits until');
const cancel = (id: string, who = a.admin) => who.ask('mutation($r: ID!) { cancelRun(run: $r) { status } }', { r: id });

it('wait in line behind the runs of their key, by name, and begin when a place is left; other keys and tenants have their own', async () => {
  const name = workflow('in-line', { concurrency: { key: '${ .customer }' } }, [HOUR], [a, b]);
  const first = await start(name, { customer: 'c' });
  await until(first, begun);
  const second = await start(name, { customer: 'c' });
  expect((await until(second, ({ reason }) => reason.startsWith('queued'))).reason).toBe(
    `queued behind run ${first}, which has the same key`,
  );
  const third = await start(name, { customer: 'c' });
  expect((await until(third, ({ reason }) => reason.startsWith('queued'))).reason).toBe(
    `queued behind run ${first} and 1 more, which have the same key`,
  );
  await until(await start(name, { customer: 'd' }), begun);
  await until(await start(name, { customer: 'c' }, b.admin), begun, b.admin);

  const viewer = await app.somebody(a.id, 'viewer');
  const CANCEL = 'mutation($r: ID!) { cancelRun(run: $r) { status } }';
  expect(await viewer.code(CANCEL, { r: first })).toBe('REQUEST_DENIED');
  expect(await b.admin.code(CANCEL, { r: first })).toBe('WORKFLOW_RUN_UNKNOWN');
  expect((await until(second, () => true)).reason).toContain('queued');

  // Taken out of the line, it stands in nobody's way.
  const fourth = await start(name, { customer: 'c' });
  await until(fourth, ({ reason }) => reason.startsWith('queued'));
  expect((await cancel(third)).errors).toEqual([]);
  await until(third, ({ status }) => status === 'CANCELLED');
  expect((await cancel(first)).errors).toEqual([]);
  await until(second, begun);
  expect((await until(fourth, () => true)).reason).toContain('queued');
  expect((await cancel(second)).errors).toEqual([]);
  await until(fourth, begun);
});

it('are skipped, or take the place of the one before, where their workflow says so; the reason names the other run', async () => {
  const alone = workflow('alone', { concurrency: { key: '1', overlap: 'skip' } }, [HOUR]);
  const goesOn = await start(alone);
  await until(goesOn, begun);
  expect(await until(await start(alone), ({ status }) => status === 'CANCELLED')).toMatchObject({
    reason: `skipped, because run ${goesOn} goes on with the same key`,
  });
  expect(await until(goesOn, () => true)).toMatchObject({ status: 'RUNNING' });

  const latest = workflow('latest', { concurrency: { key: '1', overlap: 'cancel-previous' } }, [HOUR]);
  const before = await start(latest);
  await until(before, begun);
  const after = await start(latest);
  expect(await until(before, ({ status }) => status === 'CANCELLED')).toMatchObject({
    reason: `replaced by run ${after}, which has the same key`,
  });
  await until(after, begun);

  const any = workflow('any', { concurrency: { key: '1', overlap: 'allow' } }, [HOUR]);
  for (const id of [await start(any), await start(any)]) await until(id, begun);
});

it('start no more often than their workflow allows, wait by a timer that can be seen, and count apart for each tenant', async () => {
  const name = workflow('rare', { rateLimit: { limit: 2, per: { hours: 1 } } }, [{ done: { set: { done: true } } }], [a, b]);
  for (const id of [await start(name), await start(name)]) await until(id, ({ status }) => status === 'COMPLETED');
  const late = await start(name);
  expect((await until(late, ({ reason }) => reason.startsWith('waits'))).reason).toMatch(
    /^waits to start until \d{4}-.*, for its rate limit$/,
  );
  const timers = await a.admin.data('query($r: ID!) { workflowTimers(run: $r) { nodes { purpose task } } }', { r: late });
  expect(timers).toEqual({ workflowTimers: { nodes: [{ purpose: 'rate', task: null }] } });
  await until(await start(name, {}, b.admin), ({ status }) => status === 'COMPLETED', b.admin);
  await cancel(late);
  await until(late, ({ status }) => status === 'CANCELLED');
});

it('call no more often than a task allows, over all its repetitions', async () => {
  const call = { call: 'desk.note@1', metadata: { kari: { rateLimit: { limit: 1, per: { milliseconds: 300 } } } } };
  const each = { for: { in: '.items' }, metadata: { kari: { concurrency: 3 } }, do: [{ one: call }] };
  const id = await start(workflow('calls', {}, [{ each }]), { items: [1, 2, 3] });
  await until(id, ({ status }) => status === 'COMPLETED');
  expect(noted).toHaveLength(3);
  // The first moment is given a little before its call is made.
  expect(noted[2]! - noted[0]!).toBeGreaterThan(500);
});

it('refuse to wait for the run that waits for them', async () => {
  const inner = { run: { workflow: { namespace: 'tests', name: 'own-child', version: '1.0.0', input: { deep: true } } } };
  const name = workflow('own-child', { concurrency: { key: '1' } }, [{ child: { if: '.deep | not', ...inner } }]);
  const parent = await start(name);
  expect(await until(parent, ({ status }) => status === 'FAILED')).toMatchObject({ reason: expect.stringContaining('was cancelled') });
  const { workflowRuns } = await a.admin.data<{ workflowRuns: { nodes: Run[] } }>(
    'query($p: ID!) { workflowRuns(parent: $p) { nodes { reason } } }',
    { p: parent },
  );
  expect(workflowRuns.nodes[0]?.reason).toBe(`it would wait for run ${parent}, which waits for it`);
});
