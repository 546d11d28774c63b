import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { derivedId, type RecordedEvent } from '@kari/kernel';
import { testDatabase, type TestDatabase } from '@kari/platform/database/testing';
import { systemClock, systemIds } from '@kari/platform/time';
import { automationMigrations } from '../delivery/delivery.migrations.js';
import { DeliveryQueue } from '../delivery/delivery-queue.js';
import { TriggerTable } from './trigger-table.js';
import { Triggering } from './triggering.reactor.js';

const [A, B] = [derivedId('a'), derivedId('b')];

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase({ migrations: [automationMigrations] });
}, 60_000);
afterAll(() => database.drop());

const noTasks = { eventType: () => Promise.resolve(null), start: () => Promise.reject(new Error('no task is started here')) };

const told = (stream: string, tenant: string, type: string, data: object): RecordedEvent => ({
  id: systemIds.next(),
  stream: stream as never,
  revision: 0n,
  position: '1',
  type,
  version: 1,
  data,
  meta: {
    tenant,
    actor: 'someone',
    actorKind: 'user',
    commandId: systemIds.next(),
    commandType: 'Test',
    correlationId: 'c',
    occurredAt: new Date(systemClock.now()).toISOString(),
  },
  recordedAt: new Date(systemClock.now()).toISOString(),
});

it('keeps no trigger of a deleted tenant; those of its neighbour stay', async () => {
  const triggers = new TriggerTable(database.system);
  const workflows = { types: () => Promise.resolve(['paid']), answers: () => Promise.resolve(true) };
  const triggering = new Triggering(triggers, new DeliveryQueue(database.system, systemClock, systemIds), workflows, noTasks);
  for (const tenant of [A, B])
    await triggering.react(told(`workflow.definition-${tenant}~order`, tenant, 'WorkflowActivated', { workflow: 'order', version: 1 }));
  expect([await triggers.answering(A, 'paid'), await triggers.answering(B, 'paid')]).toEqual([['workflow:order'], ['workflow:order']]);
  await triggering.react(told(`tenancy.tenant-_~${A}`, '_', 'TenantDeleted', { tenant: A, export: null }));
  expect([await triggers.answering(A, 'paid'), await triggers.answering(B, 'paid')]).toEqual([[], ['workflow:order']]);
});

it('knows the task that an event starts for as long as something may start it', async () => {
  const triggers = new TriggerTable(database.system);
  const workflows = { types: () => Promise.resolve([]), answers: () => Promise.resolve(false) };
  let type: string | null = 'acme.shop.paid.v1';
  const tasks = { ...noTasks, eventType: () => Promise.resolve(type) };
  const triggering = new Triggering(triggers, new DeliveryQueue(database.system, systemClock, systemIds), workflows, tasks);
  const stream = `schedule.task-${A}~acme.notes/sync`;
  await triggering.react(told(stream, A, 'TaskDeclared', { task: 'acme.notes/sync' }));
  expect(await triggers.answering(A, 'acme.shop.paid.v1')).toEqual(['task:acme.notes/sync']);
  type = null;
  await triggering.react(told(stream, A, 'TaskPaused', { task: 'acme.notes/sync' }));
  expect(await triggers.answering(A, 'acme.shop.paid.v1')).toEqual([]);
});
