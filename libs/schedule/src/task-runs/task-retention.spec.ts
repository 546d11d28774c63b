// Which rows of ended runs go, on a real PostgreSQL.
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { CommandBus, RequestContext } from '@kari/kernel';
import { manualClock, MemoryEventStore } from '@kari/kernel/testing';
import { testDatabase, type TestDatabase } from '@kari/platform/database/testing';
import { leaseMigrations, PostgresLeases } from '@kari/platform/leases';
import { projectionMigrations, ProjectionNotices, ProjectionRunner } from '@kari/platform/projections';
import type { Logger } from '@kari/platform/telemetry';
import { systemClock, systemIds, systemTimers } from '@kari/platform/time';
import { TaskOutputs } from './task-outputs.js';
import { scheduleMigrations } from './task-output.migrations.js';
import { TaskRetention } from './task-retention.js';
import { taskRunProjection } from './task-run.projection.js';

const [A, B] = ['00000000-0000-7000-8000-00000000000a', '00000000-0000-7000-8000-00000000000b'];
const NOW = Date.parse('2026-03-01T00:00:00.000Z');
const daysAgo = (days: number): string => new Date(NOW - days * 86_400_000).toISOString();

let database: TestDatabase;
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined } as unknown as Logger;

beforeAll(async () => {
  database = await testDatabase({ migrations: [leaseMigrations, projectionMigrations, scheduleMigrations], schemas: ['schedule'] });
  const { system } = database;
  const leases = new PostgresLeases({ database: system, clock: systemClock, timers: systemTimers, ids: systemIds });
  const common = { database: system, leases, clock: systemClock, timers: systemTimers, logger: silent };
  // Makes the table.
  const runner = new ProjectionRunner({ ...common, store: new MemoryEventStore(), notices: new ProjectionNotices() }, [taskRunProjection]);
  await runner.start();
  await runner.stop();
  await leases.stop();
}, 60_000);
afterAll(() => database.drop());

let forgotten: string[];
beforeEach(async () => {
  forgotten = [];
  await database.system.query('delete from schedule.task_run');
  await database.system.query('delete from schedule.task_output');
});

function retention(): TaskRetention {
  const clock = manualClock(NOW);
  const send = ({ data }: { data: unknown }, { tenant }: RequestContext) => {
    forgotten.push(`${tenant === A ? 'a' : 'b'}${Number((data as { run: string }).run.slice(-12))}`);
    return Promise.resolve();
  };
  const outputs = new TaskOutputs(database.system, { masked: (value: unknown) => value } as never, clock);
  return new TaskRetention(database.system, { send } as unknown as CommandBus, outputs, clock, clock, silent);
}

const runId = (n: number): string => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`;

/** Numbered from the first, each a place later in the log. */
async function runs(tenant: string, first: number, count: number, ended: string | null, task = 'acme.notes/sync'): Promise<void> {
  await database.system.query(
    `insert into schedule.task_run (tenant, run, task, extension, shard, status, cause, answer_kept, state, queued_at, ended_at, changed_at, position)
     select $1, ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, $2, 'acme.notes', 0,
       case when $3::timestamptz is null then 'running' else 'succeeded' end, 'schedule', true, '{}', $4, $3, $4, n
     from generate_series($5::int, $6::int) n`,
    [tenant, task, ended, daysAgo(60), first, first + count - 1],
  );
}
const output = (tenant: string, n: number, written: string) =>
  database.system.query('insert into schedule.task_output (tenant, run, written_at) values ($1, $2, $3)', [tenant, runId(n), written]);
const outputs = async (): Promise<readonly number[]> =>
  (await database.system.query<{ run: string }>('select run from schedule.task_output order by run')).map(({ run }) =>
    Number(run.slice(-12)),
  );

it('runs that ended more than 30 days ago go with what they told; later ones, and those that go on, stay', async () => {
  await runs(A, 1, 1, daysAgo(31));
  await runs(A, 2, 1, daysAgo(29));
  await runs(A, 3, 1, null);
  for (const n of [1, 2, 3]) await output(A, n, daysAgo(29));
  await retention().run();
  expect(forgotten).toEqual(['a1']);
  expect(await outputs()).toEqual([2, 3]);
});

it('of one task in one tenant the 1,000 latest that ended stay', async () => {
  await runs(A, 1, 1_002, daysAgo(1));
  await runs(A, 2_001, 10, null);
  await runs(A, 3_001, 5, daysAgo(1), 'acme.notes/other');
  await runs(B, 1, 1_000, daysAgo(1));
  await retention().run();
  expect(forgotten.sort()).toEqual(['a1', 'a2']);
});

it('what a run told that is there no more goes 30 days later', async () => {
  await runs(A, 3, 1, null);
  await output(A, 1, daysAgo(31));
  await output(A, 2, daysAgo(29));
  await output(A, 3, daysAgo(31));
  await retention().run();
  expect(await outputs()).toEqual([2, 3]);
});
