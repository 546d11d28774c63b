// A process that works at task runs until it is killed; what a handler would do is done at a ledger outside.
import { handleCommand, isoNow, Rejection } from '@kari/kernel';
import { fileBlobs } from '@kari/platform/blob';
import { openSystemDatabase } from '@kari/platform/database';
import { PostgresEventStore } from '@kari/platform/event-store';
import { holdShard, PostgresLeases } from '@kari/platform/leases';
import { ProjectionNotices, ProjectionRunner } from '@kari/platform/projections';
import { systemClock, systemIds, systemRandom, systemTimers } from '@kari/platform/time';
import { FIND_TASK_RUNS } from '../../../libs/schedule/src/task-runs/find-task-runs.js';
import { TaskEngine } from '../../../libs/schedule/src/task-runs/task-engine.js';
import { TASK_SHARDS, taskRunStream } from '../../../libs/schedule/src/task-runs/task-run.commands.js';
import { taskRunDecider } from '../../../libs/schedule/src/task-runs/task-run.decider.js';
import { taskRunProjection } from '../../../libs/schedule/src/task-runs/task-run.projection.js';

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
  [taskRunProjection],
);
await runner.start();

const engine = new TaskEngine({
  store,
  clock: systemClock,
  timers: systemTimers,
  random: systemRandom,
  send: (tenant, command) =>
    handleCommand(store, taskRunDecider, taskRunStream(tenant, command.data.run), command, {
      commandId: systemIds.next(),
      tenant,
      actor: 'system:test',
      actorKind: 'system',
      correlationId: command.data.run,
      now: isoNow(systemClock),
    }),
  find: async (shard, upTo) => {
    await runner.waitFor(taskRunProjection.name, upTo, 60_000);
    return database.query(FIND_TASK_RUNS, [shard]);
  },
  invoke: async ({ run: { task, key, attempt }, signal }) => {
    const answer = await fetch(ledger, {
      method: 'POST',
      body: JSON.stringify({ key: `${task}:${key}`, attempt, pid: process.pid }),
      signal,
    });
    if (!answer.ok) throw new Rejection('TASK_FAILED');
    return answer.text();
  },
  keep: (_tenant, _run, answer) => Promise.resolve({ bytes: JSON.stringify(answer).length, kept: true }),
  wordsOf: (error) => ({ code: error instanceof Rejection ? error.code : 'REQUEST_UNAVAILABLE', reason: 'a test' }),
  mayWork: () => true,
  onFault: (error, what) => process.stderr.write(`${what}: ${error instanceof Error ? error.message : String(error)}\n`),
});
await engine.start();
const { signal } = new AbortController();
for (let shard = 0; shard < TASK_SHARDS; shard += 1) {
  const options = { timers: systemTimers, signal, retryMs: 100, onError: () => undefined };
  void holdShard(leases, `schedule.task-run:${shard}`, options, (_lease, until) => engine.own(shard, until));
}
process.stdout.write('started\n');
