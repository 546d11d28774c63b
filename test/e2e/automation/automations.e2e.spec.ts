// Automations: an event starts a workflow, once; what each did is seen, what failed is parked and goes on; each tenant by itself.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { manifestOf, startCapabilityApp, type CapabilityApp } from '../../support/capability-app.js';
import { eventually, type GraphqlCaller } from '../../support/client.js';

const PAID = 'acme.shop.paid.v1';
const SHOP = manifestOf('acme.shop', {
  permissions: { events: [{ publish: PAID, reason: 'to tell' }] },
  events: { publishes: { [PAID]: { description: 'paid', schema: { type: 'object' } } } },
});

let app: CapabilityApp;
let a: { id: string; admin: GraphqlCaller };
let b: { id: string; admin: GraphqlCaller };
beforeAll(async () => {
  app = await startCapabilityApp();
  [a, b] = [await app.tenant('tenant-a'), await app.tenant('tenant-b')];
  for (const { id } of [a, b]) app.extensions.install(id, SHOP);
  for (const { id } of [a, b]) save(id, 'refund');
}, 60_000);
afterAll(() => app?.stop());

function save(tenant: string, name: string): void {
  app.workflows.save(tenant, {
    document: { dsl: '1.0.3', namespace: 'tests', name, version: '1.0.0' },
    do: [{ a: { set: { seen: '${ . }' } } }],
  });
}

const SAVE = 'mutation($i: SaveAutomationInput!) { saveAutomation(input: $i) { name status position } }';
const SEND = 'mutation($i: SendEventInput!) { sendEvent(input: $i) { accepted position } }';
const saved = (name: string, more: object = {}, tenant = a): Promise<unknown> =>
  tenant.admin.data(SAVE, { i: { name, type: 'com.example.paid', workflow: 'refund', ...more } });
const send = (id: string, data: unknown, more: { readonly type?: string; readonly subject?: string } = {}): Promise<unknown> =>
  a.admin.data(SEND, { i: { id, source: `urn:${more.type ?? 'paid'}`, type: 'com.example.paid', data, ...more } });
interface Answer {
  readonly event: string;
  readonly key: string;
  readonly outcome: string;
  readonly run: string | null;
  readonly code: string | null;
}
const history = async (name: string, count: number, wanted: (answer: Answer) => boolean, tenant = a): Promise<readonly Answer[]> => {
  const document = 'query($n: ID!) { automationHistory(name: $n, first: 200) { nodes { event key outcome run code } } }';
  return eventually(
    async () => (await tenant.admin.data<{ automationHistory: { nodes: Answer[] } }>(document, { n: name })).automationHistory.nodes,
    (answers) => answers.length === count && answers.every(wanted),
  );
};
const over = ({ outcome }: Answer): boolean => outcome !== 'WAITING' && outcome !== 'FAILED';
const outputOf = async (run: string, tenant = a): Promise<unknown> => {
  const document = 'query($r: ID!) { workflowRunHistory(run: $r, first: 200) { nodes { type data } } }';
  interface History {
    readonly workflowRunHistory: { readonly nodes: readonly { readonly type: string; readonly data: { readonly output?: unknown } }[] };
  }
  const found = await eventually(
    () => tenant.admin.data<History>(document, { r: run }),
    ({ workflowRunHistory: { nodes } }) => nodes.at(-1)?.type === 'RunCompleted',
  );
  return found.workflowRunHistory.nodes.at(-1)?.data.output;
};

it('start one run for each event that passes their filter, with what they map, and say what they did', async () => {
  await saved('refunds', {
    filter: '.data.total > 10 and (.data.tags | index("vip") != null)',
    input: { order: '${ .data.order }', by: 'hand' },
  });
  await saved('refunds', {}, b);
  await send('1', { order: 1, total: 20, tags: ['vip'] });
  await send('2', { order: 2, total: 5, tags: [] });
  await send('1', { order: 1, total: 20, tags: ['vip'] });
  const did = await history('refunds', 2, over);
  expect(did.map(({ key, outcome, code }) => ({ key, outcome, code }))).toEqual([
    { key: '2', outcome: 'FILTERED', code: null },
    { key: '1', outcome: 'STARTED', code: null },
  ]);
  expect(await outputOf(did[1]!.run!)).toEqual({ seen: { order: 1, by: 'hand' } });
  expect(await history('refunds', 0, over, b)).toEqual([]);
  const run = await eventually(
    () => a.admin.ask('query($r: ID!) { workflowRun(run: $r) { workflow startedBy } }', { r: did[1]!.run }),
    ({ data }) => (data?.['workflowRun'] ?? null) !== null,
  );
  expect(run.data).toEqual({ workflowRun: { workflow: 'refund', startedBy: 'system:automation.refunds' } });
});

it('answer what extensions publish, with the whole event where nothing is mapped', async () => {
  await saved('paid', { type: PAID });
  await app.broker(a.id, 'acme.shop', 'events.publish', { type: PAID, key: 'k', data: { n: 1 } });
  await app.broker(b.id, 'acme.shop', 'events.publish', { type: PAID, key: 'k', data: { n: 2 } });
  const [did] = await history('paid', 1, over);
  expect(await outputOf(did!.run!)).toMatchObject({ seen: { source: '/kari/extensions/acme.shop', type: PAID, data: { n: 1 } } });
});

it('answer nothing while they are disabled, and nothing of that time later', async () => {
  const change = (name: string): Promise<unknown> => a.admin.data(`mutation { ${name}(name: "held") { status position } }`);
  await saved('held', { type: 'com.example.held' });
  await change('disableAutomation');
  await send('1', {}, { type: 'com.example.held' });
  await change('enableAutomation');
  await send('2', {}, { type: 'com.example.held' });
  expect((await history('held', 1, over)).map(({ key }) => key)).toEqual(['2']);
  await change('deleteAutomation');
  await send('3', {}, { type: 'com.example.held' });
  await saved('held', { type: 'com.example.held' });
  await send('4', {}, { type: 'com.example.held' });
  expect((await history('held', 2, over)).map(({ key }) => key)).toEqual(['4', '2']);
});

it('that cannot go on are parked, say why, and go on once they are mended', async () => {
  await saved('broken', { type: 'com.example.broken', filter: '.data | error' });
  await send('1', { n: 1 }, { type: 'com.example.broken', subject: 's' });
  const [parked] = await history('broken', 1, ({ outcome }) => outcome === 'PARKED');
  expect(parked).toMatchObject({ code: 'WORKFLOW_EXPRESSION_FAILED', run: null });
  const listed = await eventually(
    () => a.admin.data<{ parkedEvents: { nodes: { subscriber: string }[] } }>('{ parkedEvents { nodes { subscriber code } } }'),
    ({ parkedEvents }) => parkedEvents.nodes.length === 1,
  );
  expect(listed.parkedEvents.nodes).toEqual([{ subscriber: 'automation:broken', code: 'WORKFLOW_EXPRESSION_FAILED' }]);
  await saved('broken', { type: 'com.example.broken', filter: null, input: { n: '${ .data.n }' } });
  const retry = 'mutation($e: ID!, $s: ID!) { retryParkedEvent(event: $e, subscriber: $s) { status } }';
  await a.admin.data(retry, { e: parked!.event, s: 'automation:broken' });
  const [mended] = await history('broken', 1, ({ outcome }) => outcome === 'STARTED');
  expect(await outputOf(mended!.run!)).toEqual({ seen: { n: 1 } });
});

it('need none where a workflow names its events itself: active it starts with each, inactive with none', async () => {
  const source = JSON.stringify({
    document: { dsl: '1.0.3', name: 'scheduled', version: '1.0.0' },
    schedule: { on: { any: [{ with: { type: 'com.example.scheduled', data: '${ .n > 1 }' } }, { with: { type: 'com.example.also' } }] } },
    do: [{ a: { set: { seen: '${ [ .[].data.n ] }' } } }],
  });
  const change = (mutation: string): Promise<unknown> => a.admin.data(`mutation { ${mutation} { status } }`);
  await a.admin.data('mutation($s: String!) { saveWorkflow(source: $s) { latestVersion warnings { code } } }', { s: source });
  await send('0', { n: 9 }, { type: 'com.example.scheduled' });
  await change('activateWorkflow(id: "scheduled", version: 1)');
  await send('1', { n: 1 }, { type: 'com.example.scheduled' });
  await send('2', { n: 2 }, { type: 'com.example.scheduled' });
  await send('3', { n: 0 }, { type: 'com.example.also' });
  interface Runs {
    readonly workflowRuns: { readonly nodes: readonly { readonly id: string; readonly startedBy: string }[] };
  }
  const runs = '{ workflowRuns(workflow: "scheduled") { nodes { id startedBy status } } }';
  const started = await eventually(
    () => a.admin.data<Runs>(runs),
    ({ workflowRuns }) => workflowRuns.nodes.length === 2,
  );
  const seen = await Promise.all(started.workflowRuns.nodes.map(({ id }) => outputOf(id)));
  expect(seen).toEqual(expect.arrayContaining([{ seen: [2] }, { seen: [0] }]));
  expect(started.workflowRuns.nodes[0]?.startedBy).toBe('system:workflow.scheduled');
  const deliveries = await eventually(
    () =>
      a.admin.data<{ eventDeliveries: { nodes: { key: string; state: string }[] } }>(
        '{ eventDeliveries(subscriber: "workflow:scheduled") { nodes { key state } } }',
      ),
    ({ eventDeliveries: { nodes } }) => nodes.length === 3 && nodes.every(({ state }) => state === 'DELIVERED'),
  );
  expect(deliveries.eventDeliveries.nodes.map(({ key }) => key)).toEqual(['3', '2', '1']);
  await change('deactivateWorkflow(id: "scheduled")');
  await send('4', { n: 0 }, { type: 'com.example.also' });
  await saved('behind', { type: 'com.example.also' });
  await send('5', { n: 0 }, { type: 'com.example.also' });
  await history('behind', 1, over);
  expect((await a.admin.data<Runs>(runs)).workflowRuns.nodes).toHaveLength(2);
});

it('that answer what their own workflow tells end after seventeen runs, parked', async () => {
  const echo = { source: 'urn:echo', type: 'com.example.echo' };
  const tasks = [{ tell: { emit: { event: { with: echo } } } }];
  app.workflows.save(a.id, { document: { dsl: '1.0.3', namespace: 'tests', name: 'echo', version: '1.0.0' }, do: tasks });
  await saved('echo', { type: 'com.example.echo', workflow: 'echo' });
  await send('1', {}, { type: 'com.example.echo' });
  const did = await history('echo', 18, over);
  expect(did.map(({ outcome }) => outcome)).toEqual(['PARKED', ...Array.from({ length: 17 }, () => 'STARTED')]);
  expect(did[0]?.code).toBe('AUTOMATION_LOOP');
}, 60_000);

it('are refused where they are wrong, and to who has no right', async () => {
  const code = (i: object, caller = a.admin): Promise<string | null> =>
    caller.code(SAVE, { i: { name: 'wrong', type: 'com.example.x', workflow: 'refund', ...i } });
  expect(await code({ filter: '.data |' })).toBe('AUTOMATION_EXPRESSION_INVALID');
  expect(await code({ filter: '$input.x' })).toBe('AUTOMATION_EXPRESSION_INVALID');
  expect(await code({ input: { deep: ['${ nothing_such }'] } })).toBe('AUTOMATION_EXPRESSION_INVALID');
  expect(await code({ filter: `"${'x'.repeat(5_000)}"` })).toBe('REQUEST_INVALID');
  expect(await code({ name: 'No Name' })).toBe('REQUEST_INVALID');
  expect(await a.admin.code('mutation { disableAutomation(name: "none") { status } }')).toBe('AUTOMATION_NOT_FOUND');
  const [user, auditor] = [await app.somebody(a.id, 'user'), await app.somebody(a.id, 'auditor')];
  expect(await code({}, user)).toBe('REQUEST_DENIED');
  expect(await code({}, auditor)).toBe('REQUEST_DENIED');
  expect(await user.code('{ automations { nodes { name } } }')).toBe('REQUEST_DENIED');
  // The control: the same form, with nothing wrong.
  expect(await code({})).toBeNull();
  expect(await b.admin.data('{ automation(name: "wrong") { name } }')).toEqual({ automation: null });
});

it('are listed, and told as they change', async () => {
  const socket = a.admin.socket();
  const { saveAutomation: before } = (await saved('watched', { type: 'com.example.w' })) as { saveAutomation: { position: string } };
  const told = socket.iterate({
    query: 'subscription($p: String) { automationChanged(after: $p) { name status } }',
    variables: { p: before.position },
  });
  const first = told.next();
  const { disableAutomation: after } = await a.admin.data<{ disableAutomation: { position: string } }>(
    'mutation { disableAutomation(name: "watched") { position } }',
  );
  expect((await first).value).toMatchObject({ data: { automationChanged: { name: 'watched', status: 'DISABLED' } } });
  await socket.dispose();
  const document = 'query($p: String) { automations(first: 200, waitFor: $p) { nodes { name type workflow status filter } } }';
  const { automations } = await a.admin.data<{ automations: { nodes: { name: string }[] } }>(document, { p: after.position });
  expect(automations.nodes.find(({ name }) => name === 'watched')).toEqual({
    name: 'watched',
    type: 'com.example.w',
    workflow: 'refund',
    status: 'DISABLED',
    filter: null,
  });
});
