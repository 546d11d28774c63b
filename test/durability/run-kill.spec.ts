// W-04: workflows with retries, timers, child runs and sagas reach their end however often the process that runs them is killed, and no effect
// happens twice: an outside ledger counts.
import { createServer, type Server } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { canonicalJson, handleCommand } from '@kari/kernel';
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
import { SIM_WORKFLOWS } from '../../libs/workflow/src/run/testing/sim-workflows.js';
import { bundleProgram, runProgram, type ChildProgram } from '../support/child-program.js';
import { reportCounts } from '../support/record.js';
import { patienceFor, sizeOf } from '../support/size.js';

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
let server: Server;
/** By key: what it was, how often it was asked for, how often it was done. */
const ledger = new Map<string, { readonly body: string; asked: number; done: number }>();

beforeAll(async () => {
  database = await testDatabase({ migrations: [leaseMigrations, eventStoreMigrations, projectionMigrations], schemas: ['workflow'] });
  folder = mkdtempSync(join(tmpdir(), 'kari-w04-'));
  store = new PostgresEventStore({
    pool: database.system.pool,
    blobs: await fileBlobs({ folder, clock: systemClock }),
    timers: systemTimers,
  });
  program = await bundleProgram(resolve(import.meta.dirname, 'programs/run-engine.ts'));
  server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      const { status, answer } = book(JSON.parse(text) as Booking);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
}, 60_000);
afterAll(async () => {
  await new Promise((closed) => server.close(closed));
  await store.close();
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
  if (program !== '') rmSync(program, { force: true });
});

interface Booking {
  readonly run: string;
  readonly task: string;
  readonly key: string;
  readonly call: string;
  readonly args: { readonly n?: number; readonly failures?: number };
}

function book({ run, task, key, call, args }: Booking): { status: number; answer: unknown } {
  const body = canonicalJson({ run, task, call, args });
  const known = ledger.get(key) ?? { body, asked: 0, done: 0 };
  ledger.set(key, known);
  known.asked += 1;
  if (known.body !== body) return { status: 422, answer: null };
  if (call === 'sim.bad' || (call === 'sim.flaky' && known.asked <= (args.failures ?? 0))) return { status: 503, answer: null };
  if (known.done === 0) known.done = 1;
  return { status: 200, answer: { did: args.n === undefined ? {} : { n: args.n } } };
}

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
        LEDGER_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
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
    for (let kill = 0; kill < KILLS; kill += 1) {
      for (let index = 0; index < Math.ceil(RUNS / KILLS) && runs.size < RUNS; index += 1) await begin();
      await worker.line('owns');
      await systemTimers.sleep(random.next() * 700);
      worker.process.kill();
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

    const entries = [...ledger.values()];
    const repeated = entries.reduce((sum, { asked, done }) => sum + (done === 1 ? asked - 1 : 0), 0);
    reportCounts('W-04', { runs: runs.size, kills: KILLS, effects: entries.length, askedAgain: repeated, milliseconds });
    expect(entries.filter(({ done }) => done > 1)).toEqual([]);
    for (const [run, name] of runs) {
      const { expected } = SIM_WORKFLOWS[name]!;
      const { status, result, failure } = ends.get(run)!;
      expect({ run, name, status, output: status === 'completed' ? result?.output : null, failed: failure?.task }).toEqual({
        run,
        name,
        status: expected.status,
        output: expected.status === 'completed' ? expected.output : null,
        failed: expected.status === 'completed' ? undefined : '/do/3/bad',
      });
    }
    expect(entries.filter(({ body }) => (JSON.parse(body) as Booking).call === 'sim.undo').every(({ done }) => done === 1)).toBe(true);
  },
  patienceFor(150_000),
);
