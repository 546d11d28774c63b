// D-11: recorded store images open under the code of today. An image is what an earlier release left in the tables; it is loaded into the
// schema that release had, migrated, and read: decrypted, lifted, folded to the recorded state.
// KARI_GOLDEN=write records those that are missing; one that exists is never rewritten.
import { describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalJson, streamId, type EventStore, type NewEvent } from '@kari/kernel';
import { manualClock, seededIds, seededRandom } from '@kari/kernel/testing';
import { memoryBlobs } from '@kari/platform/blob';
import { EnvelopeKeys, keyMigrations, postgresKeyTable, type MasterKey } from '@kari/platform/crypto';
import { prepareDatabase, type SystemDatabase } from '@kari/platform/database';
import { testDatabase } from '@kari/platform/database/testing';
import { catalogueOf, eventStoreMigrations, PostgresEventStore, withCatalogue } from '@kari/platform/event-store';
import type { MigrationSet } from '@kari/platform/registry';
import { systemTimers } from '@kari/platform/time';
import type { EventDefinition, Upcaster } from '@kari/kernel';
import { collect } from '../ports/event-store/facts.js';
import { firstRelease, thisRelease, upcasters } from './image-catalogues.js';
import { root } from './registered-events.js';

interface Image {
  /** Migrations of the release that wrote it, by context. */
  readonly migrations: Readonly<Record<string, readonly string[]>>;
  readonly master: string;
  /** Rows by table, as `row_to_json` gives them. */
  readonly tables: Readonly<Record<string, readonly object[]>>;
  /** Hash of everything a reader of this release sees. */
  readonly state: string;
}

const folder = join(root, 'test/golden/images');
const IMAGES = 20;
const SETS: readonly MigrationSet[] = [eventStoreMigrations, keyMigrations];
const TABLES = ['log.counter', 'log.streams', 'log.events', 'keys.data_key'];

describe('D-11 store images', () => {
  it(`has ${IMAGES} of them`, async () => {
    if (process.env['KARI_GOLDEN'] === 'write') await recordMissing();
    expect(images()).toHaveLength(IMAGES);
  });

  for (const name of images()) it(`${name} reads as recorded`, () => reads(name));
});

async function reads(name: string): Promise<void> {
  const image = JSON.parse(readFileSync(join(folder, name), 'utf8')) as Image;
  const then = SETS.map(({ context, migrations }) => ({
    context,
    migrations: migrations.filter((migration) => image.migrations[context]?.includes(migration.name) === true),
  }));
  const database = await testDatabase({ migrations: then });
  try {
    await load(database.system, image);
    // What has been added since then; nothing at first, and everything one day.
    await prepareDatabase({ ownerUrl: database.ownerUrl, migrations: SETS, schemas: [] });
    expect(await stateOf(database.system, masterOf(image.master), thisRelease, upcasters)).toBe(image.state);
  } finally {
    await database.drop();
  }
}

function images(): readonly string[] {
  return existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : [];
}

function masterOf(text: string): MasterKey {
  return { id: 'image', bytes: Buffer.from(text, 'base64') };
}

async function load(system: SystemDatabase, image: Image): Promise<void> {
  for (const [table, rows] of Object.entries(image.tables)) {
    if (table === 'log.counter') await system.query('update log.counter set position = $1', [(rows[0] as { position: number }).position]);
    else
      for (const row of rows)
        await system.query(`insert into ${table} select * from json_populate_record(null::${table}, $1)`, [JSON.stringify(row)]);
  }
}

async function stateOf(
  system: SystemDatabase,
  master: MasterKey,
  definitions: readonly EventDefinition[],
  steps: readonly Upcaster[],
): Promise<string> {
  return withStore(system, master, definitions, steps, async (store) => {
    const all = await collect(store.readAll());
    const seen = all.map(({ recordedAt: _, revision, ...event }) => ({ ...event, revision: revision.toString() }));
    for (const stream of new Set(all.map((event) => event.stream))) {
      expect((await collect(store.readStream(stream))).map((event) => event.id)).toEqual(
        all.filter((event) => event.stream === stream).map((event) => event.id),
      );
    }
    return createHash('sha256').update(canonicalJson(seen)).digest('hex');
  });
}

async function withStore<T>(
  system: SystemDatabase,
  master: MasterKey,
  definitions: readonly EventDefinition[],
  steps: readonly Upcaster[],
  work: (store: EventStore, keys: EnvelopeKeys) => Promise<T>,
): Promise<T> {
  const inner = new PostgresEventStore({ pool: system.pool, blobs: memoryBlobs(), timers: systemTimers, truncatable: ['workflow.run'] });
  const keys = new EnvelopeKeys({ masters: { current: master, previous: [] }, table: postgresKeyTable(system), clock: manualClock() });
  const catalogue = catalogueOf(
    () => definitions,
    () => steps,
  );
  try {
    return await work(withCatalogue(inner, { catalogue, keys, timers: systemTimers }), keys);
  } finally {
    await inner.close();
  }
}

async function recordMissing(): Promise<void> {
  mkdirSync(folder, { recursive: true });
  for (let number = 1; number <= IMAGES; number += 1) {
    const path = join(folder, `release-0.1-${String(number).padStart(2, '0')}.json`);
    if (!existsSync(path)) writeFileSync(path, `${JSON.stringify(await record(number), null, 1)}\n`);
  }
}

async function record(seed: number): Promise<Image> {
  const database = await testDatabase({ migrations: SETS });
  try {
    const random = seededRandom(seed);
    const master = Buffer.from(random.bytes(32)).toString('base64');
    await withStore(database.system, masterOf(master), firstRelease, [], (store, keys) => fill(store, keys, seed));
    const tables: Record<string, readonly object[]> = {};
    for (const table of TABLES) {
      const rows = await database.system.query<{ row: object }>(
        `select row_to_json(t) as row from ${table} t order by row_to_json(t)::text`,
      );
      tables[table] = rows.map(({ row }) => row);
    }
    const migrations = Object.fromEntries(SETS.map((set) => [set.context, set.migrations.map(({ name }) => name)]));
    return { migrations, master, tables, state: await stateOf(database.system, masterOf(master), thisRelease, upcasters) };
  } finally {
    await database.drop();
  }
}

/** A little life: notes in a few streams, people met and some of them erased, a truncated run. */
async function fill(store: EventStore, keys: EnvelopeKeys, seed: number): Promise<void> {
  const random = seededRandom(seed * 7 + 1);
  const ids = seededIds(seed);
  const tenant = ids.next();
  const streams = ['demo.note', 'demo.note', 'demo.person', 'workflow.run'].map((category) => streamId(category, tenant, ids.next()));
  const people = [ids.next(), ids.next()];
  const event = (type: string, data: object): NewEvent => ({
    id: ids.next(),
    type,
    version: 1,
    data,
    meta: {
      tenant,
      actor: people[0] ?? '',
      actorKind: 'user',
      commandId: ids.next(),
      commandType: 'Live',
      correlationId: ids.next(),
      occurredAt: '2026-01-01T00:00:00.000Z',
    },
  });
  for (let step = 0; step < 8 + seed; step += 1) {
    const stream = streams[Math.floor(random.next() * streams.length)];
    if (stream === undefined) continue;
    const person = people[Math.floor(random.next() * people.length)] ?? '';
    const events = [
      event('NoteTaken', { note: `n${step}`, text: `Notiz ${step} ✓` }),
      event('PersonMet', { person, mail: `p${step}@example.org` }),
      event('NoteDropped', { note: `n${step}` }),
    ];
    const [result] = await store.append([{ stream, expected: 'any', events: events.slice(Math.floor(random.next() * 3)) }]);
    if (result?.ok !== true) throw result?.error ?? new Error('nothing was written');
  }
  if (seed % 3 === 0) await keys.erase(tenant, people[1] ?? '');
  if (seed % 4 === 0) await store.truncateBefore(streams[3] as never, 2n);
}
