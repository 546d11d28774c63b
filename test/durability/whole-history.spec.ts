// D-18: only histories of ended runs are ever given up, after a summary from which every view can be rebuilt, the audit trail with its numbers
// included; everything else in the log is there for good.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { derivedId, idOf, streamId, type EventStore, type NewEvent, type RecordedEvent } from '@kari/kernel';
import { EntryLeaves } from '../../libs/audit/src/entry/entry-leaves.adapter.js';
import { memoryBlobs } from '@kari/platform/blob';
import { EnvelopeKeys, keyMigrations, postgresKeyTable } from '@kari/platform/crypto';
import { testDatabase } from '@kari/platform/database/testing';
import { catalogueOf, eventStoreMigrations, PostgresEventStore, withCatalogue } from '@kari/platform/event-store';
import { leaseMigrations, PostgresLeases } from '@kari/platform/leases';
import { databaseViewProgress, projectionMigrations, ProjectionNotices, ProjectionRunner } from '@kari/platform/projections';
import { systemClock, systemIds, systemTimers } from '@kari/platform/time';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RunCompaction } from '../../libs/workflow/src/retention/run-compaction.js';
import { runEvents, type RunEvent } from '../../libs/workflow/src/run/run.events.js';
import { documentOf, PlayingRun } from '../../libs/workflow/src/run/testing/playing-run.js';
import { registeredEvents, root } from '../golden/registered-events.js';
import { composition } from '../support/composition.js';

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined, child: () => silent };
const TENANTS = ['a', 'b'].map((name) => derivedId('tenant', name));
const SCHEMAS = ['audit', 'automation', 'data', 'extension', 'metrics', 'sandbox', 'security', 'tenancy', 'workflow'];

interface World {
  readonly store: EventStore;
  readonly runner: ProjectionRunner;
  readonly names: readonly string[];
  readonly compaction: RunCompaction;
  rows(text: string): Promise<readonly Record<string, unknown>[]>;
  close(): Promise<void>;
}

async function open(): Promise<World> {
  // Those that ever see a fact of a run: all others are folds of other facts.
  const types = new Set<string>(runEvents.map(({ type }) => type));
  const projections = (await composition()).projections.filter(({ handles }) => handles === '*' || handles.some((type) => types.has(type)));
  const { definitions, upcasters } = await registeredEvents();
  const migrations = [eventStoreMigrations, keyMigrations, leaseMigrations, projectionMigrations];
  const database = await testDatabase({ migrations, schemas: SCHEMAS });
  const { system } = database;
  const log = new PostgresEventStore({ pool: system.pool, blobs: memoryBlobs(), timers: systemTimers, truncatable: ['workflow.run'] });
  const masters = { current: { id: 'one', bytes: Buffer.alloc(32, 7) }, previous: [] };
  const store = withCatalogue(log, {
    keys: new EnvelopeKeys({ masters, table: postgresKeyTable(system), clock: systemClock }),
    timers: systemTimers,
    summaries: { 'workflow.run': 'RunSummarised' },
    catalogue: catalogueOf(
      () => definitions,
      () => upcasters,
    ),
  });
  const leases = new PostgresLeases({ database: system, clock: systemClock, timers: systemTimers, ids: systemIds });
  const parts = {
    store,
    database: system,
    leases,
    clock: systemClock,
    timers: systemTimers,
    logger: silent,
    notices: new ProjectionNotices(),
  };
  const runner = new ProjectionRunner(parts, projections);
  await runner.start();
  const compaction = new RunCompaction({
    store,
    clock: systemClock,
    ids: systemIds,
    leaves: new EntryLeaves(system, runner),
    views: databaseViewProgress(system),
  });
  return {
    store,
    runner,
    names: projections.map(({ name }) => name),
    compaction,
    rows: (text) => system.query<Record<string, unknown>>(text),
    close: async () => {
      await runner.stop();
      await leases.stop();
      await log.close();
      await database.drop();
    },
  };
}

/** Three ended runs and one that goes on; what others do stands between their facts. */
function lives(): readonly PlayingRun[] {
  const shop = documentOf([
    { a: { call: 'desk.a@1' } },
    { each: { for: { in: '.items' }, do: [{ n: { set: { n: '${ $item }' } } }] } },
    { ask: { call: 'approval.request@1', with: { title: 'May it?' } } },
  ]);
  const [done, refused, failed, open] = [new PlayingRun(shop), new PlayingRun(shop), new PlayingRun(shop), new PlayingRun(shop)];
  for (const run of [done, refused]) {
    run.done('/do/0/a', { items: [1, 2, 3] });
    const decision = run === done ? 'approved' : 'rejected';
    run.then({ type: 'ApprovalGiven', data: { approval: [...run.state.openApprovals.keys()][0]!, decision, comment: null, by: 'ada' } });
  }
  failed.failed('/do/0/a');
  open.done('/do/0/a', { items: [1] });
  return [done, refused, failed, open];
}

function withOwnApprovals(fact: RunEvent, run: string): RunEvent {
  if (!('approval' in fact.data)) return fact;
  return { ...fact, data: { ...fact.data, approval: derivedId(run, fact.data.approval) } } as RunEvent;
}

async function write(store: EventStore): Promise<{ ended: readonly string[]; open: string }> {
  const revisions = new Map<string, bigint>();
  let made = 0;
  const append = async (
    stream: ReturnType<typeof streamId>,
    tenant: string,
    commandType: string,
    facts: readonly { type: string; data: unknown }[],
  ) => {
    made += 1;
    const meta = {
      tenant,
      actor: 'ada',
      actorKind: 'user',
      commandId: derivedId('command', made),
      commandType,
      correlationId: derivedId('correlation', stream),
      occurredAt: new Date(Date.UTC(2026, 0, 1) + made * 1000).toISOString(),
    } as const;
    const events: NewEvent[] = facts.map(({ type, data }, index) => ({
      id: derivedId('event', made, index),
      type,
      version: 1,
      data: data as object,
      meta,
    }));
    const [result] = await store.append([{ stream, expected: revisions.get(stream) ?? 'none', events }]);
    if (result?.ok !== true) throw result?.error ?? new Error('nothing was written');
    revisions.set(stream, result.revision);
  };
  const { written } = JSON.parse(readFileSync(join(root, 'test/golden/events/AuditEntryRecorded@1.json'), 'utf8')) as { written: object };
  const entry = (id: string) => ({ type: 'AuditEntryRecorded', data: { ...written, entry: id } });
  const runs = lives().map((life, index) => ({ life, tenant: TENANTS[index % 2]!, run: derivedId('run', index) }));
  for (let step = 0; runs.some(({ life }) => step < life.appends.length); step += 1) {
    for (const { life, tenant, run } of runs) {
      const facts = life.appends[step]?.map((fact) => withOwnApprovals(fact, run)) ?? [];
      if (facts.length > 0) await append(streamId('workflow.run', tenant, run), tenant, 'AdvanceRun', facts);
      await append(streamId('audit.entry', tenant, derivedId('entry', step, run)), tenant, 'RecordEntry', [
        entry(derivedId('entry', step, run)),
      ]);
    }
  }
  const [open] = runs.splice(3);
  return {
    ended: runs.map(({ tenant, run }) => streamId('workflow.run', tenant, run)),
    open: streamId('workflow.run', open!.tenant, open!.run),
  };
}

async function caughtUp({ store, runner, names }: World): Promise<void> {
  const head = await store.head();
  for (const name of names) await runner.waitFor(name, head, 30_000);
}

async function hashes({ runner, names }: World): Promise<Record<string, string>> {
  const found: [string, string][] = [];
  for (const name of names) found.push([name, `${(await runner.hashOf(name))?.rows} ${(await runner.hashOf(name))?.hash}`]);
  return Object.fromEntries(found);
}

async function rebuilt(world: World): Promise<Record<string, string>> {
  await Promise.all(world.names.map((name) => world.runner.rebuild(name)));
  return hashes(world);
}

describe('D-18 history stays whole', () => {
  let world: World;
  let streams: Awaited<ReturnType<typeof write>>;
  beforeAll(async () => {
    world = await open();
    streams = await write(world.store);
    await caughtUp(world);
  }, 60_000);
  afterAll(() => world?.close());

  it('truncates and deletes nothing of any category, 100 % of them; runs only where their summary stands', async () => {
    const outcomes: string[] = [];
    for (const category of categories()) {
      const stream =
        category === 'workflow.run' ? (streams.ended[0] as ReturnType<typeof streamId>) : streamId(category, TENANTS[0]!, derivedId('x'));
      const truncated = await world.store.truncateBefore(stream, 2n).then(
        () => 'done',
        (error: { code?: string }) => error.code,
      );
      const deleted = await world.store.tombstone(stream).then(
        () => 'done',
        (error: { code?: string }) => error.code,
      );
      outcomes.push(`${category} ${truncated} ${deleted}`);
    }
    expect(outcomes.length).toBeGreaterThan(15);
    const expected = (category: string) =>
      `${category} EVENT_STREAM_${category === 'workflow.run' ? 'UNSUMMARISED' : 'PERMANENT'} EVENT_STREAM_PERMANENT`;
    expect(outcomes).toEqual(categories().map(expected));
  });

  it('rebuilds every view that sees runs hash-equal after runs were given up, the audit trail with its numbers included', async () => {
    const trail =
      'select tenant, operation_id, number::text, operation, actor, events, position::text from audit.entry order by audit.entry.number';
    expect([...world.names].sort()).toEqual(['audit.entry', 'workflow.approval', 'workflow.run', 'workflow.task', 'workflow.timer']);
    const before = { entries: await world.rows(trail), events: await eventsOf(world.store, streams.ended[0]!) };

    for (const stream of [...streams.ended, streams.open]) {
      while (stream !== streams.open && !(await world.compaction.compact(stream as ReturnType<typeof streamId>))) await caughtUp(world);
    }
    expect(await world.compaction.compact(streams.open as ReturnType<typeof streamId>)).toBe(false);
    await caughtUp(world);
    const live = await hashes(world);
    const after = await eventsOf(world.store, streams.ended[0]!);
    expect([before.events.length > 10, after.map(({ type }) => type)]).toEqual([true, ['RunSummarised', 'RunHistoryGivenUp']]);

    expect(await rebuilt(world)).toEqual(live);
    const entries = await world.rows(trail);
    expect(entries.slice(0, before.entries.length)).toEqual(before.entries);
    expect(entries.map(({ number }) => Number(number))).toEqual(entries.map((_, index) => index + 1));
    const kept = await world.rows(
      `select r.run::text, r.status, r.history, (select count(*)::int from workflow.task t where t.run = r.run) as tasks,
         (select max(a.status || ' ' || a.decided_by) from workflow.approval a where a.run = r.run) as approval
       from workflow.run r order by r.run`,
    );
    const rowOf = (stream: string) => kept.find(({ run }) => run === idOf(stream as ReturnType<typeof streamId>));
    expect([...streams.ended, streams.open].map(rowOf)).toMatchObject([
      { status: 'completed', history: 'given-up', tasks: 0, approval: 'approved ada' },
      { status: 'completed', history: 'given-up', tasks: 0, approval: 'rejected ada' },
      { status: 'failed', history: 'given-up', tasks: 0, approval: null },
      { status: 'running', history: 'whole', tasks: 6 },
    ]);
  }, 60_000);
});

async function eventsOf(store: EventStore, stream: string): Promise<readonly RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const event of store.readStream(stream as ReturnType<typeof streamId>)) events.push(event);
  return events;
}

/** Every category that the sources name. */
function categories(): readonly string[] {
  const found = new Set<string>();
  for (const file of readdirSync(join(root, 'libs'), { recursive: true, encoding: 'utf8' })) {
    if (!file.includes('/src/') || !file.endsWith('.ts') || /\.spec\.ts$|\/testing\//.test(file)) continue;
    const text = readFileSync(join(root, 'libs', file), 'utf8');
    for (const [, category] of text.matchAll(/(?:streamId\(\s*|CATEGORY = )'([a-z]+\.[a-z-]+)'/g)) found.add(category!);
  }
  return [...found].sort();
}
