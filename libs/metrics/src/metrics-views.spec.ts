// The context on a real PostgreSQL: measured through the command bus, folded, rebuilt, read behind row-level security; log lines as rows.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PLATFORM_TENANT, type EventStore } from '@kari/kernel';
import { memoryBlobs } from '@kari/platform/blob';
import { StoreCommandBus, type TenantStanding } from '@kari/platform/command-bus';
import { testDatabase, type TestDatabase } from '@kari/platform/database/testing';
import { eventStoreMigrations, PostgresEventStore } from '@kari/platform/event-store';
import { pageRequest, type PageArgs } from '@kari/platform/graphql';
import { leaseMigrations, PostgresLeases } from '@kari/platform/leases';
import { projectionMigrations, ProjectionNotices, ProjectionRunner } from '@kari/platform/projections';
import { Registry, type AnyCommandDefinition } from '@kari/platform/registry';
import { Redactor, type Logger } from '@kari/platform/telemetry';
import { systemClock, systemIds, systemTimers } from '@kari/platform/time';
import { LogQueries, type LogFilter } from './logs/log.queries.js';
import { metricsMigrations } from './logs/log.migrations.js';
import { postgresLogStore } from './logs/log-store.js';
import { tailLogs } from './logs/log-tail.js';
import { LogView } from './logs/log.view.js';
import { LogWriter } from './logs/log-writer.js';
import { measureExtensionUsage } from './usage/usage.definitions.js';
import { UsageMeter } from './usage/usage-meter.js';
import { usageOf } from './usage/usage.graphql.js';
import { usageProjection } from './usage/usage.projection.js';
import { UsageQueries } from './usage/usage.queries.js';
import { UsageView } from './usage/usage.view.js';

const A = '00000000-0000-7000-8000-00000000000a';
const B = '00000000-0000-7000-8000-00000000000b';
const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
};
const all: LogFilter = { extension: null, level: null, text: null, correlation: null, from: null, to: null };

let database: TestDatabase;
let store: PostgresEventStore;
let leases: PostgresLeases;
let runner: ProjectionRunner;
let bus: StoreCommandBus;
const entries: unknown[] = [];

beforeAll(async () => {
  database = await testDatabase({
    migrations: [leaseMigrations, projectionMigrations, eventStoreMigrations, metricsMigrations],
    schemas: ['metrics'],
    entities: [UsageView, LogView],
  });
  const { system } = database;
  store = new PostgresEventStore({ pool: system.pool, blobs: memoryBlobs(), timers: systemTimers });
  leases = new PostgresLeases({ database: system, clock: systemClock, timers: systemTimers, ids: systemIds });
  const parts = {
    store: store as EventStore,
    database: system,
    leases,
    clock: systemClock,
    timers: systemTimers,
    logger: silent,
    notices: new ProjectionNotices(),
  };
  runner = new ProjectionRunner(parts, [usageProjection]);
  await runner.start();
  const commands = new Registry<AnyCommandDefinition>('command', ({ type }) => type);
  commands.add(measureExtensionUsage);
  const audit = { record: (entry: unknown) => Promise.resolve(void entries.push(entry)) };
  const gate = { standing: (tenant: string) => Promise.resolve<TenantStanding>(tenant === B ? 'suspended' : 'open') };
  bus = new StoreCommandBus(commands, store, audit, gate, systemClock, systemIds, systemTimers);
});

afterAll(async () => {
  await runner?.stop();
  await leases?.stop();
  await store?.close();
  await database?.drop();
});

const page = (list: string, tenant: string, args: Partial<PageArgs> = {}) => pageRequest(list, { first: 50, ...args }, tenant);
const meter = () => new UsageMeter(bus, systemClock, systemTimers, systemIds, silent);
const call = (tenant: string, extension = 'acme.notes', milliseconds = 3, error: string | null = null) => ({
  tenant,
  extension,
  version: '1.0.0',
  milliseconds,
  error,
});

describe('metrics.usage', () => {
  it('adds up what several processes measured, also in a tenant suspended meanwhile, each tenant for itself (P.4, Z-02)', async () => {
    const meters = [meter(), meter()];
    for (const one of meters) {
      for (let round = 0; round < 3; round += 1) {
        for (let index = 0; index < 10; index += 1) one.called(call(A, 'acme.notes', index, index === 0 ? 'SANDBOX_CRASHED' : null));
        one.called(call(B, 'acme.canary'));
        one.consumed({ tenant: A, extension: 'acme.notes', version: '1.0.0', cpuMilliseconds: 5, memoryBytes: 1_000 * round });
        await one.flush();
      }
      await one.stop();
    }
    await runner.waitFor(usageProjection.name, await store.head());
    const queries = new UsageQueries(database.read);
    const filter = { extension: null, from: null, to: null };
    const { nodes } = await queries.page(A, filter, page('usage', A));
    expect(nodes.map(usageOf)).toMatchObject([
      {
        extension: 'acme.notes',
        calls: 60,
        failed: 6,
        errors: [{ code: 'SANDBOX_CRASHED', count: 6 }],
        cpuMilliseconds: 30,
        peakMemoryBytes: 2_000,
      },
    ]);
    expect(usageOf(nodes[0] as UsageView).latency).toMatchObject({ p50: expect.any(Number), p99: expect.any(Number) });
    expect(JSON.stringify(nodes)).not.toContain('canary');
    expect((await queries.page(B, filter, page('usage', B))).nodes.map(({ extension, calls }) => [extension, calls])).toEqual([
      ['acme.canary', '6'],
    ]);
    // A system command that changed something is audited by its event alone.
    expect(entries).toEqual([]);
  });

  it('shows no row without a tenant, and only its own with the filter of the query left out (Z-02)', async () => {
    const rows = (tenant: string) => database.read.readAs(tenant, (manager) => manager.find(UsageView));
    expect((await rows(A)).map(({ tenant }) => tenant)).toEqual([A]);
    expect(await rows(PLATFORM_TENANT)).toEqual([]);
  });

  it('rebuilt from zero it is hash-equal to the live one (D-10, P.4)', async () => {
    const before = await runner.hashOf(usageProjection.name);
    await runner.rebuild(usageProjection.name);
    const after = await runner.hashOf(usageProjection.name);
    expect(after?.hash).toBe(before?.hash);
  });

  it('pages by hour and extension, newest first, within a range', async () => {
    const hours = ['2026-01-01T08:00:00.000Z', '2026-01-01T09:00:00.000Z', '2026-01-01T10:00:00.000Z'];
    const clock = { now: () => 0, monotonic: () => 0 };
    for (const hour of hours) {
      clock.now = () => Date.parse(hour) + 1_000;
      const one = new UsageMeter(bus, clock, systemTimers, systemIds, silent);
      for (const extension of ['b.b', 'a.a']) one.called(call(A, extension));
      await one.stop();
    }
    await runner.waitFor(usageProjection.name, await store.head());
    const queries = new UsageQueries(database.read);
    const range = { extension: null, from: new Date(hours[0] ?? ''), to: new Date(hours[2] ?? '') };
    const first = await queries.page(A, range, page('usage', A, { first: 3 }));
    const second = await queries.page(A, range, page('usage', A, { first: 3, after: first.pageInfo.endCursor }));
    expect([...first.nodes, ...second.nodes].map(({ hour, extension }) => `${hour.toISOString()} ${extension}`)).toEqual([
      `${hours[1]} a.a`,
      `${hours[1]} b.b`,
      `${hours[0]} a.a`,
      `${hours[0]} b.b`,
    ]);
    expect((await queries.page(A, { ...range, extension: 'a.a' }, page('usage', A))).nodes).toHaveLength(2);
  });
});

describe('metrics.log', () => {
  const writer = () => new LogWriter(postgresLogStore(database.system), new Redactor(), systemClock, systemTimers, systemIds, silent);
  const line = {
    tenant: A,
    extension: 'acme.notes',
    version: '1.0.0',
    level: 'info',
    message: 'hello',
    correlationId: null,
    source: 'log',
  } as const;

  it('finds lines by extension, level, text and correlation, newest first, each tenant its own', async () => {
    const logs = writer();
    logs.take({ ...line, message: 'one 100% \\ sure', correlationId: 'c-1' });
    logs.take({ ...line, message: 'Two', level: 'error', fields: { attempt: 2 } });
    logs.take({ ...line, message: 'three', extension: 'acme.other', level: 'debug' });
    logs.take({ ...line, tenant: B, message: 'canary of b' });
    await logs.stop();
    const queries = new LogQueries(database.read);
    const found = async (filter: Partial<LogFilter>, tenant = A) =>
      (await queries.page(tenant, { ...all, ...filter }, page('logs', tenant))).nodes.map(({ message }) => message);
    expect(await found({})).toEqual(['three', 'Two', 'one 100% \\ sure']);
    expect(await found({ extension: 'acme.notes' })).toEqual(['Two', 'one 100% \\ sure']);
    expect(await found({ level: 'warn' })).toEqual(['Two']);
    expect(await found({ text: 'tWO' })).toEqual(['Two']);
    expect(await found({ text: '100% \\' })).toEqual(['one 100% \\ sure']);
    expect(await found({ text: '%' })).toEqual(['one 100% \\ sure']);
    expect(await found({ text: "' or true --" })).toEqual([]);
    expect(await found({ correlation: 'c-1' })).toEqual(['one 100% \\ sure']);
    expect(await found({}, B)).toEqual(['canary of b']);
    const first = await queries.page(A, all, page('logs', A, { first: 2 }));
    const second = await queries.page(A, all, page('logs', A, { first: 2, after: first.pageInfo.endCursor }));
    expect(second.nodes.map(({ message }) => message)).toEqual(['one 100% \\ sure']);
    expect((await database.read.readAs(B, (manager) => manager.find(LogView))).map(({ tenant }) => tenant)).toEqual([B]);
  });

  it('writing a batch again changes nothing, and old lines go in batches', async () => {
    const store = postgresLogStore(database.system);
    const old = {
      id: systemIds.next(),
      tenant: A,
      extension: 'acme.old',
      version: '1',
      writtenAt: '2020-01-01T00:00:00.000Z',
      level: 'info',
      source: 'log',
      message: 'old',
      fields: null,
      correlation: null,
    } as const;
    const lines = [old, { ...old, id: systemIds.next() }, { ...old, id: systemIds.next() }];
    await store.write(lines);
    await store.write(lines);
    const limit = '2021-01-01T00:00:00.000Z';
    expect([await store.removeOlderThan(limit, 2), await store.removeOlderThan(limit, 2), await store.removeOlderThan(limit, 2)]).toEqual([
      2, 1, 0,
    ]);
  });

  it('is followed as it is written, resumes behind a line, and ends when the reader leaves', async () => {
    const logs = writer();
    const queries = new LogQueries(database.read);
    const leaving = new AbortController();
    const request = { tenant: A, filter: { ...all, extension: 'acme.tail' }, after: systemIds.next(), signal: leaving.signal };
    const tail = tailLogs(request, queries, logs, systemTimers);
    const first = tail.next();
    logs.take({ ...line, extension: 'acme.tail', message: 'one' });
    logs.take({ ...line, tenant: B, extension: 'acme.tail', message: 'canary' });
    await logs.flush();
    const one = (await first).value as LogView;
    expect(one.message).toBe('one');
    for (let index = 0; index < 250; index += 1) logs.take({ ...line, extension: 'acme.tail', message: `more ${index}` });
    await logs.flush();
    const resumed = tailLogs({ ...request, after: one.id }, queries, logs, systemTimers);
    const seen: string[] = [];
    for await (const row of resumed) {
      seen.push(row.message);
      if (seen.length === 250) break;
    }
    expect(seen).toEqual(Array.from({ length: 250 }, (_, index) => `more ${index}`));
    leaving.abort();
    await tail.next();
    expect((await tail.next()).done).toBe(true);
    await logs.stop();
  });
});
