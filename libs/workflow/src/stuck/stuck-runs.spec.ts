// On a real PostgreSQL: runs of versions that lack something, of one tenant, with their own histories.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Position } from '@kari/kernel';
import { memoryBlobs } from '@kari/platform/blob';
import { testDatabase, type TestDatabase } from '@kari/platform/database/testing';
import { eventStoreMigrations, PostgresEventStore } from '@kari/platform/event-store';
import { leaseMigrations, PostgresLeases } from '@kari/platform/leases';
import { projectionMigrations, ProjectionNotices, ProjectionRunner } from '@kari/platform/projections';
import { systemClock, systemIds, systemTimers } from '@kari/platform/time';
import type { WorkflowDocument } from '../definition/document.js';
import { runStream } from '../run/engine-parts.js';
import type { RunDefinitions } from '../run/run-definitions.js';
import { runFilterOf } from '../run/run.graphql.js';
import { runProjection, type RunFilter } from '../run/run.projection.js';
import { RunQueries } from '../run/run.queries.js';
import { RunView } from '../run/run.view.js';
import { documentOf, PlayingRun } from '../run/testing/playing-run.js';
import { StuckRuns } from './stuck-runs.js';

const A = '0190a000-0000-7000-8000-00000000000a';
const B = '0190a000-0000-7000-8000-00000000000b';
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined, child: () => silent };
const ask = { ask: { call: 'approval.request@1', with: { title: 'May it?' } } };
const pay = { pay: { call: 'shop.pay@1' } };
const documents: Readonly<Record<string, WorkflowDocument>> = { ahead: documentOf([ask, pay]), plain: documentOf([ask]) };

let database: TestDatabase;
let store: PostgresEventStore;
let leases: PostgresLeases;
let runner: ProjectionRunner;
let stuck: StuckRuns;
let last: Position;
/** The shop is there. */
let open = false;

const nothing = () => Promise.resolve(null);
const definitions: RunDefinitions = {
  find: nothing,
  named: nothing,
  saved: nothing,
  document: (_tenant, workflow) => Promise.resolve(documents[workflow] ?? null),
  lacks: (_tenant, workflow) =>
    Promise.resolve(workflow !== 'ahead' || open ? [] : [{ pointer: '/do/1/pay/call', code: 'PLUGIN_NOT_FOUND', reason: 'no shop' }]),
};

beforeAll(async () => {
  const migrations = [leaseMigrations, projectionMigrations, eventStoreMigrations];
  database = await testDatabase({ migrations, schemas: ['workflow'], entities: [RunView] });
  const { system } = database;
  store = new PostgresEventStore({ pool: system.pool, blobs: memoryBlobs(), timers: systemTimers });
  leases = new PostgresLeases({ database: system, clock: systemClock, timers: systemTimers, ids: systemIds });
  const notices = new ProjectionNotices();
  runner = new ProjectionRunner({ store, database: system, leases, clock: systemClock, timers: systemTimers, logger: silent, notices }, [
    runProjection,
  ]);
  await runner.start();
  stuck = new StuckRuns(new RunQueries(database.read, runner, store), store, definitions);
});
afterAll(async () => {
  await runner?.stop();
  await leases?.stop();
  await store?.close();
  await database?.drop();
});

/** A run that waits at its first task, or what is played of it; answers its id. */
async function begun(tenant: string, workflow: string, play: (run: PlayingRun) => void = () => undefined): Promise<string> {
  const run = new PlayingRun(documents[workflow] ?? documents['plain']!, {}, { workflow: { id: workflow, version: '1' } });
  play(run);
  const id = systemIds.next();
  const meta = {
    tenant,
    actor: 'ada',
    actorKind: 'user',
    commandId: systemIds.next(),
    commandType: 'StartRun',
    correlationId: id,
    occurredAt: '2026-01-01T00:00:00.000Z',
  } as const;
  const events = run.facts.map(({ type, data }) => ({ id: systemIds.next(), type, version: 1, data, meta }));
  const [result] = await store.append([{ stream: runStream(tenant, id), expected: 'none', events }]);
  if (result?.ok !== true) throw result?.error ?? new Error('nothing appended');
  last = result.position;
  return id;
}

const found = async (tenant: string, filter: Partial<RunFilter> = {}) => {
  const { exact, runs } = await stuck.among(tenant, { ...runFilterOf({}), ...filter }, last);
  return { exact, runs: runs.map(({ run, pointer, code }) => [run.id, pointer, code]) };
};

describe('open runs that can no longer go on', () => {
  it('are named newest first, in their tenant alone, and not once what they lack is back', async () => {
    const lost = await begun(A, 'lost');
    const ahead = await begun(A, 'ahead');
    await begun(A, 'plain');
    const paused = await begun(A, 'ahead', (run) => run.then({ type: 'RunPaused', data: { reason: null } }));
    await begun(A, 'ahead', (run) => {
      run.then({ type: 'RunCancelRequested', data: { reason: null } });
      expect(run.state.status).toBe('cancelled');
    });
    const foreign = await begun(B, 'ahead');

    const [two, one] = [paused, ahead].map((run) => [run, '/do/1/pay', 'PLUGIN_NOT_FOUND']);
    expect(await found(A)).toEqual({ exact: true, runs: [two, one, [lost, null, 'WORKFLOW_VERSION_GONE']] });
    expect(await found(A, { workflow: 'ahead', statuses: ['running', 'completed'] })).toEqual({ exact: true, runs: [one] });
    expect(await found(A, { statuses: ['completed'] })).toEqual({ exact: true, runs: [] });
    expect((await found(B)).runs).toEqual([[foreign, '/do/1/pay', 'PLUGIN_NOT_FOUND']]);

    open = true;
    expect((await found(A)).runs).toEqual([[lost, null, 'WORKFLOW_VERSION_GONE']]);
    expect((await found(B)).runs).toEqual([]);
  });
});
