// D-16: however often the process that fires schedules is killed, every planned time is started, and none twice: an outside ledger counts.
import { createServer, type Server } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { derivedId, handleCommand } from '@kari/kernel';
import { seededRandom } from '@kari/kernel/testing';
import { fileBlobs } from '@kari/platform/blob';
import { testDatabase, type TestDatabase } from '@kari/platform/database/testing';
import { eventStoreMigrations, PostgresEventStore } from '@kari/platform/event-store';
import { leaseMigrations } from '@kari/platform/leases';
import { projectionMigrations } from '@kari/platform/projections';
import { systemClock, systemIds, systemTimers } from '@kari/platform/time';
import { scheduleStream, type ScheduleCommand } from '../../libs/schedule/src/life/schedule.commands.js';
import { scheduleDecider } from '../../libs/schedule/src/life/schedule.decider.js';
import type { ScheduleEvent } from '../../libs/schedule/src/life/schedule.events.js';
import {
  evolveSchedule,
  initialSchedule,
  type KnownSchedule,
  type ScheduleState,
} from '../../libs/schedule/src/life/schedule-state.rules.js';
import { bundleProgram, runProgram, type ChildProgram } from '../support/child-program.js';
import { reportCounts } from '../support/record.js';
import { patienceFor, sizeOf } from '../support/size.js';

const TENANT = '00000000-0000-7000-8000-00000000000a';
const KILLS = sizeOf('D-16 schedules', { t1: 3, t2: 20, t3: 200 });
const SCHEDULES = sizeOf('D-16 scheduled', { t1: 12, t2: 60, t3: 200 });
const SEED = Number(process.env['KARI_SEED'] ?? Date.now() % 1_000_000);
const EVERY_MS = 1_000;
/** Shorter than in production, so that a takeover does not cost six seconds of everybody's time. */
const TIMES = { HEARTBEAT_MS: '200', EXPIRY_MS: '800' };

let database: TestDatabase;
let store: PostgresEventStore;
let folder: string;
let program = '';
let server: Server;
/** By fire: how often it was asked for; what it started. */
const ledger = new Map<string, { asked: number; readonly started: string }>();

beforeAll(async () => {
  database = await testDatabase({ migrations: [leaseMigrations, eventStoreMigrations, projectionMigrations], schemas: ['schedule'] });
  folder = mkdtempSync(join(tmpdir(), 'kari-d16-'));
  store = new PostgresEventStore({
    pool: database.system.pool,
    blobs: await fileBlobs({ folder, clock: systemClock }),
    timers: systemTimers,
  });
  program = await bundleProgram(resolve(import.meta.dirname, 'programs/run-scheduler.ts'));
  server = createServer((request, response) => {
    let fire = '';
    request.on('data', (chunk: Buffer) => (fire += chunk.toString()));
    request.on('end', () => {
      const known = ledger.get(fire) ?? { asked: 0, started: derivedId('started', fire, ledger.size) };
      ledger.set(fire, known);
      known.asked += 1;
      response.end(known.started);
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

const send = (command: ScheduleCommand) =>
  handleCommand(store, scheduleDecider, scheduleStream(TENANT, command.data.schedule), command, {
    commandId: systemIds.next(),
    tenant: TENANT,
    actor: 'someone',
    actorKind: 'user',
    correlationId: command.data.schedule,
    now: new Date().toISOString(),
  });

async function factsOf(schedule: string): Promise<readonly ScheduleEvent[]> {
  const facts: ScheduleEvent[] = [];
  for await (const event of store.readStream(scheduleStream(TENANT, schedule))) facts.push(event as unknown as ScheduleEvent);
  return facts;
}
const fold = (facts: readonly ScheduleEvent[]): KnownSchedule =>
  facts.reduce<ScheduleState>(evolveSchedule, initialSchedule) as KnownSchedule;

it(
  `D-16 schedules: no planned time of ${SCHEDULES} schedules is lost or started twice through ${KILLS} kills (seed ${SEED})`,
  async () => {
    const random = seededRandom(SEED);
    const launch = (): ChildProgram =>
      runProgram(program, {
        SYSTEM_URL: database.systemUrl,
        BLOBS: folder,
        LEDGER_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        ...TIMES,
      });
    const schedules = Array.from({ length: SCHEDULES }, () => systemIds.next());
    const set = { name: 'n', target: { kind: 'ledger', id: 'l' }, input: null, overlap: 'allow', missed: 'all', missedLimit: 500 } as const;
    // Two at any time: the one that lives takes over what the other leaves.
    let workers = [launch(), launch()];
    await Promise.all(workers.map((worker) => worker.line('started')));
    for (const schedule of schedules) {
      await send({ type: 'CreateSchedule', data: { schedule, timing: { every: EVERY_MS }, ...set } });
    }
    for (let kill = 0; kill < KILLS; kill += 1) {
      await systemTimers.sleep(300 + random.next() * EVERY_MS);
      const [dying, living] = random.next() < 0.5 ? workers : [...workers].reverse();
      dying!.process.kill();
      await dying!.process.exited;
      workers = [living!, launch()];
      await workers[1]!.line('started');
    }
    const paused = systemClock.monotonic();
    for (const schedule of schedules) await send({ type: 'PauseSchedule', data: { schedule, reason: null } });
    let lives: (readonly ScheduleEvent[])[] = [];
    do {
      await systemTimers.sleep(50);
      lives = await Promise.all(schedules.map(factsOf));
    } while (lives.some((facts) => fold(facts).open.length > 0));
    const milliseconds = Math.round(systemClock.monotonic() - paused);
    for (const worker of workers) {
      worker.process.kill();
      await worker.process.exited;
    }

    const expected = lives.flatMap((facts) => {
      const { schedule, anchor, cursor } = fold(facts);
      const count = (Date.parse(cursor) - Date.parse(anchor)) / EVERY_MS;
      return Array.from(
        { length: count },
        (_, index) => `${schedule}@${new Date(Date.parse(anchor) + (index + 1) * EVERY_MS).toISOString()}`,
      );
    });
    const askedAgain = [...ledger.values()].reduce((sum, { asked }) => sum + asked - 1, 0);
    reportCounts('D-16 schedules', { schedules: SCHEDULES, kills: KILLS, fires: expected.length, askedAgain, milliseconds });
    expect(expected.length).toBeGreaterThan(SCHEDULES);
    expect([...ledger.keys()].sort()).toEqual([...expected].sort());
    const told = lives.flat().flatMap(({ type, data }) => ('fire' in data ? [`${type} ${data.fire}`] : []));
    const wanted = expected.flatMap((fire) =>
      ['ScheduleFireDue', 'ScheduleFireStarted', 'ScheduleFireEnded'].map((type) => `${type} ${fire}`),
    );
    expect([...told].sort()).toEqual([...wanted].sort());
  },
  patienceFor(120_000),
);
