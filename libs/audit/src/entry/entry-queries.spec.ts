// The trail on a real PostgreSQL: numbered in log order, seen by its tenant alone, the same after a rebuild.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { derivedId, type EventStore, type NewEvent, type StreamId } from '@kari/kernel';
import { memoryBlobs } from '@kari/platform/blob';
import { testDatabase, type TestDatabase } from '@kari/platform/database/testing';
import { eventStoreMigrations, PostgresEventStore } from '@kari/platform/event-store';
import { pageRequest, type PageArgs } from '@kari/platform/graphql';
import { leaseMigrations, PostgresLeases } from '@kari/platform/leases';
import { projectionMigrations, ProjectionNotices, ProjectionRunner } from '@kari/platform/projections';
import { Redactor } from '@kari/platform/telemetry';
import { systemClock, systemIds, systemTimers } from '@kari/platform/time';
import { EntryChanges } from './entry-changes.js';
import { entryProjection } from './entry.projection.js';
import { EntryQueries, type EntryFilter } from './entry.queries.js';
import { EntryView } from './entry.view.js';
import { EventStoreAudit } from './event-store-audit.adapter.js';

const A = '0190a000-0000-7000-8000-00000000000a';
const B = '0190a000-0000-7000-8000-00000000000b';
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined, child: () => silent };

let database: TestDatabase;
let store: PostgresEventStore;
let leases: PostgresLeases;
let runner: ProjectionRunner;
let queries: EntryQueries;
let changes: EntryChanges;
let audit: EventStoreAudit;
let operations = 0;

beforeAll(async () => {
  const migrations = [leaseMigrations, projectionMigrations, eventStoreMigrations];
  database = await testDatabase({ migrations, schemas: ['audit'], entities: [EntryView] });
  const { system } = database;
  store = new PostgresEventStore({ pool: system.pool, blobs: memoryBlobs(), timers: systemTimers });
  leases = new PostgresLeases({ database: system, clock: systemClock, timers: systemTimers, ids: systemIds });
  const notices = new ProjectionNotices();
  const parts = { store, database: system, leases, clock: systemClock, timers: systemTimers, logger: silent, notices };
  runner = new ProjectionRunner(parts, [entryProjection]);
  await runner.start();
  queries = new EntryQueries(database.read, runner);
  changes = new EntryChanges(queries, notices, systemTimers);
  audit = new EventStoreAudit(store, systemClock, systemIds, systemTimers, new Redactor());
});

afterAll(async () => {
  await runner?.stop();
  await leases?.stop();
  await store?.close();
  await database?.drop();
});

/** A change: one command, some events. Answers its position. */
async function change(tenant: string, actor = 'ada', events = 2): Promise<string> {
  operations += 1;
  const commandId = systemIds.next();
  const meta = {
    tenant,
    actor,
    actorKind: 'user',
    commandId,
    commandType: 'DoIt',
    correlationId: `c-${operations}`,
    occurredAt: new Date(operations * 1_000).toISOString(),
  } as const;
  const facts = Array.from({ length: events }, (_, index): NewEvent => ({
    id: derivedId(commandId, index),
    type: `Done${index}`,
    version: 1,
    data: {},
    meta,
  }));
  const [result] = await store.append([{ stream: `test.thing-${tenant}~${operations}` as StreamId, expected: 'none', events: facts }]);
  if (result?.ok !== true) throw result?.error ?? new Error('nothing appended');
  return result.position;
}

async function refuse(tenant: string, operation = 'query.things'): Promise<void> {
  operations += 1;
  const record = { tenant, actor: 'bob', actorKind: 'user', operation, subject: null, correlationId: `c-${operations}` } as const;
  await audit.record({ ...record, outcome: 'denied', code: 'REQUEST_DENIED' });
}

async function read(tenant: string, filter: EntryFilter = {}, args: Partial<PageArgs> = {}) {
  return queries.page(pageRequest('auditEntries', { first: 200, ...args }, tenant), filter, await store.head());
}

const numbers = (page: { nodes: readonly EntryView[] }) => page.nodes.map((entry) => Number(entry.number));

describe('the audit trail', () => {
  it('has one entry per operation, numbered 1, 2, 3 ... in log order over all tenants (U-04)', async () => {
    for (let index = 0; index < 5; index += 1) {
      await change(A);
      await refuse(B);
      await change('_', 'olga', 1);
    }
    await Promise.all(Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? change(A) : refuse(A))));
    const all = await read('_');
    expect(numbers(all)).toEqual(Array.from({ length: operations }, (_, index) => operations - index));
    const positions = all.nodes.map((entry) => Number(entry.position));
    expect(positions).toEqual([...positions].sort((a, b) => b - a));
  });

  it('shows a tenant its own entries and nothing else, whatever it asks for (Z-02)', async () => {
    const before = (await read(B)).nodes.length;
    await change(A);
    await refuse(B);
    const own = await read(B);
    expect(own.nodes).toHaveLength(before + 1);
    expect(new Set(own.nodes.map((entry) => entry.tenant))).toEqual(new Set([B]));
    for (const tenant of [A, '_', '%']) expect((await read(B, { tenant })).nodes).toEqual([]);
    expect((await read('_', { tenant: B })).nodes).toHaveLength(before + 1);
  });

  it('is filtered by who, what, how it ended, which request and when', async () => {
    const position = await change(A, 'cleo');
    const [entry] = (await read(A, { actor: 'cleo' })).nodes;
    expect(entry).toMatchObject({
      operation: 'DoIt',
      outcome: 'allowed',
      subject: `thing:${operations}`,
      events: ['Done0', 'Done1'],
      code: null,
    });
    expect(Number(position) - Number(entry?.position)).toBe(1);
    expect((await read(A, { correlationId: entry?.correlationId ?? '' })).nodes).toHaveLength(1);
    expect((await read(A, { subject: entry?.subject ?? '' })).nodes).toHaveLength(1);
    expect((await read(A, { outcome: 'denied' })).nodes.every((each) => each.code === 'REQUEST_DENIED')).toBe(true);
    const at = entry?.occurredAt ?? new Date(0);
    expect(numbers(await read(A, { actor: 'cleo', since: at, until: new Date(at.getTime() + 1) }))).toEqual([Number(entry?.number)]);
    expect(numbers(await read(A, { actor: 'cleo', until: at }))).toEqual([]);
    expect((await read(A, { actor: "' or true --" })).nodes).toEqual([]);
  });

  it('is paged without gaps or repeats while it grows', async () => {
    const whole = numbers(await read(A));
    const seen: number[] = [];
    for (let after: string | null = null; ;) {
      const page = await read(A, {}, { first: 7, after });
      seen.push(...numbers(page));
      await change(A);
      if (!page.pageInfo.hasNextPage) break;
      after = page.pageInfo.endCursor;
    }
    expect(seen).toEqual(whole);
  });

  it('is followed live, from a position on, each entry once and in order', async () => {
    const gone = new AbortController();
    const from = await store.head();
    await change(A);
    await refuse(B);
    await refuse(A, 'query.first');
    const seen: string[] = [];
    for await (const entry of changes.after(A, from, gone.signal)) {
      seen.push(entry.operation);
      if (seen.length === 2) void refuse(A, 'query.second');
      if (seen.length === 3) break;
    }
    expect(seen).toEqual(['DoIt', 'query.first', 'query.second']);

    const idle = changes.after(B, null, gone.signal);
    const waiting = idle.next();
    gone.abort();
    expect((await waiting).done).toBe(true);
    await expect(changes.after(A, 'nonsense', gone.signal).next()).rejects.toThrow('REQUEST_INVALID');
  });

  it('has the same numbers after a rebuild (U-04, D-10)', async () => {
    const before = await read('_');
    const live = await runner.hashOf('audit.entry');
    await runner.rebuild('audit.entry');
    await change(A);
    const after = await read('_');
    expect(numbers(after).slice(1)).toEqual(numbers(before).slice(0, numbers(after).length - 1));
    expect(numbers(after)[0]).toBe(operations);
    expect(live?.rows).toBe(operations - 1);
  });
});

describe('U-02 on a real store', () => {
  it('refuses rather than answers when the store is gone, and records again once it is back', async () => {
    let isGone = true;
    const gone = Object.assign(Object.create(store) as EventStore, {
      append: (items: Parameters<EventStore['append']>[0]) => (isGone ? new Promise<never>(() => undefined) : store.append(items)),
    });
    const impatient = new EventStoreAudit(gone, systemClock, systemIds, systemTimers, new Redactor());
    const asked = systemClock.monotonic();
    const record = {
      tenant: A,
      actor: 'ada',
      actorKind: 'user',
      operation: 'query.slow',
      outcome: 'allowed',
      subject: null,
      correlationId: 'c',
    } as const;
    await expect(impatient.record(record)).rejects.toThrow('did not answer');
    expect(systemClock.monotonic() - asked).toBeLessThan(2_000);
    isGone = false;
    await impatient.record(record);
    operations += 1;
    expect((await read(A, { operation: 'query.slow' })).nodes).toHaveLength(1);
  });
});
