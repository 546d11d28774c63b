// Events that start background tasks: for an automation by its filter and mapping, for a task that names its event itself as it came.
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { Installation, Installations } from '@kari/extension/contract';
import { derivedId, rejected } from '@kari/kernel';
import { testDatabase, type TestDatabase } from '@kari/platform/database/testing';
import type { TaskTriggers, TriggeredTask } from '@kari/schedule/contract';
import type { Expressions, TriggeredRuns, WorkflowTriggers } from '@kari/workflow/contract';
import type { CloudEventDocument } from '../contract.js';
import { automationMigrations } from '../delivery/delivery.migrations.js';
import type { Delivery } from '../delivery/delivery-queue.js';
import { AutomationSubscriber } from './automation-subscriber.js';
import { subscriberOf, taskSubscriber } from './automation.rules.js';
import { TriggerTable } from './trigger-table.js';

const [A, B] = [derivedId('a'), derivedId('b')];
const [PAID, HEARD, WORK] = ['acme.shop.paid.v1', 'acme.notes/heard', 'acme.notes/work'];

let database: TestDatabase;
let triggers: TriggerTable;
beforeAll(async () => {
  database = await testDatabase({ migrations: [automationMigrations] });
  triggers = new TriggerTable(database.system);
}, 60_000);
afterAll(() => database.drop());

let started: TriggeredTask[];
let granted: string;
let own: string | null;
beforeEach(async () => {
  [started, granted, own] = [[], PAID, PAID];
  await triggers.forgetTenant(A);
});

const tasks: TaskTriggers = {
  eventType: () => Promise.resolve(own),
  start: (task) => (started.push(task), Promise.resolve({ run: `run of ${task.key}` })),
};
const installations = {
  find: (tenant, extension) =>
    tenant === A && extension === 'acme.notes'
      ? ({ grants: [{ capability: 'events', state: 'granted', scope: { subscribe: granted } }] } as unknown as Installation)
      : null,
} as Installations;
const total = (event: unknown): number => (event as { data: { total: number } }).data.total;
const expressions = {
  holds: (_filter: string, event: unknown) => Promise.resolve(total(event) > 10),
  fill: (_mapping: unknown, event: unknown) => Promise.resolve({ n: total(event) }),
} as unknown as Expressions;
const subscriber = () => new AutomationSubscriber(triggers, expressions, {} as WorkflowTriggers, {} as TriggeredRuns, tasks, installations);

const delivery = (to: string, id: string, more: Partial<Delivery> = {}): Delivery => ({
  ...{ id, tenant: A, subscriber: to, stream: 's', position: '1', extension: 'external', type: PAID, key: 'k', data: null },
  ...{ publishedAt: '2026-01-01T00:00:00.000Z', correlationId: 'c', failures: 0, crashes: 0, waits: 0, parkings: 0, lease: 'l' },
  document: { id, type: PAID, data: { total: 20 } } as unknown as CloudEventDocument,
  ...more,
});
const form = {
  name: 'paid',
  description: '',
  type: PAID,
  filter: 'over ten',
  input: { n: 'total' },
  workflow: WORK,
  target: 'task',
} as const;
const automate = (input: { n: string } | null = form.input) => triggers.save(A, subscriberOf('paid'), [PAID], { ...form, input });

it('an automation starts its task with what was mapped, to be judged, when its filter holds', async () => {
  await automate();
  const to = subscriberOf('paid');
  const small = { id: 'e0', type: PAID, data: { total: 5 } } as unknown as CloudEventDocument;
  expect(await subscriber().attempt(delivery(to, 'e0', { document: small }))).toEqual({ code: null, result: { outcome: 'filtered' } });
  expect(started).toEqual([]);
  const answer = { code: null, result: { outcome: 'started', run: 'run of automation:paid:e1' } };
  expect(await subscriber().attempt(delivery(to, 'e1'))).toEqual(answer);
  const causes = { by: 'automation.paid', correlationId: 'c', causationId: 'e1' };
  expect(started).toEqual([{ tenant: A, task: WORK, input: { n: 20 }, judged: true, key: 'automation:paid:e1', ...causes }]);
  await automate(null);
  await subscriber().attempt(delivery(to, 'e2'));
  expect(started[1]).toMatchObject({ input: null, judged: true });
});

it('each event has a key of its own, the same however often it is told', async () => {
  await automate();
  for (const [id, lease] of [
    ['e1', 'l1'],
    ['e1', 'l2'],
    ['e2', 'l3'],
  ] as const)
    await subscriber().attempt(delivery(subscriberOf('paid'), id, { lease }));
  expect(started.map(({ key }) => key)).toEqual(['automation:paid:e1', 'automation:paid:e1', 'automation:paid:e2']);
});

it('a task that names its event is given it as extensions are, if its tenant lets it hear of that and it listens still', async () => {
  const to = taskSubscriber(HEARD);
  const attempt = (more: Partial<Delivery> = {}) => subscriber().attempt(delivery(to, 'e1', more));
  expect(await attempt()).toEqual({ code: 'AUTOMATION_NOT_SUBSCRIBED' });
  await triggers.save(A, to, [PAID], { task: HEARD });
  await attempt();
  const event = { id: 'e1', type: PAID, key: 'k', time: '2026-01-01T00:00:00.000Z', data: { total: 20 } };
  expect(started).toMatchObject([{ task: HEARD, input: event, judged: false, key: `${to}:e1`, by: `task.${HEARD}` }]);
  granted = 'acme.shop.other.v1';
  expect(await attempt()).toEqual({ code: 'AUTOMATION_NOT_SUBSCRIBED' });
  [granted, own] = [PAID, null];
  expect(await attempt()).toEqual({ code: 'AUTOMATION_NOT_SUBSCRIBED' });
  own = PAID;
  expect(await attempt({ tenant: B })).toEqual({ code: 'AUTOMATION_NOT_SUBSCRIBED' });
  expect(started).toHaveLength(1);
});

it('says why a task was not started', async () => {
  await automate();
  const refusing = { ...tasks, start: () => Promise.reject(rejected('TASK_INPUT_INVALID', { task: WORK, pointer: '/n', reason: 'r' })) };
  const one = new AutomationSubscriber(triggers, expressions, {} as WorkflowTriggers, {} as TriggeredRuns, refusing, installations);
  expect(await one.attempt(delivery(subscriberOf('paid'), 'e1'))).toEqual({ code: 'TASK_INPUT_INVALID' });
});
