// Background tasks on a real server with real sandboxes: declared with their extension, run by hand and by the scheduler, tried again, watched,
// cancelled, held up; in their tenant alone, and only by those who may.
import { resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { eventually, type GraphqlCaller } from '../../support/client.js';
import { listen, startExtensionWorld, type ExtensionWorld, type TenantDesk } from '../../support/extension-world.js';
import { TASKER, taskPackages } from '../../support/task-packages.js';

const SAMPLES = resolve(import.meta.dirname, '../../fixtures/samples');
const SWEEPER = 'sample.sweeper';

let packages: Awaited<ReturnType<typeof taskPackages>>;
let world: ExtensionWorld;
let a: TenantDesk;
let b: TenantDesk;

beforeAll(async () => {
  packages = await taskPackages();
  world = await startExtensionWorld([packages.folder, SAMPLES]);
  [a, b] = [await world.tenant('tenant-a'), await world.tenant('tenant-b')];
  await Promise.all([installed(a, '1.0.0'), installed(b, '1.0.0'), a.install(SWEEPER)]);
}, 120_000);
afterAll(async () => {
  await world?.stop();
  await packages?.remove();
}, 60_000);

async function installed(desk: TenantDesk, version: string): Promise<void> {
  const input = { extension: TASKER, version, consented: ['kv', 'events:subscribe:acme.shop.paid.v1'] };
  await desk.caller.data('mutation($i: InstallExtensionInput!) { installExtension(input: $i) { revision } }', { i: input });
  await eventually(
    () => desk.installation(TASKER),
    ({ status }) => status === 'ENABLED',
  );
}

interface Task {
  readonly id: string;
  readonly version: string;
  readonly status: string;
  readonly reason: string | null;
  readonly trigger: Record<string, unknown>;
  readonly retries: number;
  readonly schedule: string | null;
  readonly nextTimes: readonly string[];
  readonly lastStatus: string | null;
}
const TASKS = `query($e: ID) { tasks(extension: $e) { nodes {
  id version status reason trigger { kind cron timeZone everySeconds eventType } deadlineSeconds retries overlap missed takesInput schedule nextTimes lastStatus } } }`;
const tasksOf = async (caller: GraphqlCaller, extension: string | null = TASKER): Promise<readonly Task[]> =>
  (await caller.data<{ tasks: { nodes: Task[] } }>(TASKS, { e: extension })).tasks.nodes;
const tasksBecame = (caller: GraphqlCaller, satisfied: (tasks: readonly Task[]) => boolean, extension = TASKER): Promise<readonly Task[]> =>
  eventually(() => tasksOf(caller, extension), satisfied);

interface Run {
  readonly id: string;
  readonly task: string;
  readonly status: string;
  readonly cause: string;
  readonly attempt: number;
  readonly failures: number;
  readonly code: string | null;
  readonly reason: string | null;
  readonly fraction: number | null;
  readonly note: string | null;
  readonly answer: unknown;
  readonly answerBytes: number | null;
  readonly idempotencyKey: string;
}
const RUN = `id task status cause startedBy attempt failures code reason fraction note answer answerBytes idempotencyKey input`;
const runOf = async (run: string, caller = a.caller): Promise<Run> =>
  (await caller.data<{ taskRun: Run }>(`query($r: ID!, $w: String) { taskRun(run: $r, waitFor: $w) { ${RUN} } }`, { r: run })).taskRun;
const runsOf = async (task: string, caller = a.caller): Promise<readonly Run[]> =>
  (await caller.data<{ taskRuns: { nodes: Run[] } }>(`query($t: ID!) { taskRuns(task: $t) { nodes { ${RUN} } } }`, { t: task })).taskRuns
    .nodes;
const START = 'mutation($t: ID!, $i: JSON) { runTask(id: $t, input: $i) { id status position } }';
const start = async (name: string, input: object | null = null, { caller }: TenantDesk = a, extension = TASKER): Promise<string> => {
  const { runTask } = await caller.data<{ runTask: { id: string; position: string } }>(START, { t: `${extension}/${name}`, i: input });
  // A read that follows must show it.
  await caller.data('query($r: ID!, $w: String) { taskRun(run: $r, waitFor: $w) { id } }', { r: runTask.id, w: runTask.position });
  return runTask.id;
};
const became = (run: string, status: string, caller = a.caller): Promise<Run> =>
  eventually(
    () => runOf(run, caller),
    (found) => found.status === status,
  );
const change = (field: string, run: string) => a.caller.data(`mutation($r: ID!) { ${field}(run: $r) { status cancelling } }`, { r: run });

it('are there as the installed version declares them, with their next times', async () => {
  const tasks = await tasksBecame(a.caller, (all) => all.length === 6 && all.some(({ nextTimes }) => nextTimes.length > 0));
  expect(tasks.map(({ id, status }) => `${id} ${status}`)).toEqual(
    ['alone', 'guarded', 'heard', 'latest', 'nightly', 'work'].map((name) => `${TASKER}/${name} ACTIVE`),
  );
  const nightly = tasks.find(({ id }) => id === `${TASKER}/nightly`);
  expect(nightly).toMatchObject({
    version: '1.0.0',
    trigger: { kind: 'CRON', cron: '0 3 * * *', timeZone: 'Europe/Helsinki' },
    overlap: 'SKIP',
    missed: 'ONE',
    retries: 3,
    takesInput: false,
  });
  expect(nightly!.nextTimes).toHaveLength(5);
  expect(tasks.find(({ id }) => id === `${TASKER}/work`)).toMatchObject({ trigger: { kind: 'MANUAL' }, takesInput: true, schedule: null });
  expect((await tasksOf(b.caller, SWEEPER)).length).toBe(0);
});

it('are run by hand with an input that is judged, and keep what they answer with secrets masked', async () => {
  const run = await start('work', { mode: 'answer' });
  const done = await became(run, 'SUCCEEDED');
  expect(done).toMatchObject({ cause: 'MANUAL', attempt: 1, failures: 0, code: null, input: { mode: 'answer' } });
  expect(done.answer).toEqual({ cause: 'manual', token: '[redacted]' });
  const large = await became(await start('work', { mode: 'large' }), 'SUCCEEDED');
  expect(large).toMatchObject({ answer: null, answerBytes: 70_002 });
  const refusal = (name: string, input: unknown) => a.caller.code(START, { t: `${TASKER}/${name}`, i: input });
  expect(await refusal('work', { mode: 'unknown' })).toBe('TASK_INPUT_INVALID');
  expect(await refusal('work', null)).toBe('TASK_INPUT_INVALID');
  expect(await refusal('nightly', { a: 1 })).toBe('TASK_INPUT_INVALID');
  expect(await refusal('nothing', null)).toBe('TASK_NOT_FOUND');
  expect(await refusal('Not A Name', null)).toBe('REQUEST_INVALID');
});

it('that ask for a right of their extension are run by those who hold it, also after the tenant chose others', async () => {
  await tasksBecame(a.caller, (all) => all.some(({ id }) => id === `${TASKER}/guarded`));
  const [admin, other] = [a.caller, await a.member('operator')];
  const outcome = (who: typeof admin) => who.code(START, { t: `${TASKER}/guarded`, i: null });
  expect([await outcome(admin), await outcome(other)]).toEqual([null, 'TASK_RIGHT_NEEDED']);
  await a.caller.data('mutation($e: ID!) { setRightRoles(extension: $e, right: "work.do", roles: ["operator"]) { __typename } }', {
    e: TASKER,
  });
  expect([await outcome(admin), await outcome(other)]).toEqual(['TASK_RIGHT_NEEDED', null]);
});

it('are tried again under the same key until they succeed, and say why they failed', async () => {
  const run = await start('work', { mode: 'fail', failures: 1 });
  const waiting = await eventually(
    () => runOf(run),
    ({ failures }) => failures === 1,
  );
  expect(waiting.reason).toContain('on purpose');
  expect(JSON.stringify(waiting)).not.toContain('cnry-task-secret');
  const done = await became(run, 'SUCCEEDED');
  expect(done).toMatchObject({ attempt: 2, failures: 1, code: null });
  expect(done.answer).toEqual({ attempt: 2, keys: [done.idempotencyKey] });
});

it('tell how far they have come while they go on, log under their run, and end when they are cancelled', async () => {
  const run = await start('work', { mode: 'wait' });
  const changes = await listen<{ status: string }>(
    a.caller,
    `subscription { taskRunChanged(run: "${run}", after: "0") { status cancelling } }`,
  );
  const progress = await listen<{ fraction: number; note: string }>(
    a.caller,
    `subscription { taskRunProgressed(run: "${run}") { fraction note } }`,
  );
  const [told] = await progress.until((items) => items.length > 0);
  expect(told!.fraction).toBe(0.25);
  expect(told!.note).toMatch(/^waiting/);
  expect(told!.note).not.toContain('cnry-note-secret');
  const lines = await eventually(
    () =>
      a.caller.data<{ logs: { nodes: { message: string }[] } }>(
        'query($c: String!) { logs(correlation: $c) { nodes { message extension } } }',
        { c: run },
      ),
    ({ logs }) => logs.nodes.length > 0,
  );
  expect(lines.logs.nodes).toEqual([{ message: 'waiting', extension: TASKER }]);
  await change('cancelTaskRun', run);
  expect(await became(run, 'CANCELLED')).toMatchObject({ fraction: 0.25, answer: null });
  const heard = await changes.until((items) => items.some(({ status }) => status === 'CANCELLED'));
  expect([...new Set(heard.map(({ status }) => status))]).toEqual(['QUEUED', 'RUNNING', 'CANCELLED']);
  await Promise.all([changes.dispose(), progress.dispose()]);
  expect(await a.caller.code('mutation($r: ID!) { cancelTaskRun(run: $r) { status } }', { r: run })).toBe('TASK_RUN_ENDED');
});

it('go beside each other as they declare: skipped, queued, or taken over', async () => {
  const first = await start('alone');
  await became(first, 'RUNNING');
  expect(await became(await start('alone'), 'SKIPPED')).toMatchObject({ reason: 'an earlier run of the task went on' });
  await change('cancelTaskRun', first);
  const older = await start('latest');
  await became(older, 'RUNNING');
  const newer = await start('latest');
  expect(await became(older, 'CANCELLED')).toMatchObject({ reason: 'a later run of the task takes its place' });
  await became(newer, 'RUNNING');
  await change('cancelTaskRun', newer);
  await became(newer, 'CANCELLED');
});

it('come at their planned times, by the one scheduler', async () => {
  const nightly = (await tasksOf(a.caller)).find(({ id }) => id === `${TASKER}/nightly`);
  const schedule = nightly?.schedule;
  await a.caller.data('mutation($s: ID!) { runScheduleNow(id: $s) { status } }', { s: schedule });
  const [run] = await eventually(
    () => runsOf(`${TASKER}/nightly`),
    ([newest]) => newest?.status === 'SUCCEEDED',
  );
  expect(run).toMatchObject({ cause: 'SCHEDULE', startedBy: 'system:schedule.scheduler', answer: { cause: 'schedule', planned: null } });
  const fires = await eventually(
    () =>
      a.caller.data<{ scheduleFires: { nodes: { status: string; started: string }[] } }>(
        'query($s: ID!) { scheduleFires(schedule: $s) { nodes { status started } } }',
        { s: schedule },
      ),
    ({ scheduleFires }) => scheduleFires.nodes[0]?.status === 'COMPLETED',
  );
  expect(fires.scheduleFires.nodes).toEqual([{ status: 'COMPLETED', started: run!.id }]);
  expect(await a.caller.code('mutation($s: ID!) { pauseSchedule(id: $s) { status } }', { s: schedule })).toBe('SCHEDULE_OF_TASK');
});

it('are started by events: by their own, or by an automation with a filter and a mapping', async () => {
  const send = (type: string, id: string, data: object, { caller }: TenantDesk = a) =>
    caller.data('mutation($i: SendEventInput!) { sendEvent(input: $i) { accepted } }', {
      i: { id, source: 'urn:test', type, subject: 'k', data },
    });
  await send('acme.shop.paid.v1', '1', { n: 1 });
  await send('acme.shop.paid.v1', '1', { n: 1 });
  await send('acme.shop.paid.v1', '2', { n: 2 }, b);
  const [heard] = await eventually(
    () => runsOf(`${TASKER}/heard`),
    ([newest]) => newest?.status === 'SUCCEEDED',
  );
  expect(heard).toMatchObject({
    cause: 'EVENT',
    startedBy: `system:task.${TASKER}/heard`,
    answer: { type: 'acme.shop.paid.v1', key: 'k', data: { n: 1 } },
  });
  const others = await eventually(
    () => runsOf(`${TASKER}/heard`, b.caller),
    ([newest]) => newest?.status === 'SUCCEEDED',
  );
  expect(others).toMatchObject([{ answer: { data: { n: 2 } } }]);
  expect(await runsOf(`${TASKER}/heard`)).toHaveLength(1);

  const automation = {
    name: 'paid',
    type: 'com.example.paid',
    filter: '.data.total > 10',
    task: `${TASKER}/work`,
    input: { mode: '${ .data.mode }' },
  };
  const SAVE = 'mutation($i: SaveAutomationInput!) { saveAutomation(input: $i) { status } }';
  expect(await a.caller.code(SAVE, { i: { ...automation, workflow: 'both' } })).toBe('REQUEST_INVALID');
  await a.caller.data(SAVE, { i: automation });
  await send('com.example.paid', 'small', { total: 5, mode: 'answer' });
  await send('com.example.paid', 'large', { total: 20, mode: 'answer' });
  await send('com.example.paid', 'strange', { total: 20, mode: 'unknown' });
  const history = await eventually(
    () =>
      a.caller.data<{ automationHistory: { nodes: { outcome: string; run: string | null; code: string | null }[] } }>(
        '{ automationHistory(name: "paid") { nodes { outcome run code } } }',
      ),
    ({ automationHistory: { nodes } }) =>
      nodes.some(({ outcome }) => outcome === 'PARKED') && nodes.some(({ outcome }) => outcome === 'STARTED'),
  );
  const started = history.automationHistory.nodes.find(({ outcome }) => outcome === 'STARTED');
  expect(history.automationHistory.nodes.find(({ outcome }) => outcome === 'PARKED')?.code).toBe('TASK_INPUT_INVALID');
  // The history may know of the run before its own view does.
  await eventually(
    () => runsOf(`${TASKER}/work`),
    (runs) => runs.some(({ id }) => id === started?.run),
  );
  expect(await became(started!.run!, 'SUCCEEDED')).toMatchObject({
    cause: 'EVENT',
    startedBy: 'system:automation.paid',
    input: { mode: 'answer' },
  });
  const { automation: shown } = await a.caller.data<{ automation: unknown }>('{ automation(name: "paid") { workflow target } }');
  expect(shown).toEqual({ workflow: `${TASKER}/work`, target: 'TASK' });
});

it('are paused and resumed, one or all of an extension, and people may run them all the same', async () => {
  const pause = 'mutation($t: ID!) { pauseTask(id: $t, reason: "a holiday") { status } }';
  expect(await a.caller.data(pause, { t: `${TASKER}/nightly` })).toEqual({ pauseTask: { status: 'PAUSED' } });
  const paused = await tasksBecame(a.caller, (all) => all.find(({ id }) => id.endsWith('/nightly'))?.schedule === null);
  expect(paused.find(({ id }) => id.endsWith('/nightly'))).toMatchObject({ status: 'PAUSED', reason: 'a holiday', nextTimes: [] });
  await became(await start('nightly'), 'SUCCEEDED');
  const all = await a.caller.data<{ pauseTasksOf: { tasks: string[] } }>('mutation($e: ID!) { pauseTasksOf(extension: $e) { tasks } }', {
    e: TASKER,
  });
  expect(all.pauseTasksOf.tasks).toHaveLength(5);
  const back = await a.caller.data<{ resumeTasksOf: { tasks: string[] } }>('mutation($e: ID!) { resumeTasksOf(extension: $e) { tasks } }', {
    e: TASKER,
  });
  expect(back.resumeTasksOf.tasks).toHaveLength(6);
  await tasksBecame(
    a.caller,
    (tasks) => tasks.every(({ status }) => status === 'ACTIVE') && tasks.some(({ nextTimes }) => nextTimes.length === 5),
  );
});

it('that did not run say why, and run when they are tried anew', async () => {
  const failing = await start('work', { mode: 'fail' });
  await eventually(
    () => runOf(failing),
    ({ failures }) => failures > 0,
  );
  const EXTENSION = (field: string) => `mutation { ${field}(extension: "${TASKER}") { status } }`;
  await a.caller.data(EXTENSION('disableExtension'));
  await tasksBecame(a.caller, (tasks) => tasks.every(({ status, nextTimes }) => status === 'HELD' && nextTimes.length === 0));
  expect(await a.caller.code(START, { t: `${TASKER}/nightly` })).toBe('TASK_HELD');
  expect(await became(failing, 'REFUSED')).toMatchObject({ code: 'SANDBOX_NOT_ENABLED', reason: expect.stringContaining('disabled') });
  await a.caller.data(EXTENSION('enableExtension'));
  await tasksBecame(a.caller, (tasks) => tasks.every(({ status }) => status === 'ACTIVE'));
  await change('retryTaskRun', failing);
  await eventually(
    () => runOf(failing),
    ({ code }) => code === 'TASK_FAILED',
  );
  await change('cancelTaskRun', failing);
  await became(failing, 'CANCELLED');
});

it('change with the version that takes over, and back with the one that returns', async () => {
  const upgrade = 'mutation($i: UpgradeExtensionInput!) { upgradeExtension(input: $i) { version } }';
  await a.caller.data(upgrade, { i: { extension: TASKER, version: '2.0.0', consented: [] } });
  const after = await tasksBecame(a.caller, (tasks) => tasks.length === 2 && tasks.every(({ version }) => version === '2.0.0'));
  expect(after.map(({ id, retries }) => `${id} ${retries}`)).toEqual([`${TASKER}/hourly 3`, `${TASKER}/work 1`]);
  expect((await tasksOf(b.caller)).map(({ version }) => version)).toEqual(Array(6).fill('1.0.0'));
  await eventually(
    () => a.caller.code(`mutation { rollBackExtension(extension: "${TASKER}") { version } }`),
    (code) => code === null,
  );
  const back = await tasksBecame(a.caller, (tasks) => tasks.length === 6 && tasks.some(({ nextTimes }) => nextTimes.length === 5));
  expect(back.every(({ version }) => version === '1.0.0')).toBe(true);
});

it('belong to their tenant, to those who may, and are in the audit trail', async () => {
  const run = await start('nightly', null, b);
  await became(run, 'SUCCEEDED', b.caller);
  for (const field of ['taskRun(run: $r) { id }'])
    expect(await a.caller.code(`query($r: ID!) { ${field} }`, { r: run })).toBe('TASK_RUN_NOT_FOUND');
  for (const field of ['cancelTaskRun', 'retryTaskRun'])
    expect(await a.caller.code(`mutation($r: ID!) { ${field}(run: $r) { status } }`, { r: run })).toBe('TASK_RUN_NOT_FOUND');
  expect((await runsOf(`${TASKER}/nightly`)).map(({ id }) => id)).not.toContain(run);
  const user = await a.member('user');
  expect(await user.code(START, { t: `${TASKER}/nightly` })).toBeNull();
  expect(await user.code(TASKS)).toBe('REQUEST_DENIED');
  expect(await user.code('mutation($t: ID!) { pauseTask(id: $t) { status } }', { t: `${TASKER}/nightly` })).toBe('REQUEST_DENIED');
  const viewer = await a.member('viewer');
  expect(await viewer.code(START, { t: `${TASKER}/nightly` })).toBe('REQUEST_DENIED');
  const trail = await eventually(
    async () =>
      (
        await a.caller.data<{ auditEntries: { nodes: { operation: string; outcome: string }[] } }>(
          '{ auditEntries(first: 200) { nodes { operation outcome } } }',
        )
      ).auditEntries.nodes.map(({ operation, outcome }) => `${operation} ${outcome}`),
    (entries) => entries.includes('RunTask DENIED') && entries.includes('PauseTask DENIED'),
  );
  expect(trail).toEqual(expect.arrayContaining(['RunTask ALLOWED', 'CompleteTaskRun ALLOWED', 'query.tasks DENIED']));
});

it('do what the guide says of its sample', async () => {
  await tasksBecame(a.caller, (tasks) => tasks.length === 2, SWEEPER);
  const loaded = await became(await start('load', { titles: ['one', 'two'] }, a, SWEEPER), 'SUCCEEDED');
  expect(loaded).toMatchObject({ answer: { loaded: 2 } });
  expect(await became(await start('sweep', null, a, SWEEPER), 'SUCCEEDED')).toMatchObject({ answer: { removed: 0 } });
});

it('go with their extension', async () => {
  await a.caller.data(`mutation { removeExtension(extension: "${TASKER}") { status } }`);
  await tasksBecame(a.caller, (tasks) => tasks.length === 0);
  expect(await a.caller.code(START, { t: `${TASKER}/nightly` })).toBe('TASK_NOT_FOUND');
  expect((await tasksOf(b.caller)).length).toBe(6);
});
