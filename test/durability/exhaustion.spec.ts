// D-05: the disk is full, no descriptor or no connection is left: nothing is acknowledged that is not durable, nobody crashes, and work goes on
// by itself once there is room again.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Unavailable, type EventStore } from '@kari/kernel';
import { memoryBlobs } from '@kari/platform/blob';
import { openSystemDatabase, prepareDatabase, urlsOf, type SystemDatabase } from '@kari/platform/database';
import { startEmbeddedDatabase } from '@kari/platform/database/embedded';
import { testDatabase, type TestDatabase } from '@kari/platform/database/testing';
import { eventStoreMigrations, PostgresEventStore } from '@kari/platform/event-store';
import { systemIds, systemTimers } from '@kari/platform/time';
import { Client } from 'pg';
import { bundleProgram, runProgram } from '../support/child-program.js';
import { needs } from '../support/needs.js';
import { reportCounts } from '../support/record.js';
import { patienceFor, sizeOf, testTier } from '../support/size.js';
import { smallDisk } from '../support/small-disk.js';
import { LedgerAudit, SOUND } from './ledger-audit.js';
import { booked, ledgerStream } from './programs/booking.js';

const RUNS = sizeOf('D-05', { t1: 1, t2: 30 });
/** The promise is ten seconds; a slice may run beside other suites. */
const BACK_WITHIN_MS = testTier() === 't1' ? 40_000 : 10_000;

const storeOn = (system: SystemDatabase): PostgresEventStore =>
  new PostgresEventStore({ pool: system.pool, blobs: memoryBlobs(), timers: systemTimers });

needs('root', 'tmpfs')('D-05: the disk is full', () => {
  let program = '';
  beforeAll(async () => {
    program = await bundleProgram(resolve(import.meta.dirname, 'programs/appender.ts'));
  }, 60_000);
  afterAll(() => rmSync(program, { force: true }));

  it(
    `${RUNS} times: writers are told, and go on within ten seconds of room coming back`,
    async () => {
      const disk = smallDisk(160);
      const database = await startEmbeddedDatabase({
        folder: join(disk.path, 'postgres'),
        durable: true,
        settings: { max_wal_size: '48MB', min_wal_size: '32MB' },
      });
      const faults: string[] = [];
      database.onFault((_, what) => faults.push(what));
      const audit = new LedgerAudit();
      const back: number[] = [];
      const system = openSystemDatabase(urlsOf(database.url).system);
      const blobs = mkdtempSync(join(tmpdir(), 'kari-d05-'));
      try {
        await prepareDatabase({ ownerUrl: database.url, migrations: [eventStoreMigrations], schemas: [] });
        const server = runProgram(program, { SYSTEM_URL: system.pool.options.connectionString ?? '', BLOBS: blobs });
        try {
          for (let run = 0; run < RUNS; run += 1) {
            await server.lineFrom(server.lines.length, 'ack');
            disk.fill();
            await server.lineFrom(server.lines.length, 'unavailable');
            // What the database still had in reserve is used up meanwhile.
            await systemTimers.sleep(1_500);
            const before = server.lines.length;
            disk.clear();
            const cleared = performance.now();
            await server.lineFrom(before, 'ack');
            back.push(performance.now() - cleared);
          }
        } finally {
          server.process.kill();
          await server.process.exited;
        }
        for (const line of server.lines) audit.heard(line);
        const store = storeOn(system);
        const verdict = await audit.judge(store.readAll());
        await store.close();
        const longestMilliseconds = Math.round(Math.max(...back));
        const deaths = faults.filter((what) => what.includes('died')).length;
        reportCounts('D-05 disk', { runs: RUNS, ...verdict, databaseDeaths: deaths, longestMilliseconds });
        expect(server.errors()).toBe('');
        expect(verdict).toMatchObject(SOUND);
        expect(longestMilliseconds).toBeLessThan(BACK_WITHIN_MS);
        // A database that finds no room ends once and waits; it does not go round in circles.
        expect(deaths).toBeLessThanOrEqual(RUNS * 4);
      } finally {
        await system.close();
        await database.stop();
        disk.remove();
        rmSync(blobs, { recursive: true, force: true });
      }
    },
    patienceFor(180_000),
  );
});

describe('D-05: nothing is left to connect with', () => {
  let database: TestDatabase;
  let owner: Client;
  beforeAll(async () => {
    database = await testDatabase({ migrations: [eventStoreMigrations] });
    owner = new Client({ connectionString: database.ownerUrl });
    await owner.connect();
  }, 60_000);
  afterAll(async () => {
    await owner.end();
    await database.drop();
  });
  const limitConnections = (most: number): Promise<unknown> =>
    owner.query(`alter database ${new URL(database.ownerUrl).pathname.slice(1)} connection limit ${most}`);
  const allowConnections = (): Promise<unknown> => limitConnections(-1);
  const refuseConnections = async (): Promise<void> => {
    await limitConnections(0);
    await owner.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
    );
  };

  it(
    `no file descriptor, ${RUNS} times: writers are told, none is lost, work goes on`,
    async () => {
      const program = await bundleProgram(resolve(import.meta.dirname, 'programs/hoarder.ts'));
      const blobs = mkdtempSync(join(tmpdir(), 'kari-d05-'));
      const audit = new LedgerAudit();
      const back: number[] = [];
      const server = runProgram(program, { SYSTEM_URL: database.systemUrl, BLOBS: blobs }, { descriptors: 64 });
      try {
        for (let run = 0; run < RUNS; run += 1) {
          await server.lineFrom(server.lines.length, 'ack');
          await refuseConnections();
          const from = await server.lineFrom(server.lines.length, 'unavailable');
          process.kill(server.process.pid, 'SIGUSR2');
          let told = await server.lineFrom(from, 'hoarding');
          // Until each writer has failed without a descriptor: from then on it is only that which keeps them from the database.
          for (let failed = 0; failed < 24; failed += 1) told = await server.lineFrom(told + 1, 'unavailable');
          await allowConnections();
          for (let failed = 0; failed < 24; failed += 1) told = await server.lineFrom(told + 1, 'unavailable');
          process.kill(server.process.pid, 'SIGUSR2');
          const released = await server.lineFrom(told, 'released');
          const since = performance.now();
          await server.lineFrom(released, 'ack');
          back.push(performance.now() - since);
        }
      } finally {
        server.process.kill();
        await server.process.exited;
        rmSync(program, { force: true });
        rmSync(blobs, { recursive: true, force: true });
      }
      for (const line of server.lines) audit.heard(line);
      const store = storeOn(database.system);
      const verdict = await audit.judge(store.readAll());
      await store.close();
      reportCounts('D-05 descriptors', { runs: RUNS, ...verdict, longestMilliseconds: Math.round(Math.max(...back)) });
      expect(server.errors()).toBe('');
      expect(verdict).toMatchObject(SOUND);
      expect(Math.max(...back)).toBeLessThan(BACK_WITHIN_MS);
    },
    patienceFor(90_000),
  );

  it('a pool of two serves sixty-four writers, a subscriber and a reader', async () => {
    const system = openSystemDatabase(database.systemUrl, { max: 2 });
    const store = storeOn(system);
    const start = await store.head();
    const seen: string[] = [];
    const subscription = store.subscribe({ after: start }, ({ events }) => Promise.resolve(void seen.push(...events.map(({ id }) => id))));
    const ids = (await Promise.all(Array.from({ length: 64 }, (_, index) => write(store, `pool-${index}`, 20)))).flat();
    await subscription.reached(await store.head());
    await subscription.stop();
    await store.close();
    await system.close();
    expect(new Set(seen)).toEqual(new Set(ids));
    expect(seen).toHaveLength(64 * 20);
  }, 60_000);

  it('the database gives no connection: callers are told within its time, and served when it gives some again', async () => {
    const system = openSystemDatabase(database.systemUrl, { max: 4 });
    const store = storeOn(system);
    await write(store, 'limited', 1);
    await refuseConnections();
    const refused = await write(store, 'refused', 1).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(Unavailable);
    expect(refused).toMatchObject({ retryable: true });
    await allowConnections();
    await write(store, 'served', 1);
    await store.close();
    await system.close();
  }, 60_000);
});

async function write(store: EventStore, account: string, count: number): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let number = 0; number < count; number += 1) {
    const event = booked(account, number, systemIds.next());
    const [result] = await store.append([
      { stream: ledgerStream(account), expected: number === 0 ? 'none' : BigInt(number - 1), events: [event] },
    ]);
    if (result?.ok !== true) throw result?.error ?? new Error('no answer');
    ids.push(event.id);
  }
  return ids;
}
