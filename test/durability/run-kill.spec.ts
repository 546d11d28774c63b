// W-04: workflows with retries, timers, child runs and sagas reach their end however often the process that runs them is killed and its runs are
// moved to another version on the way, and no effect happens twice: an outside ledger counts.
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
import { systemClock, systemIds, systemTimers } from '@kari/platform/time';
import { runStream, SHARDS } from '../../libs/workflow/src/run/engine-parts.js';
import { runDecider } from '../../libs/workflow/src/run/run.decider.js';
import type { RunEvent } from '../../libs/workflow/src/run/run.events.js';
import { evolveRun, initialRun, isOver, type RunState } from '../../libs/workflow/src/run/run-state.rules.js';
import { simMigration } from '../../libs/workflow/src/run/testing/sim-migrations.js';
import { SIM_WORKFLOWS } from '../../libs/workflow/src/run/testing/sim-workflows.js';
import { bundleProgram, runProgram, type ChildProgram } from '../support/child-program.js';
import { reportCounts } from '../support/record.js';
import { patienceFor, sizeOf } from '../support/size.js';
import { OutsideLedger } from './outside-ledger.js';

const TENANT = '00000000-0000-7000-8000-00000000000a';
const NAMES = ['sequence', 'retried', 'saga', 'fanOut', 'fork', 'parent', 'loop'] as const;
const KILLS = sizeOf('W-04', { t1: 4, t2: 20, t3: 100 });
const RUNS = sizeOf('W-04 runs', { t1: 42, t2: 210, t3: 2_000 });
const SEED = Number(process.env['W04_SEED'] ?? Date.now() % 1_000_000);
/** Shorter than in production, so that a takeover does not cost six seconds of everybody's time. */
const TIMES = { HEARTBEAT_MS: '200', EXPIRY_MS: '800' };

let database: TestDatabase;
let store: PostgresEventStore;
let folder: string;
let program = '';
const ledger = new OutsideLedger();

beforeAll(async () => {
  database = await testDatabase({ migrations: [leaseMigrations, eventStoreMigrations, projectionMigrations], schemas: ['workflow'] });
  folder = mkdtempSync(join(tmpdir(), 'kari-w04-'));
  store = new PostgresEventStore({
    pool: database.system.pool,
    blobs: await fileBlobs({ folder, clock: systemClock }),
    timers: systemTimers,
  });
  program = await bundleProgram(resolve(import.meta.dirname, 'programs/run-engine.ts'));
  await ledger.open();
}, 60_000);
afterAll(async () => {
  await ledger.close();
  await store.close();
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
  if (program !== '') rmSync(program, { force: true });
});

async function stateOf(run: string): Promise<RunState> {
  let state = initialRun;
  for await (const event of store.readStream(runStream(TENANT, run))) state = evolveRun(state, event as unknown as RunEvent);
  return state;
}

it(
  `W-04 all of ${RUNS} runs reach their end through ${KILLS} kills, and no effect is made twice (seed ${SEED})`,
  async () => {
    const random = seededRandom(SEED);
    const launch = (): ChildProgram =>
      runProgram(program, {
        SYSTEM_URL: database.systemUrl,
        BLOBS: folder,
        LEDGER_URL: `http://127.0.0.1:${ledger.port}`,
        ...TIMES,
      });
    const runs = new Map<string, (typeof NAMES)[number]>();
    let worker = launch();
    await worker.line('started');
    const begin = async (): Promise<void> => {
      const run = systemIds.next();
      const name = NAMES[runs.size % NAMES.length]!;
      runs.set(run, name);
      const startedAt = new Date().toISOString();
      const caller = { kind: 'user', id: 'someone' } as const;
      const shard = runs.size % SHARDS;
      const data = { run, workflow: { id: name, version: '1' }, input: SIM_WORKFLOWS[name]!.input ?? {}, shard, startedAt, caller };
      const metadata = { commandId: run, tenant: TENANT, actor: 'someone', actorKind: 'user', correlationId: run, now: startedAt } as const;
      await handleCommand(store, runDecider, runStream(TENANT, run), { type: 'StartRun', data }, metadata);
    };
    let migrated = 0;
    const migrate = async (): Promise<void> => {
      for (const run of runs.keys()) {
        const command = random.next() < 0.5 ? simMigration(run, await stateOf(run)) : null;
        if (command === null) continue;
        const now = new Date().toISOString();
        const metadata = {
          commandId: systemIds.next(),
          tenant: TENANT,
          actor: 'someone',
          actorKind: 'user',
          correlationId: run,
          now,
        } as const;
        // A run that goes on meanwhile is left to the next time.
        const moved = await handleCommand(store, runDecider, runStream(TENANT, run), command, metadata).catch(() => null);
        if (moved !== null) migrated += 1;
      }
    };
    for (let kill = 0; kill < KILLS; kill += 1) {
      for (let index = 0; index < Math.ceil(RUNS / KILLS) && runs.size < RUNS; index += 1) await begin();
      await worker.line('owns');
      const migrating = migrate();
      await systemTimers.sleep(random.next() * 700);
      worker.process.kill();
      await migrating;
      await worker.process.exited;
      worker = launch();
      await worker.line('started');
    }
    const killed = systemClock.monotonic();
    const ends = new Map<string, RunState>();
    while (ends.size < runs.size) {
      for (const run of runs.keys()) {
        if (ends.has(run)) continue;
        const state = await stateOf(run);
        if (isOver(state)) ends.set(run, state);
      }
      await systemTimers.sleep(50);
    }
    const milliseconds = Math.round(systemClock.monotonic() - killed);
    worker.process.kill();
    await worker.process.exited;

    const { entries, askedAgain, reused } = ledger;
    const done = ledger.doneByRun();
    reportCounts('W-04', { runs: runs.size, kills: KILLS, effects: entries.length, migrated, askedAgain, milliseconds });
    expect(migrated).toBeGreaterThan(0);
    expect(reused).toEqual([]);
    for (const [run, name] of runs) {
      const { expected, effects } = SIM_WORKFLOWS[name]!;
      const { status, result, failure } = ends.get(run)!;
      const output = status === 'completed' ? result?.output : null;
      expect({ run, name, effects: done.get(run), status, output, failed: failure?.task }).toEqual({
        run,
        name,
        effects,
        status: expected.status,
        output: expected.status === 'completed' ? expected.output : null,
        failed: expected.status === 'completed' ? undefined : '/do/3/bad',
      });
    }
  },
  patienceFor(150_000),
);
