// D-16: processes whose wall clocks are an hour early, an hour late, jump, and pass a change of time zone or a leap second: leases, timers and
// the order of the log do not notice. (That a session's expiry has a tolerance of exactly 60 s stands with its issuer.)
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { seededRandom } from '@kari/kernel/testing';
import { memoryBlobs } from '@kari/platform/blob';
import { testDatabase, type TestDatabase } from '@kari/platform/database/testing';
import { eventStoreMigrations, PostgresEventStore } from '@kari/platform/event-store';
import { leaseMigrations } from '@kari/platform/leases';
import { systemTimers } from '@kari/platform/time';
import { bundleProgram, runProgram, type ChildProgram } from '../support/child-program.js';
import { fakedTime, fakedTimeFrom, findFaketime } from '../support/faketime.js';
import { needs } from '../support/needs.js';
import { reportCounts } from '../support/record.js';
import { seedOf } from '../support/seed.js';
import { patienceFor, sizeOf } from '../support/size.js';
import { LedgerAudit, SOUND } from './ledger-audit.js';

const JUMPS = sizeOf('D-16', { t1: 12, t2: 500 });
const BETWEEN_JUMPS_MS = 150;
const SLEEP_MS = 200;
/** Of a sleep on a busy machine; ten minutes are what a jump of the wall clock would make of it. */
const LONGEST_SLEEP_MS = 30_000;
const TIMES = ['-10m', '+0', '+10m', '-1h', '+1h', '+1d'];
/** Whatever the chance jumps were: who waits for a wall clock in one of these waits on to the end. */
const FURTHER_AND_FURTHER_BACK = ['+1h', '+50m', '+40m', '+30m', '+20m', '+10m'];

needs('linux', 'libfaketime')('D-16: clocks that are wrong', () => {
  let database: TestDatabase;
  let folder: string;
  let program = '';
  beforeAll(async () => {
    database = await testDatabase({ migrations: [leaseMigrations, eventStoreMigrations], schemas: ['durability'] });
    await database.system.query('create table durability.turn (id bigserial primary key, worker text, step text, fence bigint)');
    folder = mkdtempSync(join(tmpdir(), 'kari-d16-'));
    program = await bundleProgram(resolve(import.meta.dirname, 'programs/skewed.ts'));
  }, 60_000);
  afterAll(async () => {
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
    if (program !== '') rmSync(program, { force: true });
  });

  it(
    `through ${JUMPS} jumps: one worker at a time, no timer early or late, one order`,
    async () => {
      const random = seededRandom(seedOf('D-16'));
      const library = findFaketime() ?? '';
      const clock = join(folder, 'clock');
      const setClock = (time: string): void => {
        writeFileSync(`${clock}.new`, `${time}\n`);
        renameSync(`${clock}.new`, clock);
      };
      setClock('+0');
      const clocks: Readonly<Record<string, Readonly<Record<string, string>>>> = {
        right: {},
        early: fakedTime(library, '-1h'),
        late: fakedTime(library, '+1h'),
        jumping: fakedTimeFrom(library, clock),
        // Two seconds before the clocks of Zurich go forward, and before a leap second was put in.
        spring: { ...fakedTime(library, '@2026-03-29 01:59:58'), TZ: 'Europe/Zurich' },
        leaping: { ...fakedTime(library, '@2016-12-31 23:59:58'), TZ: 'UTC' },
      };
      const workers: Record<string, ChildProgram> = {};
      try {
        for (const [worker, environment] of Object.entries(clocks))
          workers[worker] = runProgram(program, { ...environment, SYSTEM_URL: database.systemUrl, WORKER: worker });
        for (const worker of Object.values(workers)) await worker.line('slept');
        const jumps = Array.from({ length: JUMPS }, () => TIMES[Math.floor(random.next() * TIMES.length)] ?? '+0');
        for (const time of [...jumps, ...FURTHER_AND_FURTHER_BACK]) {
          setClock(time);
          await systemTimers.sleep(BETWEEN_JUMPS_MS);
        }
        // Each one that is asleep must wake; one that waits for a wall clock would for ten minutes.
        for (const worker of Object.values(workers)) await within(worker.lineFrom(worker.lines.length, 'slept'), LONGEST_SLEEP_MS);
        // Whoever's clock is wrong has a turn like everybody else.
        for (const worker of Object.values(workers)) await worker.line('turn');
      } finally {
        for (const worker of Object.values(workers)) {
          worker.process.kill();
          await worker.process.exited;
        }
      }

      const lines = Object.values(workers).flatMap((worker) => worker.lines);
      const audit = new LedgerAudit();
      lines.forEach((line) => audit.heard(line));
      const store = new PostgresEventStore({ pool: database.system.pool, blobs: memoryBlobs(), timers: systemTimers });
      const verdict = await audit.judge(store.readAll());
      await store.close();
      const turns = await database.system.query<{ fence: string }>('select fence from durability.turn order by id');
      const sleeps = lines.filter((line) => line.startsWith('slept')).map((line) => Number(line.split(' ')[1]));
      const counts = {
        jumps: JUMPS,
        ...verdict,
        turns: turns.length,
        takenOver: turns.filter(({ fence }, index) => BigInt(fence) < BigInt(turns[index - 1]?.fence ?? 0)).length,
        leasesLost: lines.filter((line) => line === 'lost').length,
        sleeps: sleeps.length,
        early: sleeps.filter((milliseconds) => milliseconds < SLEEP_MS - 2).length,
        late: sleeps.filter((milliseconds) => milliseconds > LONGEST_SLEEP_MS).length,
      };
      reportCounts('D-16', counts);
      expect(Object.values(workers).map((worker) => worker.errors())).toEqual(Object.keys(clocks).map(() => ''));
      expect(counts).toMatchObject({ ...SOUND, takenOver: 0, leasesLost: 0, early: 0, late: 0 });
      // The clocks were wrong indeed.
      expect(yearOf(workers['leaping'])).toBeLessThan(2018);
    },
    patienceFor(120_000),
  );
});

function yearOf(worker: ChildProgram | undefined): number {
  return new Date(worker?.lines.find((line) => line.startsWith('slept'))?.split(' ')[2] ?? Number.NaN).getUTCFullYear();
}

async function within<T>(work: Promise<T>, milliseconds: number): Promise<T> {
  const over = new AbortController();
  const late = systemTimers.sleep(milliseconds, over.signal).then(() => {
    throw new Error(`nothing within ${milliseconds} ms`);
  });
  late.catch(() => undefined);
  return Promise.race([work, late]).finally(() => over.abort());
}
