// Schedules as people have them: in documents and made by hand, changed, held up, run at once, with what became of each planned time; in their tenant
// alone, not while it is suspended, and only by those who may.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startCapabilityApp, type CapabilityApp } from '../../support/capability-app.js';
import { eventually, type GraphqlCaller } from '../../support/client.js';
import { listen } from '../../support/extension-world.js';

let app: CapabilityApp;
let a: { readonly id: string; readonly admin: GraphqlCaller };
let b: { readonly id: string; readonly admin: GraphqlCaller };
beforeAll(async () => {
  app = await startCapabilityApp();
  [a, b] = [await app.tenant('tenant-a'), await app.tenant('tenant-b')];
}, 60_000);
afterAll(() => app?.stop());

const document = (name: string, more = '', version = '1.0.0', kari = ''): string => `
document: { dsl: '1.0.3', name: ${name}, version: ${version}${kari === '' ? '' : `, metadata: { kari: ${kari} }`} }
${more}
do:
  - told: { set: { who: '\${ .who // "nobody" }' } }
`;
const SAVE = 'mutation($s: String!) { saveWorkflow(source: $s) { latestVersion warnings { code } } }';
const ACTIVATE = 'mutation($w: ID!, $v: Int!) { activateWorkflow(id: $w, version: $v) { position } }';

async function activated(source: string, name: string): Promise<void> {
  const { saveWorkflow } = await a.admin.data<{ saveWorkflow: { latestVersion: number; warnings: unknown[] } }>(SAVE, { s: source });
  expect(saveWorkflow.warnings).toEqual([]);
  await a.admin.data(ACTIVATE, { w: name, v: saveWorkflow.latestVersion });
}

interface Schedule {
  readonly id: string;
  readonly status: string;
  readonly attached: boolean;
  readonly timing: Record<string, unknown>;
  readonly nextTimes: readonly string[];
  readonly lastOutcome: string | null;
}
interface Fire {
  readonly id: string;
  readonly status: string;
  readonly reason: string | null;
  readonly started: string | null;
  readonly manual: boolean;
  readonly count: number;
}
const LIST = `query($w: ID) { schedules(workflow: $w) { nodes {
  id name target attached status input overlap missed timing { cron timeZone everySeconds afterSeconds at } nextAt nextTimes lastOutcome createdBy } } }`;
const schedulesOf = async (workflow: string | null, caller = a.admin): Promise<readonly Schedule[]> =>
  (await caller.data<{ schedules: { nodes: Schedule[] } }>(LIST, { w: workflow })).schedules.nodes;
const FIRES = `query($s: ID!, $t: ScheduleFireStatus, $w: String) {
  scheduleFires(schedule: $s, status: $t, waitFor: $w) { nodes { id status reason started manual count } } }`;
const firesOf = async (schedule: string, status: string | null = null, waitFor: string | null = null): Promise<readonly Fire[]> =>
  (await a.admin.data<{ scheduleFires: { nodes: Fire[] } }>(FIRES, { s: schedule, t: status, w: waitFor })).scheduleFires.nodes;
const CREATE = 'mutation($i: CreateScheduleInput!) { createSchedule(input: $i) { id status nextAt position } }';
interface Changed {
  readonly id: string;
  readonly status: string;
  readonly nextAt: string | null;
  readonly position: string | null;
}
const create = async (wish: object, caller = a.admin): Promise<Changed> =>
  (await caller.data<{ createSchedule: Changed }>(CREATE, { i: { name: 'A schedule', workflow: 'by-hand', ...wish } })).createSchedule;
const change = (field: string, id: string, caller = a.admin) =>
  caller.data(`mutation($s: ID!) { ${field}(id: $s) { status nextAt } }`, { s: id });
const yearly = { cron: '0 9 1 1 *', timeZone: 'Europe/Paris' };

it('in a document start runs for as long as it is active', async () => {
  await activated(document('ticking', 'schedule: { every: PT1S }', '1.0.0', '{ overlap: allow }'), 'ticking');
  const [schedule] = await eventually(
    () => schedulesOf('ticking'),
    (found) => found.length === 1,
  );
  expect(schedule).toMatchObject({
    status: 'ACTIVE',
    attached: true,
    overlap: 'ALLOW',
    missed: 'ONE',
    timing: { everySeconds: 1, cron: null },
  });
  const fires = await eventually(
    () => firesOf(schedule!.id, 'COMPLETED'),
    (completed) => completed.length >= 2,
  );
  const run = fires[0]!;
  const { workflowRun } = await a.admin.data<{ workflowRun: unknown }>(
    'query($r: ID!) { workflowRun(run: $r) { workflow status startedBy idempotencyKey } }',
    { r: run.started },
  );
  expect(workflowRun).toEqual({ workflow: 'ticking', status: 'COMPLETED', startedBy: 'system:schedule.scheduler', idempotencyKey: run.id });
  expect(run.id).toMatch(new RegExp(`^${schedule!.id}@\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$`));

  // Another version with another schedule takes its place.
  await activated(document('ticking', 'schedule: { cron: "0 9 * * 1-5" }', '1.1.0', '{ timeZone: Europe/Paris, missed: all }'), 'ticking');
  const [second] = await eventually(
    () => schedulesOf('ticking'),
    ([found]) => found?.timing['cron'] !== null,
  );
  expect(second).toMatchObject({ id: schedule!.id, timing: { cron: '0 9 * * 1-5', timeZone: 'Europe/Paris' }, missed: 'ALL' });
  expect(second!.nextTimes).toHaveLength(5);

  expect(await a.admin.code('mutation($s: ID!) { deleteSchedule(id: $s) { status } }', { s: schedule!.id })).toBe('SCHEDULE_ATTACHED');
  await a.admin.data('mutation { deactivateWorkflow(id: "ticking") { status } }');
  await eventually(
    () => schedulesOf('ticking'),
    (found) => found.length === 0,
  );
}, 60_000);

it('made by hand start a workflow with an input, and tell what became of it', async () => {
  await activated(document('by-hand'), 'by-hand');
  const { id, position } = await create({ timing: { everySeconds: 1 }, input: { who: 'Ada' }, overlap: 'QUEUE' });
  const heard = await listen<{ id: string; status: string }>(
    a.admin,
    `subscription { scheduleChanged(id: "${id}", after: "${position}") { id status } }`,
  );
  await eventually(
    () => firesOf(id, 'COMPLETED'),
    (completed) => completed.length >= 1,
  );
  await heard.until((items) => items.length >= 2);
  const [fire] = await firesOf(id, 'COMPLETED');
  const history = 'query($r: ID!) { workflowRunHistory(run: $r, first: 50) { nodes { type data } } }';
  const { workflowRunHistory } = await a.admin.data<{ workflowRunHistory: { nodes: { type: string; data: { output?: unknown } }[] } }>(
    history,
    {
      r: fire!.started,
    },
  );
  expect(workflowRunHistory.nodes.at(-1)).toMatchObject({ type: 'RunCompleted', data: { output: { who: 'Ada' } } });

  const { pauseSchedule } = await a.admin.data<{ pauseSchedule: Changed }>(
    'mutation($s: ID!) { pauseSchedule(id: $s) { status nextAt position } }',
    {
      s: id,
    },
  );
  expect(pauseSchedule).toMatchObject({ status: 'PAUSED', nextAt: null });
  await heard.until((items) => items.some(({ status }) => status === 'PAUSED'));
  await heard.dispose();
  const before = (await firesOf(id, null, pauseSchedule.position)).length;
  await change('runScheduleNow', id);
  await eventually(
    () => firesOf(id),
    (fires) => fires.some(({ manual, status }) => manual && status === 'COMPLETED'),
  );
  expect((await firesOf(id)).filter(({ manual }) => !manual).length).toBe(before);
  const changed = await a.admin.data<{ changeSchedule: Changed }>(
    'mutation($i: ChangeScheduleInput!) { changeSchedule(input: $i) { status nextAt position } }',
    { i: { id, timing: yearly, name: 'Yearly' } },
  );
  expect(changed.changeSchedule.status).toBe('PAUSED');
  const resumed = await a.admin.data<{ resumeSchedule: { status: string; nextAt: string } }>(
    'mutation($s: ID!) { resumeSchedule(id: $s) { status nextAt } }',
    { s: id },
  );
  expect(resumed.resumeSchedule).toEqual({ status: 'ACTIVE', nextAt: expect.stringMatching(/-01-01T08:00:00.000Z$/) });
  await change('deleteSchedule', id);
  expect(await a.admin.code('mutation($s: ID!) { resumeSchedule(id: $s) { status } }', { s: id })).toBe('SCHEDULE_NOT_FOUND');
  await eventually(
    () => schedulesOf('by-hand'),
    (found) => found.length === 0,
  );
}, 60_000);

it('come once where they are asked for once, and end with what they start', async () => {
  const at = new Date(Date.now() + 1_500).toISOString();
  const { id } = await create({ timing: { at } });
  const [once] = await eventually(
    () => schedulesOf('by-hand'),
    ([found]) => found?.status === 'FINISHED' && found.lastOutcome === 'COMPLETED',
  );
  expect(once).toMatchObject({ id, timing: { at }, nextTimes: [] });
  await create({ timing: yearly });
  await a.admin.data('mutation { deactivateWorkflow(id: "by-hand") { status } }');
  await change('runScheduleNow', id);
  const refused = await eventually(
    () => firesOf(id, 'REFUSED'),
    (fires) => fires.length > 0,
  );
  expect(refused).toMatchObject([{ manual: true, started: null, reason: 'WORKFLOW_INACTIVE (workflow: by-hand)' }]);
  await eventually(
    () => a.admin.code('mutation { deleteWorkflow(id: "by-hand") { status } }'),
    (code) => code === null || code === 'WORKFLOW_NOT_FOUND',
  );
  await eventually(
    () => schedulesOf(null),
    (found) => found.length === 0,
  );
}, 60_000);

it('are refused with the reason when they can start nothing', async () => {
  await activated(document('by-hand'), 'by-hand');
  const refusal = (wish: object) => a.admin.code(CREATE, { i: { name: 'A schedule', workflow: 'by-hand', timing: yearly, ...wish } });
  expect(await refusal({ workflow: 'nothing' })).toBe('WORKFLOW_NOT_FOUND');
  expect(await refusal({ timing: { cron: '0 0 30 2 *' } })).toBe('SCHEDULE_TIMING_INVALID');
  expect(await refusal({ timing: { everySeconds: 0.5 } })).toBe('SCHEDULE_TIMING_INVALID');
  expect(await refusal({ timing: {} })).toBe('SCHEDULE_TIMING_INVALID');
  expect(await refusal({ name: '' })).toBe('REQUEST_INVALID');
  expect(await refusal({ input: 'x'.repeat(70_000) })).toBe('REQUEST_INVALID');
  expect(await refusal({ missedLimit: 501 })).toBe('REQUEST_INVALID');
  expect(await a.admin.code('{ schedule(id: "nothing") { id } }')).toBe('SCHEDULE_NOT_FOUND');
  expect(await a.admin.code('mutation { pauseSchedule(id: "nothing") { id } }')).toBe('REQUEST_INVALID');
});

it('belong to their tenant, to those who may, and are in the audit trail', async () => {
  const { id, position } = await create({ timing: yearly });
  expect(await schedulesOf(null, b.admin)).toEqual([]);
  const ONE = 'query($s: ID!, $w: String) { schedule(id: $s, waitFor: $w) { id } }';
  expect(await b.admin.code(ONE, { s: id })).toBe('SCHEDULE_NOT_FOUND');
  expect(await a.admin.data(ONE, { s: id, w: position })).toEqual({ schedule: { id } });
  for (const field of ['pauseSchedule', 'runScheduleNow', 'deleteSchedule']) {
    expect(await b.admin.code(`mutation($s: ID!) { ${field}(id: $s) { id } }`, { s: id })).toBe('SCHEDULE_NOT_FOUND');
  }
  expect(await b.admin.data(FIRES, { s: id })).toEqual({ scheduleFires: { nodes: [] } });
  const user = await app.somebody(a.id, 'user');
  expect(await user.code(CREATE, { i: { name: 'n', workflow: 'by-hand', timing: yearly } })).toBe('REQUEST_DENIED');
  expect(await user.code(LIST)).toBe('REQUEST_DENIED');
  const auditor = await app.somebody(a.id, 'auditor');
  expect((await schedulesOf('by-hand', auditor)).map((found) => found.id)).toEqual([id]);
  expect(await auditor.code('mutation($s: ID!) { runScheduleNow(id: $s) { id } }', { s: id })).toBe('REQUEST_DENIED');
  const trail = await eventually(
    async () =>
      (
        await auditor.data<{ auditEntries: { nodes: { operation: string; outcome: string }[] } }>(
          `{ auditEntries(first: 100) { nodes { operation outcome subject } } }`,
        )
      ).auditEntries.nodes.map(({ operation, outcome }) => `${operation} ${outcome}`),
    (entries) => entries.includes('RunScheduleNow DENIED') && entries.includes('query.schedules DENIED'),
  );
  expect(trail).toEqual(expect.arrayContaining(['CreateSchedule ALLOWED', 'CreateSchedule DENIED']));
  await change('deleteSchedule', id);
});

it('start nothing while their tenant is suspended, and make up for it as they say', async () => {
  const { id } = await create({ timing: { everySeconds: 1 }, missed: 'ONE', overlap: 'ALLOW' });
  const TENANT = (field: string, more = '') => `mutation($t: ID!) { ${field}(id: $t${more}) { status } }`;
  await eventually(
    () => firesOf(id),
    (fires) => fires.length > 0,
  );
  await app.operator.data(TENANT('suspendTenant', ', reason: "a test"'), { t: a.id });
  // Whatever was decided before is seen by then; from there on nothing may come for two planned times and more.
  const decided = async () => {
    const there = app.operator.as({ tenant: a.id });
    const answer = await there.ask<{ scheduleFires: { nodes: Fire[] } }>(FIRES, { s: id, t: null });
    return answer.errors[0]?.extensions.code ?? '';
  };
  expect(await decided()).toBe('TENANCY_TENANT_SUSPENDED');
  await new Promise((later) => setTimeout(later, 2_500));
  await app.operator.data(TENANT('resumeTenant'), { t: a.id });
  const fires = await eventually(
    async () => (await a.admin.ask<{ scheduleFires: { nodes: Fire[] } }>(FIRES, { s: id, t: null })).data?.scheduleFires.nodes ?? [],
    (all) => all.some(({ status }) => status === 'MISSED'),
  );
  expect(fires.find(({ status }) => status === 'MISSED')!.count).toBeGreaterThanOrEqual(1);
  await change('deleteSchedule', id);
}, 60_000);
