// Views: how fast one catches up and is rebuilt, and how soon an appended event can be read in it.
import { streamId, type NewEvent, type Position, type Projection } from '@kari/kernel';
import { memoryBlobs } from '@kari/platform/blob';
import { openSystemDatabase, prepareDatabase } from '@kari/platform/database';
import { eventStoreMigrations, PostgresEventStore } from '@kari/platform/event-store';
import { leaseMigrations, PostgresLeases } from '@kari/platform/leases';
import { projectionMigrations, ProjectionNotices, ProjectionRunner } from '@kari/platform/projections';
import { systemClock, systemIds, systemTimers } from '@kari/platform/time';
import { benchOptions, figure, report, startBenchServer } from './harness.js';

const TENANT = '0197a3c0-0000-7000-8000-00000000000a';
const EVENTS = Number(process.env['BENCH_EVENTS'] ?? 200_000);
const KEYS = 5_000;
const PER_SECOND = 1_000;

interface NoteRow extends Record<string, unknown> {
  readonly tenant: string;
  readonly note: string;
  readonly edits: number;
  readonly words: string;
  readonly text: string;
  readonly tags: readonly string[];
  readonly changed: string;
}

const notes: Projection<NoteRow> = {
  name: 'bench.notes',
  version: 1,
  table: {
    name: 'bench.notes',
    columns: { tenant: 'uuid', note: 'text', edits: 'integer', words: 'bigint', text: 'text', tags: 'json', changed: 'timestamp' },
    key: ['tenant', 'note'],
    tenantColumn: 'tenant',
    indexes: [['tenant', 'changed']],
  },
  handles: ['NoteWritten'],
  keyOf: (event) => [event.meta.tenant, (event.data as { note: string }).note],
  evolve: (row, event) => {
    const { note, text, tags } = event.data as { note: string; text: string; tags: string[] };
    const words = BigInt(row?.words ?? 0) + BigInt(text.split(' ').length);
    return {
      tenant: event.meta.tenant,
      note,
      edits: (row?.edits ?? 0) + 1,
      words: words.toString(),
      text,
      tags,
      changed: event.meta.occurredAt,
    };
  },
};

function written(note: number): NewEvent {
  const id = systemIds.next();
  const meta = {
    tenant: TENANT,
    actor: TENANT,
    actorKind: 'user',
    commandId: id,
    commandType: 'WriteNote',
    correlationId: id,
    occurredAt: '2026-01-01T00:00:00.000Z',
  } as const;
  const data = { note: `note-${note}`, text: 'The quick brown fox jumps over the lazy dog.', tags: ['a', 'b'] };
  return { id, type: 'NoteWritten', version: 1, data, meta };
}

const { rounds, seconds } = benchOptions({ rounds: 5, seconds: 5 });
const server = await startBenchServer();
const migrations = [eventStoreMigrations, leaseMigrations, projectionMigrations];
const urls = await prepareDatabase({ ownerUrl: await server.database('bench_views'), migrations, schemas: ['bench'] });
const database = openSystemDatabase(urls.system, { max: 20 });
const store = new PostgresEventStore({ pool: database.pool, blobs: memoryBlobs(), timers: systemTimers });
const leases = new PostgresLeases({ database, clock: systemClock, timers: systemTimers, ids: systemIds });
const notices = new ProjectionNotices();
const print = (_: object, message: string): boolean => process.stderr.write(`${message}\n`);
const logger = { debug: print, info: () => undefined, warn: print, error: print, child: () => logger };
const runnerOf = () =>
  new ProjectionRunner({ store, database, leases, clock: systemClock, timers: systemTimers, logger, notices }, [notes]);

try {
  await fill();
  await catchUpAndRebuild();
  await appendToVisible();
} finally {
  await leases.stop();
  await store.close();
  await database.close();
  await server.stop();
}

async function fill(): Promise<void> {
  for (let first = 0; first < EVENTS; first += 5_000) {
    const streams = Array.from({ length: 250 }, () => ({
      stream: streamId('bench.note', TENANT, systemIds.next()),
      expected: 'none' as const,
      events: Array.from({ length: 20 }, () => written(Math.floor(Math.random() * KEYS))),
    }));
    await store.append(streams);
  }
}

async function catchUpAndRebuild(): Promise<void> {
  const head = await store.head();
  const [catchUps, rebuilds]: [number[], number[]] = [[], []];
  for (let round = 0; round <= rounds; round += 1) {
    await database.query('delete from projections.view');
    await database.query('drop table if exists bench.notes, bench.notes_old');
    const runner = runnerOf();
    await runner.prepare();
    let from = performance.now();
    await runner.start();
    await runner.waitFor('bench.notes', head, 600_000);
    const caughtUp = EVENTS / ((performance.now() - from) / 1_000);
    from = performance.now();
    await runner.rebuild('bench.notes');
    const rebuilt = EVENTS / ((performance.now() - from) / 1_000);
    await runner.stop();
    if (round === 0) continue;
    catchUps.push(caughtUp);
    rebuilds.push(rebuilt);
  }
  say('projection catch-up', 'events per second', catchUps, { events: EVENTS, keys: KEYS });
  say('projection rebuild', 'events per second', rebuilds, { events: EVENTS, keys: KEYS });
}

async function appendToVisible(): Promise<void> {
  const runner = runnerOf();
  await runner.start();
  const [medians, tails]: [number[], number[]] = [[], []];
  for (let round = 0; round <= rounds; round += 1) {
    const latencies = (await visibleLatencies()).sort((a, b) => a - b);
    if (round === 0) continue;
    medians.push(latencies[Math.floor(latencies.length * 0.5)] ?? 0);
    tails.push(latencies[Math.floor(latencies.length * 0.99)] ?? 0);
  }
  await runner.stop();
  say('append to visible, p50', 'ms', medians, { perSecond: PER_SECOND });
  say('append to visible, p99', 'ms', tails, { perSecond: PER_SECOND });
}

/** One append of one event at a time of its own, at an even pace; from the call to the moment the row can be read. */
async function visibleLatencies(): Promise<number[]> {
  const latencies: number[] = [];
  const waiting: { readonly position: bigint; readonly from: number }[] = [];
  let visible = 0n;
  const see = (position: Position): void => {
    visible = BigInt(position);
    const now = performance.now();
    for (let index = waiting.length - 1; index >= 0; index -= 1) {
      const entry = waiting[index];
      if (entry === undefined || entry.position > visible) continue;
      latencies.push(now - entry.from);
      waiting.splice(index, 1);
    }
  };
  const stop = notices.listen(({ position }) => see(position));
  const appends: Promise<void>[] = [];
  const start = performance.now();
  for (let sent = 0; sent < PER_SECOND * seconds;) {
    const due = Math.min(PER_SECOND * seconds, Math.floor(((performance.now() - start) / 1_000) * PER_SECOND));
    for (; sent < due; sent += 1) appends.push(append());
    await systemTimers.sleep(1);
  }
  await Promise.all(appends);
  while (waiting.length > 0) await systemTimers.sleep(1);
  stop();
  return latencies;

  async function append(): Promise<void> {
    const from = performance.now();
    const stream = streamId('bench.note', TENANT, systemIds.next());
    const [result] = await store.append([{ stream, expected: 'none', events: [written(Math.floor(Math.random() * KEYS))] }]);
    if (result?.ok !== true) throw result?.error ?? new Error('no answer');
    if (BigInt(result.position) <= visible) latencies.push(performance.now() - from);
    else waiting.push({ position: BigInt(result.position), from });
  }
}

function say(bench: string, unit: string, values: readonly number[], load: object): void {
  const found = figure(values);
  report({ bench, contender: 'Kari', unit, rounds, ...load, value: found });
  process.stdout.write(`${bench.padEnd(26)} ${found.median} ${unit} (${found.low} to ${found.high})\n`);
}
