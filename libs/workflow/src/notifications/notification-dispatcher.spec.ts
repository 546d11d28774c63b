import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { Rejection, type RequestContext } from '@kari/kernel';
import { MemoryEventStore, seededIds, seededRandom } from '@kari/kernel/testing';
import { StoreCommandBus, systemPrincipal } from '@kari/platform/command-bus';
import { testDatabase, type TestDatabase } from '@kari/platform/database/testing';
import { Registry, type AnyCommandDefinition } from '@kari/platform/registry';
import type { Logger } from '@kari/platform/telemetry';
import { systemClock, systemTimers } from '@kari/platform/time';
import type { OutgoingCall, OutgoingCalls } from '@kari/security/contract';
import { notificationCommands } from './notification.definitions.js';
import { NotificationDispatcher } from './notification-dispatcher.js';
import { notificationMigrations } from './notification.migrations.js';
import { NotificationQueue } from './notification-queue.js';
import type { Notification } from './notification.rules.js';
import { WebhookNotifier } from './webhook-notifier.adapter.js';

const [A, B] = ['00000000-0000-7000-8000-00000000000a', '00000000-0000-7000-8000-00000000000b'] as const;
let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase({ migrations: [{ context: 'workflow', migrations: notificationMigrations }] });
});
afterAll(() => database.drop());

let room: ReturnType<typeof start>;
beforeEach(async () => {
  await database.system.query('truncate workflow.notification');
  room = start();
});
afterEach(() => room.dispatcher.stop());

function start() {
  const store = new MemoryEventStore({ clock: systemClock });
  const ids = seededIds(5);
  const commands = new Registry<AnyCommandDefinition>('command', ({ type }) => type);
  commands.add(...notificationCommands);
  const audit = { record: () => Promise.resolve() };
  const bus = new StoreCommandBus(commands, store, audit, { standing: () => Promise.resolve('open') }, systemClock, ids, systemTimers);
  const sent: { readonly tenant: string; readonly headers: Readonly<Record<string, string>>; readonly body: string }[] = [];
  const statuses: number[] = [];
  const held = new Set<string>();
  const calls: OutgoingCalls = {
    isOpen: () => Promise.resolve(true),
    send: async (call: OutgoingCall) => {
      const concealed = await call.conceal?.();
      sent.push({ tenant: call.tenant, headers: concealed?.headers ?? {}, body: String(call.body) });
      if (held.has(call.tenant))
        await new Promise((_, reject) => call.signal.addEventListener('abort', () => reject(new Error('aborted'))));
      return { status: statuses.shift() ?? 200, headers: {}, body: Buffer.alloc(0), url: call.url, trailers: {}, covered: (text) => text };
    },
  };
  const secrets = { reveal: () => Promise.resolve('key') };
  const queue = new NotificationQueue(database.system);
  const notifier = new WebhookNotifier(calls, secrets, systemClock, store);
  const quiet = { warn: () => undefined, error: () => undefined } as unknown as Logger;
  const dispatcher = new NotificationDispatcher(queue, notifier, bus, systemTimers, seededRandom(1), quiet);
  const as = (tenant: string): RequestContext => ({ principal: systemPrincipal('test'), tenant, correlationId: 'c' });
  const send = (tenant: string, type: string, data: object) => bus.send({ type, data }, as(tenant));
  return {
    store,
    queue,
    dispatcher,
    sent,
    statuses,
    held,
    send,
    set: (tenant: string) => send(tenant, 'SetApprovalWebhook', { url: 'https://example.org/x', secret: 'key' }),
    notification: (tenant: string): Notification => {
      const id = ids.next();
      return { id, tenant, run: id, approval: id, type: 'approval.requested', body: '{}', correlationId: 'c' };
    },
    rows: () =>
      database.system.query<{ id: string; state: string; attempts: number; code: string | null }>(
        'select id, state, attempts, last_code as code from workflow.notification order by id',
      ),
    async until(wanted: () => Promise<boolean> | boolean): Promise<void> {
      while (!(await wanted())) await systemTimers.sleep(20);
    },
  };
}

it('tells what is due once, signed under its name, and never again once it was taken', async () => {
  const { queue, dispatcher, sent, set, notification, rows, until } = room;
  await set(A);
  const one = notification(A);
  await queue.add(one);
  await queue.add(one);
  dispatcher.start();
  await until(async () => (await rows())[0]?.state === 'delivered');
  await queue.add(one);
  expect(await queue.claim(10)).toEqual([]);
  expect(sent).toEqual([
    {
      tenant: A,
      body: '{}',
      headers: expect.objectContaining({ 'webhook-id': one.id, 'webhook-signature': expect.stringMatching(/^v1,/) }),
    },
  ]);
});

it('tells again later what was not taken, and parks what nobody wants: in the log first, until somebody decides', async () => {
  const { queue, dispatcher, statuses, set, send, notification, rows, until, store } = room;
  await set(A);
  const [refused, gone] = [notification(A), notification(A)];
  statuses.push(500);
  await queue.add(refused);
  dispatcher.start();
  await until(async () => (await rows())[0]?.attempts === 1);
  expect(await rows()).toEqual([{ id: refused.id, state: 'pending', attempts: 1, code: 'STATUS_500' }]);
  statuses.push(410);
  await queue.add(gone);
  await until(async () => (await rows()).some(({ state }) => state === 'parked'));
  const facts: string[] = [];
  for await (const { type } of store.readAll()) facts.push(type);
  expect(facts).toContain('ApprovalNotificationParked');
  await send(A, 'RetryApprovalNotification', { notification: gone.id });
  await expect(send(B, 'RetryApprovalNotification', { notification: gone.id })).rejects.toBeInstanceOf(Rejection);
  await queue.unpark(A, gone.id, 'retry');
  await until(async () => (await rows()).every(({ state }) => state === 'delivered'));
});

it('drops what is to be told nowhere any more', async () => {
  const { queue, dispatcher, notification, rows, until, sent } = room;
  await queue.add(notification(A));
  dispatcher.start();
  await until(async () => (await rows())[0]?.state === 'dropped');
  expect(sent).toEqual([]);
});

it('lets no webhook that hangs hold up another tenant’s; what was in hand at a stop comes again', async () => {
  const { queue, dispatcher, held, set, notification, rows, until, sent } = room;
  await set(A);
  await set(B);
  held.add(A);
  for (let index = 0; index < 20; index += 1) await queue.add(notification(A));
  dispatcher.start();
  await until(() => sent.length > 0);
  await queue.add(notification(B));
  await until(async () => (await rows()).some(({ state }) => state === 'delivered'));
  expect(sent.filter(({ tenant }) => tenant === A)).toHaveLength(4);
  await dispatcher.stop();
  expect((await rows()).filter(({ state, attempts }) => state === 'pending' && attempts === 0)).toHaveLength(20);
});

it('is seen by its own tenant alone', async () => {
  await room.queue.add(room.notification(A));
  const seenBy = (tenant: string) => database.read.readAs(tenant, (manager) => manager.query('select id from workflow.notification'));
  expect(await seenBy(A)).toHaveLength(1);
  expect(await seenBy(B)).toEqual([]);
});
