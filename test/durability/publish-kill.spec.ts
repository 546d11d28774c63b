// D-13: committed if and only if published. Killed between commit and delivery, and between delivery and the keeping of the place: each
// committed event has its effect, no effect is without its event, and what is delivered twice carries the same id.
import { resolve } from 'node:path';
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { seededRandom } from '@kari/kernel/testing';
import { memoryBlobs } from '@kari/platform/blob';
import { busMigrations } from '@kari/platform/bus';
import { testDatabase, type TestDatabase } from '@kari/platform/database/testing';
import { eventStoreMigrations, PostgresEventStore } from '@kari/platform/event-store';
import { systemTimers } from '@kari/platform/time';
import { bundleProgram, runProgram } from '../support/child-program.js';
import { reportCounts } from '../support/record.js';
import { seedOf } from '../support/seed.js';
import { patienceFor, sizeOf } from '../support/size.js';
import { LedgerAudit, SOUND } from './ledger-audit.js';
import { PostedLetters } from './posted-letters.js';

const KILLS = sizeOf('D-13', { t1: 25, t2: 250, t3: 1_000 });

let database: TestDatabase;
let program = '';

beforeAll(async () => {
  database = await testDatabase({ migrations: [eventStoreMigrations, busMigrations] });
  program = await bundleProgram(resolve(import.meta.dirname, 'programs/publisher.ts'));
}, 60_000);
afterAll(async () => {
  await database.drop();
  if (program !== '') rmSync(program, { force: true });
});

describe('D-13: committed if and only if published', () => {
  it(
    `through ${KILLS} kills: no event without its effect, no effect without its event, order kept`,
    async () => {
      const random = seededRandom(seedOf('D-13'));
      const audit = new LedgerAudit();
      const letters = new PostedLetters();
      const heard = (lines: readonly string[]): void =>
        lines.forEach((line) => {
          audit.heard(line);
          letters.heard(line);
        });
      for (let kill = 0; kill < KILLS; kill += 1) {
        const server = runProgram(program, { SYSTEM_URL: database.systemUrl, WRITING: 'yes' });
        await server.line('effect');
        await systemTimers.sleep(random.next() * 60);
        server.process.kill();
        await server.process.exited;
        expect(server.errors()).toBe('');
        heard(server.lines);
        letters.restarted();
      }
      const last = runProgram(program, { SYSTEM_URL: database.systemUrl, WRITING: 'no' });
      await last.line('drained');
      last.process.kill();
      await last.process.exited;
      heard(last.lines);

      const store = new PostgresEventStore({ pool: database.system.pool, blobs: memoryBlobs(), timers: systemTimers });
      const verdict = await audit.judge(store.readAll());
      const published = await letters.judge(store.readAll());
      await store.close();
      reportCounts('D-13', { kills: KILLS, ...verdict, ...published });
      expect({ ...verdict, ...published }).toMatchObject({ ...SOUND, unpublished: 0, unfounded: 0, disordered: 0 });
    },
    patienceFor(180_000),
  );
});
