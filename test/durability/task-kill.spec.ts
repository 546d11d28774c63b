// However often the process that works at task runs is killed, every run comes to its end, under one key, and none is worked at by two that live: an outside
// ledger keeps the books.
import { createServer, type Server, type ServerResponse } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
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
import { taskRunId, taskRunStream } from '../../libs/schedule/src/task-runs/task-run.commands.js';
import { isOpen, taskRunDecider, type TaskRunState } from '../../libs/schedule/src/task-runs/task-run.decider.js';
import type { TaskRunEvent } from '../../libs/schedule/src/task-runs/task-run.events.js';
import { bundleProgram, runProgram, type ChildProgram } from '../support/child-program.js';
import { reportCounts } from '../support/record.js';
import { patienceFor, sizeOf } from '../support/size.js';

const TENANT = '00000000-0000-7000-8000-00000000000a';
const KILLS = sizeOf('D-12 tasks', { t1: 3, t2: 20, t3: 200 });
const RUNS = sizeOf('D-12 task runs', { t1: 24, t2: 200, t3: 2_000 });
const SEED = Number(process.env['KARI_SEED'] ?? Date.now() % 1_000_000);
/** Every so many-th run fails once. */
const FAILS = 5;
const WORK_MS = 150;
/** Shorter than in production, so that a takeover does not cost six seconds of everybody's time. */
const TIMES = { HEARTBEAT_MS: '200', EXPIRY_MS: '800' };

interface Book {
  readonly attempts: number[];
  /** Processes that are at it now. */
  readonly at: Set<number>;
  failures: number;
}

let database: TestDatabase;
let store: PostgresEventStore;
let folder: string;
let program = '';
let server: Server;
const ledger = new Map<string, Book>();
const dead = new Set<number>();
/** Runs that two living processes were at. */
const doubled: string[] = [];

beforeAll(async () => {
  database = await testDatabase({ migrations: [leaseMigrations, eventStoreMigrations, projectionMigrations], schemas: ['schedule'] });
  folder = mkdtempSync(join(tmpdir(), 'kari-tasks-'));
  store = new PostgresEventStore({
    pool: database.system.pool,
    blobs: await fileBlobs({ folder, clock: systemClock }),
    timers: systemTimers,
  });
  program = await bundleProgram(resolve(import.meta.dirname, 'programs/run-tasks.ts'));
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => work(JSON.parse(body) as Work, response));
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
}, 60_000);
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
  await store.close();
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
  if (program !== '') rmSync(program, { force: true });
});

interface Work {
  readonly key: string;
  readonly attempt: number;
  readonly pid: number;
}

function work({ key, attempt, pid }: Work, response: ServerResponse): void {
  const book = ledger.get(key) ?? { attempts: [], at: new Set<number>(), failures: 0 };
  ledger.set(key, book);
  if ([...book.at].some((other) => other !== pid && !dead.has(other))) doubled.push(key);
  book.attempts.push(attempt);
  book.at.add(pid);
  systemTimers.after(WORK_MS, () => {
    book.at.delete(pid);
    const fails = Number(/\d+$/.exec(key)?.[0]) % FAILS === 0 && book.failures === 0;
    if (fails) book.failures += 1;
    response.statusCode = fails ? 500 : 200;
    response.end('done');
  });
}

const task = (index: number): string => `acme.e${index % 8}/work`;
const key = (index: number): string => `run-${index}`;
const runOf = (index: number): string => taskRunId(TENANT, task(index), key(index));

async function start(index: number): Promise<void> {
  const run = runOf(index);
  const fixed = { version: '1.0.0', cause: 'manual', by: { id: 'ada', kind: 'user' }, plannedAt: null, input: null } as const;
  const command = {
    type: 'RunTask',
    data: { ...fixed, run, task: task(index), key: key(index), terms: { deadlineMs: null, retries: 3, overlap: 'allow' } },
  } as const;
  await handleCommand(store, taskRunDecider, taskRunStream(TENANT, run), command, {
    ...{ commandId: systemIds.next(), tenant: TENANT, actor: 'someone', actorKind: 'user', correlationId: run },
    now: new Date().toISOString(),
  });
}

async function lifeOf(index: number): Promise<{ readonly state: TaskRunState; readonly types: readonly string[] }> {
  let state = taskRunDecider.initialState;
  const types: string[] = [];
  for await (const event of store.readStream(taskRunStream(TENANT, runOf(index)))) {
    state = taskRunDecider.evolve(state, event as unknown as TaskRunEvent);
    types.push(event.type);
  }
  return { state, types };
}

it(
  `D-12 tasks: ${RUNS} runs come to their end through ${KILLS} kills, none worked at by two that live (seed ${SEED})`,
  async () => {
    const random = seededRandom(SEED);
    const launch = async (): Promise<ChildProgram> => {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const child = runProgram(program, { SYSTEM_URL: database.systemUrl, BLOBS: folder, LEDGER_URL: url, ...TIMES });
      await child.line('started');
      return child;
    };
    // Two at any time: the one that lives takes over what the other leaves.
    let workers = await Promise.all([launch(), launch()]);
    const starting = (async () => {
      for (let index = 0; index < RUNS; index += 1) {
        await start(index);
        await systemTimers.sleep((KILLS * 500) / RUNS);
      }
    })();
    for (let kill = 0; kill < KILLS; kill += 1) {
      await systemTimers.sleep(200 + random.next() * 400);
      const [dying, living] = random.next() < 0.5 ? workers : [...workers].reverse();
      dying!.process.kill();
      await dying!.process.exited;
      dead.add(dying!.process.pid);
      workers = [living!, await launch()];
    }
    await starting;
    const indexes = Array.from({ length: RUNS }, (_, index) => index);
    let lives = await Promise.all(indexes.map(lifeOf));
    while (lives.some(({ state }) => isOpen(state))) {
      await systemTimers.sleep(100);
      lives = await Promise.all(indexes.map(lifeOf));
    }
    for (const worker of workers) {
      worker.process.kill();
      await worker.process.exited;
    }

    expect(lives.map(({ state }) => state.status)).toEqual(indexes.map(() => 'succeeded'));
    expect(doubled).toEqual([]);
    expect([...ledger.keys()].sort()).toEqual(indexes.map((index) => `${task(index)}:${key(index)}`).sort());
    const count = (types: readonly string[], type: string): number => types.filter((one) => one === type).length;
    for (const [index, { types }] of lives.entries()) {
      const attempts = count(types, 'TaskRunStarted');
      expect([count(types, 'TaskRunQueued'), count(types, 'TaskRunSucceeded')]).toEqual([1, 1]);
      // One attempt, and one more for each failure and each owner that died; the ledger saw no attempt twice.
      expect(attempts).toBe(
        1 + count(types, 'TaskRunAttemptFailed') + count(types, 'TaskRunInterrupted') + count(types, 'TaskRunPostponed'),
      );
      const { attempts: seen } = ledger.get(`${task(index)}:${key(index)}`)!;
      expect([new Set(seen).size, seen.length <= attempts]).toEqual([seen.length, true]);
    }
    const interrupted = lives.reduce((sum, { types }) => sum + count(types, 'TaskRunInterrupted'), 0);
    const failed = lives.reduce((sum, { types }) => sum + count(types, 'TaskRunAttemptFailed'), 0);
    reportCounts('D-12 tasks', { runs: RUNS, kills: KILLS, interrupted, failed });
  },
  patienceFor(120_000),
);
