// A process that fires schedules until it is killed; what it starts is started at a ledger outside.
import { handleCommand, isoNow, Unavailable } from '@kari/kernel';
import { fileBlobs } from '@kari/platform/blob';
import { openSystemDatabase } from '@kari/platform/database';
import { PostgresEventStore } from '@kari/platform/event-store';
import { holdShard, PostgresLeases } from '@kari/platform/leases';
import { ProjectionNotices, ProjectionRunner } from '@kari/platform/projections';
import { systemClock, systemIds, systemTimers } from '@kari/platform/time';
import { FIND_SCHEDULES } from '../../../libs/schedule/src/engine/find-schedules.js';
import { ScheduleEngine } from '../../../libs/schedule/src/engine/schedule-engine.js';
import { scheduleStream, SHARDS } from '../../../libs/schedule/src/life/schedule.commands.js';
import { scheduleDecider } from '../../../libs/schedule/src/life/schedule.decider.js';
import { scheduleProjection } from '../../../libs/schedule/src/list/schedule.projection.js';

const ledger = process.env['LEDGER_URL'] ?? '';
const times = { heartbeatMs: Number(process.env['HEARTBEAT_MS']), expiryMs: Number(process.env['EXPIRY_MS']) };
const database = openSystemDatabase(process.env['SYSTEM_URL'] ?? '', { max: 8 });
const blobs = await fileBlobs({ folder: process.env['BLOBS'] ?? '', clock: systemClock });
const store = new PostgresEventStore({ pool: database.pool, blobs, timers: systemTimers });
const leases = new PostgresLeases({ database, clock: systemClock, timers: systemTimers, ids: systemIds }, times);
const print = (_: object, message: string): boolean => process.stderr.write(`${message}\n`);
const logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: print, child: () => logger };
const runner = new ProjectionRunner(
  { store, database, leases, clock: systemClock, timers: systemTimers, logger, notices: new ProjectionNotices() },
  [scheduleProjection],
);
await runner.start();

const engine = new ScheduleEngine({
  store,
  clock: systemClock,
  timers: systemTimers,
  targets: [
    {
      kind: 'ledger',
      endings: [],
      endOf: () => null,
      check: () => Promise.resolve(),
      start: async ({ fire }) => {
        const answer = await fetch(ledger, { method: 'POST', body: fire }).catch((error: unknown) => {
          throw new Unavailable('the ledger is away', true, { cause: error });
        });
        return answer.text();
      },
      cancel: () => Promise.resolve(),
      outcome: () => Promise.resolve('completed'),
    },
  ],
  send: (tenant, command) =>
    handleCommand(store, scheduleDecider, scheduleStream(tenant, command.data.schedule), command, {
      commandId: systemIds.next(),
      tenant,
      actor: 'system:test',
      actorKind: 'system',
      correlationId: command.data.schedule,
      now: isoNow(systemClock),
    }),
  find: async ({ shard, dueBefore, aheadOf, whole }, upTo) => {
    if (upTo !== null) await runner.waitFor(scheduleProjection.name, upTo, 60_000);
    return database.query(FIND_SCHEDULES, [shard, dueBefore, aheadOf, whole]);
  },
  mayWork: () => true,
  onFault: (error, what) => process.stderr.write(`${what}: ${error instanceof Error ? error.message : String(error)}\n`),
});
await engine.start();
const { signal } = new AbortController();
for (let shard = 0; shard < SHARDS; shard += 1) {
  const options = { timers: systemTimers, signal, retryMs: 100, onError: () => undefined };
  void holdShard(leases, `schedule.schedule:${shard}`, options, async (_lease, until) => {
    process.stdout.write(`owns ${shard}\n`);
    await engine.own(shard, until);
  });
}
process.stdout.write('started\n');
