// W-10: workflows that talk to each other by events hear what is said to them, each once, however often the process that runs them is killed; and
// what they say is said once.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { handleCommand } from '@kari/kernel';
import { seededRandom } from '@kari/kernel/testing';
import { fileBlobs } from '@kari/platform/blob';
import { testDatabase, type TestDatabase } from '@kari/platform/database/testing';
import { eventStoreMigrations, PostgresEventStore } from '@kari/platform/event-store';
import { leaseMigrations } from '@kari/platform/leases';
import { projectionMigrations } from '@kari/platform/projections';
import { reactionMigrations } from '@kari/platform/reactions';
import { systemClock, systemIds, systemTimers } from '@kari/platform/time';
import { runStream, SHARDS } from '../../libs/workflow/src/run/engine-parts.js';
import { runDecider } from '../../libs/workflow/src/run/run.decider.js';
import type { RunEvent } from '../../libs/workflow/src/run/run.events.js';
import { workflowMigrations } from '../../libs/workflow/src/signals/signal.migrations.js';
import { bundleProgram, runProgram, type ChildProgram } from '../support/child-program.js';
import { reportCounts } from '../support/record.js';
import { patienceFor, sizeOf } from '../support/size.js';

const TENANT = '00000000-0000-7000-8000-00000000000a';
const KILLS = sizeOf('W-10', { t1: 3, t2: 20, t3: 100 });
const PAIRS = sizeOf('W-10 pairs', { t1: 15, t2: 150, t3: 1_000 });
const SEED = Number(process.env['W10_SEED'] ?? Date.now() % 1_000_000);
/** Shorter than in production, so that a takeover does not cost six seconds of everybody's time. */
const TIMES = { HEARTBEAT_MS: '200', EXPIRY_MS: '800' };

let database: TestDatabase;
let store: PostgresEventStore;
let folder: string;
let program = '';

beforeAll(async () => {
  const migrations = [leaseMigrations, eventStoreMigrations, projectionMigrations, reactionMigrations, workflowMigrations];
  database = await testDatabase({ migrations, schemas: ['workflow'] });
  folder = mkdtempSync(join(tmpdir(), 'kari-w10-'));
  const blobs = await fileBlobs({ folder, clock: systemClock });
  store = new PostgresEventStore({ pool: database.system.pool, blobs, timers: systemTimers });
  program = await bundleProgram(resolve(import.meta.dirname, 'programs/signal-engine.ts'));
}, 60_000);
afterAll(async () => {
  await store.close();
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
  if (program !== '') rmSync(program, { force: true });
});

async function begin(workflow: 'asks' | 'answers', order: number): Promise<string> {
  const run = systemIds.next();
  const startedAt = new Date().toISOString();
  const caller = { kind: 'user', id: 'someone' } as const;
  const data = { run, workflow: { id: workflow, version: '1' }, input: { order }, shard: order % SHARDS, startedAt, caller };
  const metadata = { commandId: run, tenant: TENANT, actor: 'someone', actorKind: 'user', correlationId: run, now: startedAt } as const;
  await handleCommand(store, runDecider, runStream(TENANT, run), { type: 'StartRun', data }, metadata);
  return run;
}

async function factsOf(run: string): Promise<readonly RunEvent[]> {
  const facts: RunEvent[] = [];
  for await (const event of store.readStream(runStream(TENANT, run))) facts.push(event as unknown as RunEvent);
  return facts;
}

async function until(run: string, type: RunEvent['type']): Promise<readonly RunEvent[]> {
  for (;;) {
    const facts = await factsOf(run);
    if (facts.some((fact) => fact.type === type)) return facts;
    await systemTimers.sleep(20);
  }
}

it(
  `W-10 each of ${PAIRS} pairs hears the other once through ${KILLS} kills, and says it once (seed ${SEED})`,
  async () => {
    const random = seededRandom(SEED);
    const launch = (): ChildProgram => runProgram(program, { SYSTEM_URL: database.systemUrl, BLOBS: folder, ...TIMES });
    let worker = launch();
    await worker.line('started');
    const pairs = Array.from({ length: PAIRS }, async (_, order) => {
      await systemTimers.sleep((order / PAIRS) * KILLS * 1_500 * random.next());
      const answers = await begin('answers', order);
      // From here on whatever is asked must be heard.
      await until(answers, 'EventAwaited');
      const asks = await begin('asks', order);
      return { order, answers: await until(answers, 'RunCompleted'), asks: await until(asks, 'RunCompleted') };
    });
    for (let kill = 0; kill < KILLS; kill += 1) {
      await worker.line('owns');
      await systemTimers.sleep(random.next() * 700);
      worker.process.kill();
      await worker.process.exited;
      worker = launch();
      await worker.line('started');
    }
    const ends = await Promise.all(pairs);
    worker.process.kill();
    await worker.process.exited;

    const said = new Map<string, number>();
    for await (const event of store.readAll({ filter: { types: ['CloudEventPublished'] } })) {
      const { type, data } = (event.data as { event: { type: string; data: { order: number } } }).event;
      said.set(`${type} ${data.order}`, (said.get(`${type} ${data.order}`) ?? 0) + 1);
    }
    reportCounts('W-10', { pairs: PAIRS, kills: KILLS, said: said.size });
    expect([...said].filter(([, times]) => times !== 1)).toEqual([]);
    expect(said.size).toBe(2 * PAIRS);
    for (const { order, answers, asks } of ends) {
      for (const facts of [answers, asks]) {
        const heard = facts.flatMap((fact) => (fact.type === 'EventReceived' ? [fact.data.event['data']] : []));
        expect({ order, heard }).toEqual({ order, heard: [{ order }] });
      }
    }
  },
  patienceFor(150_000),
);
