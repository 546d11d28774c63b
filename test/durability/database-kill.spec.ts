// D-02: PostgreSQL is killed, every process of it, while the server goes on: nothing that was acknowledged is lost, nothing is damaged, and
// writes are accepted again without anyone's help.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { seededRandom } from '@kari/kernel/testing';
import { fileBlobs } from '@kari/platform/blob';
import { openSystemDatabase, prepareDatabase, urlsOf } from '@kari/platform/database';
import { startEmbeddedDatabase, type EmbeddedDatabase } from '@kari/platform/database/embedded';
import { eventStoreMigrations, PostgresEventStore } from '@kari/platform/event-store';
import { systemClock, systemTimers } from '@kari/platform/time';
import { treeOf } from '../../libs/sandbox/src/launcher/process-tree.adapter.js';
import { bundleProgram, runProgram } from '../support/child-program.js';
import { openGateway, type Gateway } from '../support/gateway.js';
import { reportCounts } from '../support/record.js';
import { seedOf } from '../support/seed.js';
import { patienceFor, sizeOf, testTier } from '../support/size.js';
import { damageIn } from '../support/soundness.js';
import { LedgerAudit, SOUND } from './ledger-audit.js';

const CYCLES = sizeOf('D-02', { t1: 20, t2: 200, t3: 1_000 });
const CHECKED_EVERY = 50;
/** The promise is two seconds; a slice may run beside other suites. */
const ACCEPTED_WITHIN_MS = testTier() === 't3' ? 2_000 : 15_000;

let folder: string;
let database: EmbeddedDatabase;
let gateway: Gateway;
let program = '';

const start = (): Promise<EmbeddedDatabase> => startEmbeddedDatabase({ folder: join(folder, 'postgres'), durable: true });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kari-d02-'));
  chmodSync(folder, 0o711);
  database = await start();
  gateway = await openGateway();
  gateway.leadTo(database.port);
  await prepareDatabase({ ownerUrl: database.url, migrations: [eventStoreMigrations], schemas: [] });
  program = await bundleProgram(resolve(import.meta.dirname, 'programs/appender.ts'));
}, 60_000);
afterAll(async () => {
  await gateway.close();
  await database.stop();
  rmSync(folder, { recursive: true, force: true });
  if (program !== '') rmSync(program, { force: true });
}, 60_000);

describe('D-02: an acknowledged event survives the death of PostgreSQL', () => {
  it(
    `through ${CYCLES} kills of all its processes: none lost, none twice, nothing damaged, soon back`,
    async () => {
      const random = seededRandom(seedOf('D-02'));
      const audit = new LedgerAudit();
      const damage: string[] = [];
      const accepted: number[] = [];
      const url = new URL(urlsOf(database.url).system);
      url.port = String(gateway.port);
      const server = runProgram(program, { SYSTEM_URL: url.href, BLOBS: join(folder, 'blobs') });
      try {
        await server.line('ack');
        let heard = 0;
        for (let cycle = 1; cycle <= CYCLES; cycle += 1) {
          await systemTimers.sleep(5 + random.next() ** 3 * 795);
          gateway.leadTo(null);
          killAll(database.pid);
          await database.stop();
          const before = server.lines.length;
          database = await start();
          gateway.leadTo(database.port);
          const ready = performance.now();
          await server.lineFrom(before, 'ack');
          accepted.push(performance.now() - ready);
          for (; heard < before; heard += 1) audit.heard(server.lines[heard] ?? '');
          if (cycle % CHECKED_EVERY === 0 || cycle === CYCLES) damage.push(...(await damageIn(database.url)));
        }
        server.process.kill();
        await server.process.exited;
        for (; heard < server.lines.length; heard += 1) audit.heard(server.lines[heard] ?? '');
      } finally {
        server.process.kill();
      }

      const system = openSystemDatabase(urlsOf(database.url).system);
      const blobs = await fileBlobs({ folder: join(folder, 'blobs'), clock: systemClock });
      const store = new PostgresEventStore({ pool: system.pool, blobs, timers: systemTimers });
      const verdict = await audit.judge(store.readAll());
      await store.close();
      await system.close();
      accepted.sort((a, b) => a - b);
      const p99 = Math.round(accepted[Math.ceil(accepted.length * 0.99) - 1] ?? Infinity);
      reportCounts('D-02', {
        cycles: CYCLES,
        ...verdict,
        damaged: damage.length,
        acceptedP50Milliseconds: Math.round(accepted[Math.floor(accepted.length / 2)] ?? Infinity),
        acceptedP99Milliseconds: p99,
      });
      expect({ ...verdict, damage }).toMatchObject({ ...SOUND, damage: [] });
      expect(server.errors()).toBe('');
      expect(p99).toBeLessThan(ACCEPTED_WITHIN_MS);
    },
    patienceFor(180_000),
  );
});

/** The postmaster first: it would end the others in its own order. They lead groups of their own, so no signal to a group reaches them all. */
function killAll(postmaster: number): void {
  const tree = treeOf(postmaster);
  for (const pid of [postmaster, ...tree.filter((other) => other !== postmaster)]) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}
