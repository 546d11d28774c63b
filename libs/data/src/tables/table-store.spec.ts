import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Rejection } from '@kari/kernel';
import { testDatabase, type TestDatabase } from '@kari/platform/database/testing';
import type { ManifestData } from '@kari/protocol/manifest';
import { tablesSuite } from '../../../../test/ports/tables.suite.js';
import { A, B } from '../testing/data-room.js';
import { tableRoom, type TableRoom, type Whose } from '../testing/table-room.js';
import { schemaOf } from './schema-name.js';
import { tablesCapability } from './tables.capability.js';
import { tablesMigrations } from './tables.migrations.js';

let database: TestDatabase;
let room: TableRoom;
const open = async () => {
  database = await testDatabase({ migrations: [{ context: 'data', migrations: tablesMigrations }] });
  room = tableRoom(database);
};

let made = 0;
const whose = (tenant = A): Whose => ({ tenant, extension: `acme.t${(made += 1)}`, version: '1.0.0' });
const code = (attempt: Promise<unknown>): Promise<unknown> =>
  attempt.then(
    () => 'done',
    (error: unknown) => (error instanceof Rejection ? error.code : error),
  );

tablesSuite('PostgreSQL', async () => {
  await open();
  return {
    open: async (data, bytes) => {
      const mine = whose();
      await room.prepare(mine, data);
      return { ask: (operation, request, user) => room.ask(mine, operation, request, user, bytes) };
    },
    end: () => database.drop(),
  };
});

const data: ManifestData = {
  version: 1,
  collections: {
    note: { description: 'x', rows: 20, fields: { word: { type: 'text', maxLength: 100 }, secret: { type: 'text', encrypted: true } } },
    mine: { description: 'x', scope: 'user', fields: { word: { type: 'text', maxLength: 100 } } },
  },
};

describe('tables in the database', () => {
  beforeAll(open);
  afterAll(() => database.drop());

  const insert = (mine: Whose, collection: string, word: string, user: string | null = 'u') =>
    room.ask(mine, 'write', { writes: [{ collection, insert: { word } }] }, user);
  const counted = async (mine: Whose) => {
    const rows = await database.system.query<{ rows: string; bytes: string }>(
      'select sum(rows) as rows, sum(bytes) as bytes from data.table_usage where tenant = $1 and extension = $2',
      [mine.tenant, mine.extension],
    );
    return { rows: Number(rows[0]?.rows), bytes: Number(rows[0]?.bytes) };
  };
  const there = async (mine: Whose, table = 't1') => {
    const [row] = await database.system.query<{ rows: string; bytes: string }>(
      `select count(*) as rows, coalesce(sum(bytes), 0) as bytes from ${schemaOf(mine)}.${table}`,
    );
    return { rows: Number(row?.rows), bytes: Number(row?.bytes) };
  };

  it('Z-02 are a schema for each tenant and extension: neither the other tenant nor the other extension finds a row', async () => {
    const mine = whose();
    const stranger = { ...mine, tenant: B };
    const neighbour = whose();
    for (const one of [mine, stranger, neighbour]) await room.prepare(one, data);
    await insert(mine, 'note', 'canary of A');
    for (const other of [stranger, neighbour])
      expect(await room.ask(other, 'find', { collection: 'note' })).toEqual({ rows: [], next: null });
    expect(new Set([mine, stranger, neighbour].map(schemaOf)).size).toBe(3);
    expect(await room.ask(mine, 'count', { collection: 'note' })).toEqual({ count: 1 });
  });

  it('Z-02 show nothing, and take nothing, with the schema of another tenant in hand: the second wall', async () => {
    const mine = whose();
    await room.prepare(mine, data);
    await insert(mine, 'note', 'canary of A');
    await insert(mine, 'mine', 'canary of u');
    const schema = schemaOf(mine);
    const as = <T>(tenant: string, user: string | null, sql: string) =>
      database.rows.transaction({ tenant, user, timeoutMs: 1_000 }, async (client) => (await client.query(sql)).rows as T[]);
    const row = `(id, tenant, version, bytes, created_at, updated_at, owner) values (gen_random_uuid(), '${A}', 1, 1, now(), now(), 'u')`;
    expect(await as(A, null, `select 1 from ${schema}.t1`)).toHaveLength(1);
    expect(await as(B, null, `select 1 from ${schema}.t1`)).toEqual([]);
    expect(await as(B, null, `update ${schema}.t1 set c1 = 'x' returning 1`)).toEqual([]);
    expect(await as(B, null, `delete from ${schema}.t1 returning 1`)).toEqual([]);
    await expect(as(B, null, `insert into ${schema}.t1 ${row}`)).rejects.toThrow(/row-level security/);
    expect(await as(A, 'u', `select 1 from ${schema}.t2`)).toHaveLength(1);
    expect(await as(A, 'v', `select 1 from ${schema}.t2`)).toEqual([]);
    expect(await as(A, null, `select 1 from ${schema}.t2`)).toEqual([]);
    await expect(as(A, 'v', `insert into ${schema}.t2 ${row}`)).rejects.toThrow(/row-level security/);
    const everyone = await database.read.readAsPlatform((manager) => manager.query<unknown[]>(`select 1 from ${schema}.t1`));
    expect(everyone).toEqual([]);
    await expect(as(A, null, `create table ${schema}.t9 (a int)`)).rejects.toThrow(/permission denied/);
    const forced = await database.system.query(
      'select bool_and(relrowsecurity and relforcerowsecurity) as all from pg_class where relnamespace = $1::regnamespace and relkind = $2',
      [schema, 'r'],
    );
    expect(forced).toEqual([{ all: true }]);
  });

  it('seal what is encrypted: the database never holds it, and nobody moves it to another row', async () => {
    const mine = whose();
    await room.prepare(mine, data);
    const write = (word: string) =>
      room.ask(mine, 'write', { writes: [{ collection: 'note', insert: { word, secret: `canary ${word}` } }] });
    const [first, second] = [(await write('one')) as { outcomes: [{ id: string }] }, await write('two')];
    expect(second).toBeDefined();
    const held = await database.system.query(`select c2 from ${schemaOf(mine)}.t1`);
    expect(JSON.stringify(held)).not.toContain('canary');
    const { id } = first.outcomes[0];
    expect(await room.ask(mine, 'get', { collection: 'note', id })).toMatchObject({ row: { secret: 'canary one' } });
    await database.system.query(`update ${schemaOf(mine)}.t1 set c2 = (select c2 from ${schemaOf(mine)}.t1 where id <> $1) where id = $1`, [
      id,
    ]);
    await expect(room.ask(mine, 'get', { collection: 'note', id })).rejects.toThrow();
  });

  it('never exceed their rows together, and count what is there', async () => {
    const mine = whose();
    await room.prepare(mine, data);
    const outcomes = await Promise.all(Array.from({ length: 30 }, (_, index) => code(insert(mine, 'note', `w${index}`))));
    expect(outcomes.filter((outcome) => outcome === 'done')).toHaveLength(20);
    expect(outcomes.filter((outcome) => outcome === 'DATA_TABLES_QUOTA')).toHaveLength(10);
    expect(await counted(mine)).toEqual(await there(mine));
    const { rows } = (await room.ask(mine, 'find', { collection: 'note' })) as { rows: { id: string; version: number }[] };
    await Promise.all(
      rows.flatMap(({ id }, index) => [
        code(room.ask(mine, 'write', { writes: [{ collection: 'note', update: id, set: { word: 'x'.repeat(index) } }] })),
        ...(index % 2 === 0 ? [code(room.ask(mine, 'write', { writes: [{ collection: 'note', delete: id }] }))] : []),
      ]),
    );
    expect((await there(mine)).rows).toBe(10);
    expect(await counted(mine)).toEqual(await there(mine));
  });

  it('let one of many writers of the same version win', async () => {
    const mine = whose();
    await room.prepare(mine, data);
    const { outcomes } = (await insert(mine, 'note', 'a')) as { outcomes: [{ id: string }] };
    const writes = [{ collection: 'note', update: outcomes[0].id, set: { word: 'b' }, version: 1 }];
    const raced = await Promise.all(Array.from({ length: 8 }, () => code(room.ask(mine, 'write', { writes }))));
    expect(raced.filter((outcome) => outcome === 'done')).toHaveLength(1);
    expect(raced.filter((outcome) => outcome === 'DATA_ROW_CONFLICT')).toHaveLength(7);
  });

  it('say that there are none for a version that was never prepared', async () => {
    const mine = whose();
    expect(await code(room.ask(mine, 'find', { collection: 'note' }))).toBe('DATA_TABLES_MISSING');
    await room.prepare(mine, data);
    expect(await code(room.ask({ ...mine, version: '2.0.0' }, 'find', { collection: 'note' }))).toBe('DATA_TABLES_MISSING');
  });

  it('end a statement that takes too long', async () => {
    const mine = whose();
    await room.prepare(mine, data);
    await insert(mine, 'note', 'a');
    const slow = database.rows.transaction({ tenant: A, user: null, timeoutMs: 20 }, (client) => client.query('select pg_sleep(10)'));
    await expect(slow).rejects.toMatchObject({ code: '57014' });
  });
});

describe('the capability data', () => {
  const operations = tablesCapability(null as never).operations;
  const verdict = (operation: string, request: unknown, ...scopes: Record<string, unknown>[]) =>
    operations.find(({ name }) => name === operation)!.allows(scopes, request).allowed;
  const read = { collection: 'note', access: 'read' };
  const write = { collection: 'note', access: 'write' };

  it('is closed without a grant for that collection', () => {
    for (const { name } of operations) {
      const request = name === 'write' ? { writes: [{ collection: 'note', delete: 'x' }] } : { collection: 'note' };
      expect(verdict(name, request)).toBe(false);
      expect(verdict(name, request, { collection: 'other', access: 'write' })).toBe(false);
      expect(verdict(name, request, write)).toBe(true);
      expect(verdict(name, request, read)).toBe(name !== 'write');
    }
  });

  it('is closed for a whole write when one of its collections is', () => {
    expect(
      verdict(
        'write',
        {
          writes: [
            { collection: 'note', delete: 'x' },
            { collection: 'other', delete: 'x' },
          ],
        },
        write,
      ),
    ).toBe(false);
  });
});
