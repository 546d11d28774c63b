// D-01: what the server acknowledged is there after it was killed, whole, once, in order.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { seededRandom } from '@kari/kernel/testing';
import { fileBlobs } from '@kari/platform/blob';
import { testDatabase, type TestDatabase } from '@kari/platform/database/testing';
import { eventStoreMigrations, PostgresEventStore } from '@kari/platform/event-store';
import { systemClock, systemTimers } from '@kari/platform/time';
import { bundleProgram, runProgram } from '../support/child-program.js';
import { reportCounts } from '../support/record.js';
import { seedOf } from '../support/seed.js';
import { patienceFor, sizeOf } from '../support/size.js';
import { LedgerAudit, SOUND } from './ledger-audit.js';

const CYCLES = sizeOf('D-01', { t1: 25, t2: 250, t3: 1_000 });

let database: TestDatabase;
let folder: string;
let program = '';

beforeAll(async () => {
  database = await testDatabase({ migrations: [eventStoreMigrations] });
  folder = mkdtempSync(join(tmpdir(), 'kari-d01-'));
  program = await bundleProgram(resolve(import.meta.dirname, 'programs/appender.ts'));
}, 60_000);
afterAll(async () => {
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
  if (program !== '') rmSync(program, { force: true });
});

describe('D-01: an acknowledged event survives the death of the server', () => {
  it(
    `through ${CYCLES} kills: none lost, none twice, no gap, no half of an append`,
    async () => {
      const random = seededRandom(seedOf('D-01'));
      // In this process, which nobody kills.
      const audit = new LedgerAudit();
      for (let cycle = 0; cycle < CYCLES; cycle += 1) {
        const server = runProgram(program, { SYSTEM_URL: database.systemUrl, BLOBS: folder });
        await server.line('started');
        // Early deaths are the likelier ones: there the server still reads where it was.
        await systemTimers.sleep(5 + random.next() ** 3 * 795);
        server.process.kill();
        await server.process.exited;
        expect(server.errors()).toBe('');
        for (const line of server.lines) audit.heard(line);
      }

      const blobs = await fileBlobs({ folder, clock: systemClock });
      const store = new PostgresEventStore({ pool: database.system.pool, blobs, timers: systemTimers });
      const verdict = await audit.judge(store.readAll());
      await store.close();
      reportCounts('D-01', { cycles: CYCLES, ...verdict });
      expect(verdict).toMatchObject(SOUND);
      expect(verdict.acknowledged).toBeGreaterThan(CYCLES);
    },
    patienceFor(180_000),
  );
});
