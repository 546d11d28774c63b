import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { TenantEvents } from '@kari/automation/contract';
import { Unavailable, type RecordedEvent } from '@kari/kernel';
import { lentStore, MemoryEventStore, seededIds } from '@kari/kernel/testing';
import { testDatabase, type TestDatabase } from '@kari/platform/database/testing';
import { LeaseTable, MemoryLeases } from '@kari/platform/leases';
import type { Logger } from '@kari/platform/telemetry';
import { systemClock, systemTimers } from '@kari/platform/time';
import type { Tenants } from '@kari/tenancy/contract';
import { runStream } from '../run/engine-parts.js';
import type { RunEvent } from '../run/run.events.js';
import { documentOf, PlayingRun, quick } from '../run/testing/playing-run.js';
import { ListenerTable } from './listener-table.js';
import { Listening } from './listening.reactor.js';
import { workflowMigrations } from './signal.migrations.js';
import { SignalOffers } from './signal-offers.js';
import { SignalQueue } from './signal-queue.js';

const [A, B] = ['00000000-0000-7000-8000-00000000000a', '00000000-0000-7000-8000-00000000000b'] as const;
const runOf = (n: number): string => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`;

let database: TestDatabase;
let ids = seededIds(1);
let store: MemoryEventStore;
let away = 0;
const deleted = new Set<string>();
let offers: SignalOffers;
let listening: Listening;
beforeAll(async () => {
  database = await testDatabase({ migrations: [workflowMigrations] });
}, 60_000);
afterAll(() => database.drop());
beforeEach(async () => {
  await database.system.query('truncate workflow.listener, workflow.signal');
  ids = seededIds(1);
  away = 0;
  deleted.clear();
  store = new MemoryEventStore({ clock: systemClock });
  const failing = lentStore(store);
  failing.append = (items) => {
    if (away > 0) {
      away -= 1;
      throw new Unavailable('away', true);
    }
    return store.append(items);
  };
  const evaluator = {
    evaluate: (program: string, input: unknown, variables: object) => quick(program, input, variables as never) as never,
  };
  const [table, queue] = [new ListenerTable(database.system), new SignalQueue(database.system)];
  const leases = new MemoryLeases(new LeaseTable(), systemClock, systemTimers);
  const logger = { warn: () => undefined } as unknown as Logger;
  offers = new SignalOffers(table, queue, failing, evaluator, leases, systemClock, systemTimers, logger);
  const events = { read: ({ type, data }: RecordedEvent) => (type === 'Told' ? data : null) } as unknown as TenantEvents;
  const tenants: Tenants = {
    find: (id) => ({ id, slug: id, status: deleted.has(id) ? 'deleted' : 'active' }),
    all: () => [],
    onChange: () => () => undefined,
  };
  listening = new Listening(table, queue, offers, events, tenants);
  offers.start();
});
afterEach(() => offers.stop());

const meta = (tenant: string) =>
  ({
    tenant,
    actor: 'someone',
    actorKind: 'user',
    commandId: ids.next(),
    commandType: 'Test',
    correlationId: 'c',
    occurredAt: new Date().toISOString(),
  }) as const;
async function logged(stream: string, tenant: string, facts: readonly { readonly type: string; readonly data: unknown }[]): Promise<void> {
  const events = facts.map(({ type, data }) => ({ id: ids.next(), type, version: 1, data, meta: meta(tenant) }));
  await store.append([{ stream: stream as never, expected: 'any', events }]);
}
const waits = (n: number, order: number, tenant: string = A): Promise<void> => {
  const one = { with: { type: 'paid' }, correlate: { order: { from: '.data.order', expect: '${ .order }' } } };
  return logged(runStream(tenant, runOf(n)), tenant, new PlayingRun(documentOf([{ l: { listen: { to: { one } } } }]), { order }).facts);
};
const tell = (id: string, order: number, tenant: string = A): Promise<void> =>
  logged(`test.event-${tenant}~${id}`, tenant, [{ type: 'Told', data: { id, source: 's', type: 'paid', data: { order } } }]);
/** The log as the reactor is told of it, from the beginning. */
async function follow(): Promise<void> {
  for await (const event of store.readAll()) if ([...listening.handles, 'Told'].includes(event.type)) await listening.react(event);
}
async function heard(n: number, tenant: string = A): Promise<readonly unknown[]> {
  const found: unknown[] = [];
  for await (const event of store.readStream(runStream(tenant, runOf(n)))) {
    const { type, data } = event as unknown as RunEvent;
    if (type === 'EventReceived') found.push(data.event['id']);
  }
  return found;
}
async function offered(): Promise<void> {
  while ((await database.system.query('select 1 from workflow.signal')).length > 0) await systemTimers.sleep(5);
}

it('tells each run of its own event, in its own tenant, once, however often the log is read', async () => {
  await waits(1, 7);
  await waits(2, 8);
  await waits(3, 7, B);
  await tell('e1', 7);
  await tell('e2', 9);
  await follow();
  await offered();
  await follow();
  await offered();
  expect([await heard(1), await heard(2), await heard(3, B)]).toEqual([['e1'], [], []]);
});

it('tells nobody of what happened before the waiting began', async () => {
  await waits(9, 1);
  await tell('early', 7);
  await waits(1, 7);
  await tell('late', 7);
  await follow();
  await offered();
  expect(await heard(1)).toEqual(['late']);
});

it('forgets no event while the log cannot be written', async () => {
  await waits(1, 7);
  await tell('e1', 7);
  away = 1;
  await follow();
  await offered();
  expect(away).toBe(0);
  expect(await heard(1)).toEqual(['e1']);
});

it('keeps no row of a deleted tenant, and none of a run that goes on after it; its neighbour waits on', async () => {
  await waits(1, 7);
  await waits(2, 7, B);
  await follow();
  await offers.stop();
  await tell('unheard', 7);
  await follow();
  const rows = () => database.system.query('select tenant from workflow.listener union all select tenant from workflow.signal');
  expect(await rows()).toEqual(expect.arrayContaining([{ tenant: A }, { tenant: A }, { tenant: B }]));
  deleted.add(A);
  await logged(`tenancy.tenant-_~${A}`, '_', [{ type: 'TenantDeleted', data: { tenant: A, export: null } }]);
  await waits(3, 7);
  await follow();
  expect(await rows()).toEqual([{ tenant: B }]);
});
