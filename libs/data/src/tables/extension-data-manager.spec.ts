import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Rejection } from '@kari/kernel';
import { testDatabase, type TestDatabase } from '@kari/platform/database/testing';
import { systemClock, systemIds, systemTimers } from '@kari/platform/time';
import type { DataCollection, ManifestData } from '@kari/protocol/manifest';
import { A } from '../testing/data-room.js';
import { tableRoom, type TableRoom, type Whose } from '../testing/table-room.js';
import { ExtensionDataManager } from './extension-data-manager.js';
import { schemaOf } from './schema-name.js';
import { tablesMigrations } from './tables.migrations.js';

let database: TestDatabase;
let room: TableRoom;
beforeAll(async () => {
  database = await testDatabase({ migrations: [{ context: 'data', migrations: tablesMigrations }] });
  room = tableRoom(database);
});
afterAll(() => database.drop());

let made = 0;
const newTenant = (): string => systemIds.next();
const whose = (tenant = A): Whose => ({ tenant, extension: `acme.m${(made += 1)}`, version: '1.0.0' });
const at = (mine: Whose, version: string): Whose => ({ ...mine, version });
const code = (attempt: Promise<unknown>): Promise<unknown> =>
  attempt.then(
    () => 'done',
    (error: unknown) => (error instanceof Rejection ? error.code : error),
  );

const note: DataCollection = {
  description: 'x',
  fields: { title: { type: 'text', maxLength: 100 }, size: { type: 'integer', default: 1 }, old: { type: 'text' } },
};
const one: ManifestData = { version: 1, collections: { note } };
/** Renames title, drops old, adds done. */
const two: ManifestData = {
  version: 2,
  collections: {
    note: {
      description: 'x',
      fields: {
        headline: { type: 'text', maxLength: 100 },
        size: { type: 'integer', default: 1 },
        done: { type: 'boolean', required: true, default: false },
      },
    },
  },
  migrations: [
    { to: 2, collection: 'note', rename: { from: 'title', to: 'headline' } },
    { to: 2, collection: 'note', drop: 'old' },
  ],
};

const insert = async (mine: Whose, values: Record<string, unknown>) =>
  ((await room.ask(mine, 'write', { writes: [{ collection: 'note', insert: values }] })) as { outcomes: [{ id: string }] }).outcomes[0].id;
const rows = async (mine: Whose) =>
  ((await room.ask(mine, 'find', { collection: 'note' })) as { rows: Record<string, unknown>[] }).rows.map(
    ({ id, version, owner, created_at, updated_at, ...fields }) => {
      expect([typeof id, typeof version, typeof owner, typeof created_at, typeof updated_at]).toEqual([
        'string',
        'number',
        'string',
        'string',
        'string',
      ]);
      return fields;
    },
  );
const columns = async (mine: Whose) =>
  (
    await database.system.query<{ name: string }>(
      `select column_name as name from information_schema.columns where table_schema = $1 and table_name = 't1' and column_name like 'c_' order by 1`,
      [schemaOf(mine)],
    )
  ).map(({ name }) => name);
const schemas = async (mine: Whose) => database.system.query('select 1 from pg_namespace where nspname = $1', [schemaOf(mine)]);
const journal = async (mine: Whose) =>
  (
    await database.system.query<{ step: string }>('select step from data.table_step where tenant = $1 and extension = $2 order by number', [
      mine.tenant,
      mine.extension,
    ])
  ).map(({ step }) => step);

async function upgraded(): Promise<{ mine: Whose; next: Whose }> {
  const mine = whose();
  await room.prepare(mine, one);
  await room.manager.settle(mine);
  await insert(mine, { title: 'a', old: 'kept' });
  const next = at(mine, '2.0.0');
  await room.prepare(next, two, '1.0.0');
  return { mine, next };
}

describe('an install', () => {
  it('makes what is declared, once, however often it is asked', async () => {
    const mine = whose();
    expect(await room.prepare(mine, one)).toBe('its tables were brought to version 1 in 1 step(s)');
    expect(await room.prepare(mine, one)).toBe('its tables are as it needs them');
    expect(await room.prepare(whose(), undefined)).toBe('it keeps no tables');
    expect(schemaOf(mine)).toMatch(/^x_[0-9a-f]{20}$/);
    expect(await journal(mine)).toEqual(['create-table t1']);
  });

  it('by many at a time is one', async () => {
    const mine = whose();
    const others = Array.from({ length: 5 }, () => new ExtensionDataManager(database.system, systemClock, systemTimers));
    await Promise.all(others.map((manager) => manager.prepare({ ...mine, from: null, data: one }, new AbortController().signal)));
    expect(await journal(mine)).toEqual(['create-table t1']);
    await insert(mine, { title: 'a' });
  });

  it('that is taken back leaves nothing', async () => {
    const mine = whose();
    await room.prepare(mine, one);
    await room.manager.takeBack(mine);
    expect(await schemas(mine)).toEqual([]);
    expect(await code(room.ask(mine, 'find', { collection: 'note' }))).toBe('DATA_TABLES_MISSING');
    await room.manager.takeBack(mine);
    await room.prepare(mine, one);
    expect(await rows(mine)).toEqual([]);
  });

  it('over what a removal has kept finds the rows again, and being taken back leaves them', async () => {
    const mine = whose();
    await room.prepare(mine, one);
    await room.manager.settle(mine);
    await insert(mine, { title: 'kept' });
    await room.prepare(mine, one);
    await room.manager.takeBack(mine);
    expect(await rows(mine)).toEqual([{ title: 'kept', size: 1, old: null }]);
    await room.prepare(mine, one);
    await room.manager.settle(mine);
    expect(await rows(mine)).toEqual([{ title: 'kept', size: 1, old: null }]);
  });

  it('is refused, with the cure, before anything is made', async () => {
    const mine = whose();
    const wrong: ManifestData = { version: 1, collections: { note: { ...note, kind: 'documents' } } };
    await expect(room.prepare(mine, wrong)).rejects.toMatchObject({
      code: 'DATA_LAYOUT_UNSERVED',
      facts: { pointer: '/data/collections/note/kind' },
    });
    expect(await schemas(mine)).toEqual([]);
  });
});

describe('an upgrade', () => {
  it('serves both versions at once: each sees its own fields of the same rows', async () => {
    const { mine, next } = await upgraded();
    expect(await rows(next)).toEqual([{ headline: 'a', size: 1, done: false }]);
    await insert(next, { headline: 'b', done: true });
    await insert(mine, { title: 'c', old: 'x' });
    expect(await rows(mine)).toEqual([
      { title: 'a', size: 1, old: 'kept' },
      { title: 'b', size: 1, old: null },
      { title: 'c', size: 1, old: 'x' },
    ]);
    expect(await rows(next)).toEqual([
      { headline: 'a', size: 1, done: false },
      { headline: 'b', size: 1, done: true },
      { headline: 'c', size: 1, done: false },
    ]);
  });

  it('that is taken back is as if it had not been', async () => {
    const { mine, next } = await upgraded();
    expect(await columns(mine)).toEqual(['c1', 'c2', 'c3', 'c4']);
    await room.manager.takeBack(next);
    expect(await columns(mine)).toEqual(['c1', 'c2', 'c3']);
    expect(await rows(mine)).toEqual([{ title: 'a', size: 1, old: 'kept' }]);
    expect(await code(room.ask(next, 'find', { collection: 'note' }))).toBe('DATA_TABLES_MISSING');
  });

  it('keeps what it dropped until it is proven, so that a rollback restores it', async () => {
    const { mine, next } = await upgraded();
    await room.manager.keep(next);
    await insert(next, { headline: 'b' });
    await room.manager.goBack({ ...mine, from: '2.0.0' });
    expect(await rows(mine)).toEqual([
      { title: 'a', size: 1, old: 'kept' },
      { title: 'b', size: 1, old: null },
    ]);
    expect(await columns(mine)).toEqual(['c1', 'c2', 'c3']);
    await room.prepare(next, two, '1.0.0');
    expect(await rows(next)).toHaveLength(2);
  });

  it('drops it for good once it is proven; going back then brings the field back without values', async () => {
    const { mine, next } = await upgraded();
    await room.manager.keep(next);
    await room.manager.settle(next);
    expect(await columns(next)).toEqual(['c1', 'c2', 'c4']);
    await room.manager.goBack({ ...mine, from: '2.0.0' });
    expect(await rows(mine)).toEqual([{ title: 'a', size: 1, old: null }]);
  });

  it('goes on after a kill between any two steps', async () => {
    const mine = whose();
    const wide: ManifestData = {
      version: 2,
      collections: {
        note: {
          ...note,
          fields: {
            ...note.fields,
            a: { type: 'text', maxLength: 20 },
            b: { type: 'uuid', references: 'other' },
            size: { type: 'number', required: true, default: 1 },
          },
          indexes: [{ fields: ['a'], unique: true }],
        },
        other: { description: 'x', fields: { c: { type: 'integer', unique: true } } },
      },
    };
    await room.prepare(mine, one);
    await room.manager.settle(mine);
    await insert(mine, { title: 'a', size: null });
    const next = at(mine, '2.0.0');
    let kills = 0;
    while (kills < 40) {
      const stop = new AbortController();
      const killed = new ExtensionDataManager(killedAfterEachStep(stop), systemClock, systemTimers);
      const outcome = await killed.prepare({ ...next, from: '1.0.0', data: wide }, stop.signal).catch(() => null);
      if (outcome !== null) break;
      kills += 1;
    }
    expect(kills).toBeGreaterThan(5);
    expect(kills).toBeLessThan(40);
    const steps = await journal(mine);
    expect(new Set(steps).size).toBe(steps.length);
    expect(await rows(next)).toEqual([{ title: 'a', size: 1, old: null, a: null, b: null }]);
  });

  it('is refused where rows stand in the way, and the version that serves goes on', async () => {
    const mine = whose();
    await room.prepare(mine, one);
    await room.manager.settle(mine);
    for (const title of ['same', 'same']) await insert(mine, { title });
    const next = at(mine, '2.0.0');
    const unique: ManifestData = { version: 2, collections: { note: { ...note, indexes: [{ fields: ['title'], unique: true }] } } };
    await expect(room.prepare(next, unique, '1.0.0')).rejects.toMatchObject({
      code: 'DATA_MIGRATION_FAILED',
      facts: { reason: 'rows that are there share a value' },
    });
    await room.manager.takeBack(next);
    expect(await rows(mine)).toHaveLength(2);
    expect(
      await code(
        room.prepare(next, { ...one, version: 1, collections: { note: { ...note, fields: { title: { type: 'integer' } } } } }, '1.0.0'),
      ),
    ).toBe('DATA_LAYOUT_NARROWS');
  });

  it('of a second version on trial drops only what came before the first when that is proven', async () => {
    const { mine, next } = await upgraded();
    await room.manager.keep(next);
    const third = at(mine, '3.0.0');
    const three: ManifestData = {
      version: 3,
      collections: { note: { ...two.collections['note']!, fields: { ...two.collections['note']!.fields, more: { type: 'text' } } } },
      migrations: [...two.migrations!],
    };
    await room.prepare(third, three, '2.0.0');
    await room.manager.settle(next);
    expect(await columns(mine)).toEqual(['c1', 'c2', 'c4', 'c5']);
    await room.manager.takeBack(third);
    expect(await columns(mine)).toEqual(['c1', 'c2', 'c4']);
    expect(await rows(next)).toEqual([{ headline: 'a', size: 1, done: false }]);
  });
});

describe('a preview', () => {
  const settledWith = async (data: ManifestData, ...values: readonly Record<string, unknown>[]): Promise<Whose> => {
    const mine = whose();
    await room.prepare(mine, data);
    await room.manager.settle(mine);
    for (const each of values) await insert(mine, each);
    return mine;
  };
  const preview = (mine: Whose, data: ManifestData | undefined) => room.manager.preview({ ...at(mine, '2.0.0'), from: '1.0.0', data });
  const unique: ManifestData = { version: 2, collections: { note: { ...note, indexes: [{ fields: ['title'], unique: true }] } } };
  const pointing: ManifestData = {
    version: 2,
    collections: {
      note: { ...note, fields: { ...note.fields, of: { type: 'uuid', references: 'folder' } } },
      folder: { description: 'x', fields: { name: { type: 'text' } } },
    },
  };
  const loose: ManifestData = {
    version: 1,
    collections: {
      note: { ...note, fields: { ...note.fields, of: { type: 'uuid' } } },
      folder: { description: 'x', fields: { name: { type: 'text' } } },
    },
  };

  it('tells field by field what comes, and changes nothing', async () => {
    const mine = await settledWith(one, { title: 'a', old: 'kept' });
    const before = await journal(mine);
    expect(await preview(mine, two)).toEqual({
      changes: [
        { act: 'add', collection: 'note', field: 'done', detail: 'a boolean' },
        { act: 'drop', collection: 'note', field: 'old', detail: 'the field and its values' },
        { act: 'rename', collection: 'note', field: 'headline', detail: 'it was title' },
      ],
      problems: [],
      trial: 'passed',
      rows: 1,
      bytes: expect.any(Number),
    });
    expect([await columns(mine), await journal(mine), await rows(mine)]).toEqual([
      ['c1', 'c2', 'c3'],
      before,
      [{ title: 'a', size: 1, old: 'kept' }],
    ]);
  });

  it('says beforehand which rows break a rule: what they share, or point to, never their values', async () => {
    const twice = await settledWith(one, { title: 'canary' }, { title: 'canary' });
    const shared = await preview(twice, unique);
    expect(shared).toMatchObject({
      trial: 'broken',
      problems: [{ code: 'DATA_MIGRATION_FAILED', pointer: '/data/collections/note', reason: 'rows of note share a value of title' }],
    });
    expect(JSON.stringify(shared)).not.toContain('canary');
    const lost = await settledWith(loose, { title: 'a', of: '00000000-0000-7000-8000-0000000000ff' });
    expect(await preview(lost, pointing)).toMatchObject({
      trial: 'broken',
      problems: [{ code: 'DATA_MIGRATION_FAILED', reason: 'rows of note point by of to no row' }],
    });
    expect(await preview(await settledWith(one, { title: 'a' }, { title: 'b' }), unique)).toMatchObject({ trial: 'passed', problems: [] });
  });

  it('tries nothing where there is nothing to try, and names what the manifest alone makes impossible', async () => {
    const mine = await settledWith(one, { title: 'a' });
    const narrow: ManifestData = { version: 2, collections: { note: { ...note, fields: { ...note.fields, title: { type: 'integer' } } } } };
    expect(await preview(mine, narrow)).toMatchObject({
      trial: 'not-needed',
      changes: [],
      problems: [{ code: 'DATA_LAYOUT_NARROWS', pointer: '/data/collections/note/fields/title/type' }],
    });
    expect(await preview(await settledWith(one), unique)).toMatchObject({ trial: 'not-needed', problems: [], rows: 0 });
    expect(await preview(whose(), one)).toMatchObject({ trial: 'not-needed', changes: [{ act: 'create', collection: 'note' }] });
    expect(await preview(whose(), undefined)).toBeNull();
  });

  it('makes no call wait, leaves no schema behind, and gives way to a change of the tables', async () => {
    const mine = await settledWith(one, { title: 'a' }, { title: 'b' });
    const known = await database.system.query('select nspname from pg_namespace order by 1');
    const busy = await database.system.transaction(async (client) => {
      await client.query(`select pg_advisory_xact_lock(hashtextextended($1, 0))`, [`kari tables ${mine.tenant} ${mine.extension}`]);
      return preview(mine, unique);
    });
    expect(busy?.trial).toBe('busy');
    // A call that holds its rows, as one under way does, is neither waited for nor held up.
    const free = await database.system.transaction(async (client) => {
      await client.query(`update ${schemaOf(mine)}.t1 set bytes = bytes`);
      return preview(mine, unique);
    });
    expect(free?.trial).toBe('passed');
    expect(await database.system.query('select nspname from pg_namespace order by 1')).toEqual(known);
  });

  it('tries no more rows than can be copied in a moment', async () => {
    const mine = await settledWith(one, { title: 'a' });
    await database.system.query('update data.table_usage set rows = 100001 where tenant = $1 and extension = $2', [
      mine.tenant,
      mine.extension,
    ]);
    expect(await preview(mine, unique)).toMatchObject({ trial: 'too-large', rows: 100_001, problems: [] });
  });

  it('of what is there tells a removal what it keeps', async () => {
    const mine = await settledWith(one, { title: 'a' }, { title: 'b' });
    expect(await room.manager.held(mine)).toEqual({ rows: 2, bytes: expect.any(Number) });
    expect(await room.manager.held(whose())).toBeNull();
  });
});

describe('a removal', () => {
  it('in the middle of an upgrade leaves the tables of the version that served, and a later install finds them', async () => {
    const { mine, next } = await upgraded();
    await room.manager.abandon(mine, new Date(systemClock.now() + 60_000).toISOString());
    expect(await code(room.ask(next, 'find', { collection: 'note' }))).toBe('DATA_TABLES_MISSING');
    expect(await columns(mine)).toEqual(['c1', 'c2', 'c3']);
    await room.prepare(mine, one);
    expect(await rows(mine)).toEqual([{ title: 'a', size: 1, old: 'kept' }]);
  });

  it('that is heard of late takes nothing from an install that has begun since', async () => {
    const mine = whose();
    await room.prepare(mine, one);
    await room.manager.abandon(mine, '2020-01-01T00:00:00.000Z');
    expect(await rows(mine)).toEqual([]);
  });

  it('that is not heard of yet is waited for by the install of another version', async () => {
    const { next } = await upgraded();
    const waiting = room.prepare(at(next, '2.1.0'), two);
    await room.manager.abandon(next, new Date(systemClock.now() + 60_000).toISOString());
    await waiting;
    expect(await rows(at(next, '2.1.0'))).toEqual([{ headline: 'a', size: 1, done: false }]);
  });
});

describe('what is left', () => {
  it('of a deleted tenant is nothing; the other tenant keeps its own', async () => {
    const mine = whose(A);
    const other = { ...mine, tenant: newTenant() };
    for (const whosever of [mine, other]) {
      await room.prepare(whosever, one);
      await insert(whosever, { title: 'a' });
    }
    await room.manager.forgetTenant(other.tenant);
    expect(await schemas(other)).toEqual([]);
    expect(await journal(other)).toEqual([]);
    expect(await database.system.query('select 1 from data.table_usage where tenant = $1', [other.tenant])).toEqual([]);
    expect(await rows(mine)).toHaveLength(1);
  });

  it('of a deleted tenant comes back by no install that was under way', async () => {
    const installs = Array.from({ length: 8 }, () => whose(newTenant()));
    await Promise.all(
      installs.flatMap((mine) => [
        room.prepare(mine, one).catch((error: unknown) => {
          if (!(error instanceof Rejection)) throw error;
        }),
        room.manager.forgetTenant(mine.tenant),
      ]),
    );
    expect(await Promise.all(installs.map(schemas))).toEqual(installs.map(() => []));
    expect(await Promise.all(installs.map(journal))).toEqual(installs.map(() => []));
    for (const mine of installs) expect(await code(room.prepare(mine, one))).toBe('TENANCY_TENANT_DELETED');
    expect(await Promise.all(installs.map(schemas))).toEqual(installs.map(() => []));
  });

  it('behind the two doors of the database is nothing but such schemas', async () => {
    for (const name of ['data', 'x_', 'public', `x_${'0'.repeat(20)}; drop schema data`, `x_${'G'.repeat(20)}`]) {
      await expect(database.system.query('select data.make_table_space($1)', [name])).rejects.toThrow(/not the name/);
      await expect(database.system.query('select data.drop_table_space($1)', [name])).rejects.toThrow(/not the name/);
    }
    const tenant = database.rows.transaction({ tenant: A, user: null, timeoutMs: 1_000 }, (client) =>
      client.query(`select data.drop_table_space('x_${'0'.repeat(20)}')`),
    );
    await expect(tenant).rejects.toThrow(/permission denied/);
  });
});

/** A database whose client dies once a step is stored: as a process that is killed right then. */
function killedAfterEachStep(stop: AbortController): TestDatabase['system'] {
  let transactions = 0;
  return {
    ...database.system,
    transaction: async (work, options) => {
      const result = await database.system.transaction(work, options);
      transactions += 1;
      if (transactions === 2) stop.abort(new Error('killed'));
      return result;
    },
  };
}
