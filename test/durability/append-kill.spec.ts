// D-01: what the server acknowledged is there after it was killed, whole, once, in order.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { comparePositions, START } from '@kari/kernel';
import { seededRandom } from '@kari/kernel/testing';
import { fileBlobs } from '@kari/platform/blob';
import { testDatabase, type TestDatabase } from '@kari/platform/database/testing';
import { eventStoreMigrations, PostgresEventStore } from '@kari/platform/event-store';
import { systemClock, systemTimers } from '@kari/platform/time';
import { bundleProgram, runProgram } from '../support/child-program.js';

const CYCLES = Number(process.env['D01_CYCLES'] ?? 25);
const SEED = Number(process.env['D01_SEED'] ?? Date.now() % 1_000_000);

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
  it(`through ${CYCLES} kills (seed ${SEED}): none lost, none twice, no gap, no half of an append`, async () => {
    const random = seededRandom(SEED);
    const acknowledged = new Map<string, number>();
    for (let cycle = 0; cycle < CYCLES; cycle += 1) {
      const server = runProgram(program, { SYSTEM_URL: database.systemUrl, BLOBS: folder });
      await server.line('ack');
      await systemTimers.sleep(5 + random.next() * (CYCLES > 25 ? 795 : 245));
      server.process.kill();
      await server.process.exited;
      expect(server.errors()).toBe('');
      // Read here, in a process that nobody kills.
      for (const line of server.lines) {
        const [word, account = '', number = ''] = line.split(' ');
        if (word === 'ack') acknowledged.set(account, Math.max(acknowledged.get(account) ?? -1, Number(number)));
      }
    }

    const store = new PostgresEventStore({
      pool: database.system.pool,
      blobs: await fileBlobs({ folder, clock: systemClock }),
      timers: systemTimers,
    });
    const found = new Map<string, number[]>();
    let last = START;
    let gaps = 0;
    for await (const event of store.readAll()) {
      if (comparePositions(event.position, (BigInt(last) + 1n).toString()) !== 0) gaps += 1;
      last = event.position;
      const { account, number } = event.data as { account: string; number: number };
      if (event.revision !== BigInt(number)) gaps += 1;
      found.set(account, [...(found.get(account) ?? []), number]);
    }
    await store.close();
    const lost = [...acknowledged].filter(([account, number]) => !(found.get(account) ?? []).includes(number));
    const unsound = [...found].filter(([, numbers]) => numbers.some((number, index) => number !== index) || numbers.length % 2 !== 0);
    expect({ lost, unsound, gaps }).toEqual({ lost: [], unsound: [], gaps: 0 });
    expect(acknowledged.size).toBe(64);
  }, 120_000);
});
