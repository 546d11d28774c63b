// D-10: a projection's effect happens exactly once, however often its worker is killed; rebuilt from zero it is the same table.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fold, type Decider, type DomainEvent } from '@kari/kernel';
import { seededRandom } from '@kari/kernel/testing';
import { fileBlobs } from '@kari/platform/blob';
import { testDatabase, type TestDatabase } from '@kari/platform/database/testing';
import { eventStoreMigrations, PostgresEventStore } from '@kari/platform/event-store';
import { leaseMigrations, PostgresLeases } from '@kari/platform/leases';
import { projectionMigrations, ProjectionNotices, ProjectionRunner } from '@kari/platform/projections';
import { systemClock, systemIds, systemTimers } from '@kari/platform/time';
import { bundleProgram, runProgram } from '../support/child-program.js';
import { reportCounts } from '../support/record.js';
import { seedOf } from '../support/seed.js';
import { patienceFor, sizeOf } from '../support/size.js';
import { booked, ledgerStream } from './programs/booking.js';
import { ledgerProjection, type LedgerRow } from './programs/ledger.projection.js';

const CYCLES = sizeOf('D-10', { t1: 25, t2: 250, t3: 1_000 });
const ACCOUNTS = 16;

let database: TestDatabase;
let store: PostgresEventStore;
let folder: string;
let program = '';

beforeAll(async () => {
  database = await testDatabase({ migrations: [leaseMigrations, eventStoreMigrations, projectionMigrations], schemas: ['durability'] });
  folder = mkdtempSync(join(tmpdir(), 'kari-d10-'));
  store = new PostgresEventStore({
    pool: database.system.pool,
    blobs: await fileBlobs({ folder, clock: systemClock }),
    timers: systemTimers,
  });
  program = await bundleProgram(resolve(import.meta.dirname, 'programs/projector.ts'));
}, 60_000);
afterAll(async () => {
  await store.close();
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
  if (program !== '') rmSync(program, { force: true });
});

describe('D-10: a projection folds each event exactly once', () => {
  it(
    `through ${CYCLES} kills of its worker: none twice, none missing; a rebuild gives an equal table`,
    async () => {
      const random = seededRandom(seedOf('D-10'));
      const written = new Map<string, number>();
      const write = async (): Promise<void> => {
        const items = Array.from({ length: ACCOUNTS }, (_, index) => {
          const account = `account-${index}`;
          const first = written.get(account) ?? 0;
          const count = 1 + Math.floor(random.next() * 5);
          const events = Array.from({ length: count }, (__, number) => booked(account, first + number, systemIds.next()));
          written.set(account, first + count);
          return { stream: ledgerStream(account), expected: first === 0 ? ('none' as const) : BigInt(first - 1), events };
        });
        const results = await store.append(items);
        expect(results.every(({ ok }) => ok)).toBe(true);
      };

      for (let cycle = 0; cycle < CYCLES; cycle += 1) {
        const worker = runProgram(program, { SYSTEM_URL: database.systemUrl, BLOBS: folder });
        await write();
        await worker.line('at');
        let killed = false;
        // The moment of death knows nothing of what is written: it falls into a transaction as often as between two.
        const death = systemTimers.sleep(random.next() * 60).then(async () => {
          worker.process.kill();
          await worker.process.exited;
          killed = true;
        });
        while (!killed) await write();
        await death;
        expect(worker.errors()).toBe('');
      }

      const leases = new PostgresLeases(
        { database: database.system, clock: systemClock, timers: systemTimers, ids: systemIds },
        { expiryMs: 150, heartbeatMs: 40 },
      );
      const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined, child: () => silent };
      const parts = {
        store,
        database: database.system,
        leases,
        clock: systemClock,
        timers: systemTimers,
        logger: silent,
        notices: new ProjectionNotices(),
      };
      const runner = new ProjectionRunner(parts, [ledgerProjection]);
      await runner.start();
      try {
        await runner.waitFor('durability.ledger', await store.head(), patienceFor(20_000));
        const rows = await database.system.query<LedgerRow>('select account, entries, sum, digest from durability.ledger order by account');
        const folded = new Map(rows.map(({ account, entries }) => [account, entries]));
        const off = [...written].map(([account, count]) => (folded.get(account) ?? 0) - count);
        const live = await runner.hashOf('durability.ledger');
        await runner.rebuild('durability.ledger');
        const rebuilt = await runner.hashOf('durability.ledger');
        reportCounts('D-10', {
          kills: CYCLES,
          events: sum([...written.values()]),
          duplicates: sum(off.map((difference) => Math.max(0, difference))),
          missing: sum(off.map((difference) => Math.max(0, -difference))),
          rebuiltUnequal: Number(rebuilt?.hash !== live?.hash),
        });
        expect(rows).toEqual([...written].sort(([a], [b]) => (a < b ? -1 : 1)).map(([account, count]) => expectedRow(account, count)));
        expect(rebuilt).toEqual(live);
        expect(await runner.parked()).toEqual([]);
      } finally {
        await runner.stop();
        await leases.stop();
      }
    },
    patienceFor(120_000),
  );
});

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, number) => all + number, 0);
}

/** The same fold, from the test's own memory of what it wrote. */
function expectedRow(account: string, count: number) {
  const counting: Pick<Decider<never, DomainEvent<'Booked', number>, { entries: number; sum: bigint; digest: bigint }>, 'evolve'> = {
    evolve: (state, event) => ({
      entries: state.entries + 1,
      sum: state.sum + BigInt(event.data),
      digest: (state.digest * 31n + BigInt(event.data)) & 0xffffffffffffn,
    }),
  };
  const events = Array.from({ length: count }, (_, data) => ({ type: 'Booked' as const, data }));
  const state = fold(counting, { entries: 0, sum: 0n, digest: 0n }, events);
  return { account, entries: state.entries, sum: state.sum.toString(), digest: state.digest.toString(16) };
}
