import { Client, type Pool } from 'pg';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Unavailable } from '@kari/kernel';
import type { MigrationSet } from '../registry/index.js';
import { MigrationRefused, openReadDatabase, openSystemDatabase, prepareDatabase, protect } from './index.js';
import { testDatabase, type TestDatabase } from './testing/index.js';

const A = '00000000-0000-7000-8000-00000000000a';
const B = '00000000-0000-7000-8000-00000000000b';

const notes: MigrationSet = {
  context: 'notes',
  migrations: [
    { name: '0001-note', sql: `create table notes.note (id text primary key, tenant text not null); ${protect('notes.note', 'tenant')}` },
    { name: '0002-kind', sql: `create table notes.kind (id text primary key); ${protect('notes.kind', null)}` },
    { name: '0003-secret', sql: `create table notes.secret (id bigserial primary key, value text)` },
    { name: '0004-count', sql: `create function notes.count_all() returns bigint language sql as 'select count(*) from notes.note'` },
  ],
};

const opened: TestDatabase[] = [];
async function fresh(migrations: readonly MigrationSet[] = [notes]): Promise<TestDatabase> {
  const database = await testDatabase({ migrations });
  opened.push(database);
  return database;
}
afterEach(async () => {
  for (const database of opened.splice(0)) await database.drop();
});

async function seeded(): Promise<TestDatabase> {
  const database = await fresh();
  await database.system.query(`insert into notes.note (id, tenant) values ('a1', $1), ('a2', $1), ('b1', $2), ('p1', '_')`, [A, B]);
  await database.system.query(`insert into notes.kind (id) values ('k1')`);
  return database;
}

describe('reads on behalf of a caller (Z-02)', () => {
  let ids: (rows: unknown) => string[];
  beforeAll(() => {
    ids = (rows) => (rows as { id: string }[]).map((row) => row.id).sort();
  });
  const everything = 'select id from notes.note';

  it('see the rows of their tenant alone, with no condition of their own', async () => {
    const { read } = await seeded();
    expect(ids(await read.readAs(A, (manager) => manager.query(everything)))).toEqual(['a1', 'a2']);
    expect(ids(await read.readAs(B, (manager) => manager.query(everything)))).toEqual(['b1']);
    expect(ids(await read.readAs(B, (manager) => manager.query(`${everything} where tenant = $1`, [A])))).toEqual([]);
    expect(ids(await read.readAs('_', (manager) => manager.query(everything)))).toEqual(['p1']);
    expect(ids(await read.readAsPlatform((manager) => manager.query(everything)))).toEqual(['a1', 'a2', 'b1', 'p1']);
  });

  it('see rows of the platform only as the platform', async () => {
    const { read } = await seeded();
    const kinds = 'select id from notes.kind';
    expect(ids(await read.readAs(A, (manager) => manager.query(kinds)))).toEqual([]);
    expect(ids(await read.readAs('_', (manager) => manager.query(kinds)))).toEqual(['k1']);
  });

  it('see nothing without a tenant, before, between and after reads on the same connection', async () => {
    const { read, tenantUrl } = await seeded();
    for (const wrong of ['', A.toUpperCase(), `${A},${B}`, "' or true --"]) {
      await expect(read.readAs(wrong, (manager) => manager.query(everything))).rejects.toThrow(TypeError);
    }
    const client = new Client({ connectionString: tenantUrl });
    await client.connect();
    const count = async () => (await client.query(everything)).rowCount;
    expect(await count()).toBe(0);
    await client.query('begin');
    await client.query(`select set_config('kari.tenant', $1, true)`, [A]);
    expect(await count()).toBe(2);
    await client.query('commit');
    expect(await count()).toBe(0);
    await client.end();
  });

  it('leave nothing of one read to the next on the same connection', async () => {
    const { tenantUrl } = await seeded();
    const narrow = openReadDatabase(tenantUrl, { entities: [], max: 1 });
    try {
      expect(ids(await narrow.readAsPlatform((manager) => manager.query(everything)))).toHaveLength(4);
      expect(ids(await narrow.readAs(A, (manager) => manager.query(everything)))).toEqual(['a1', 'a2']);
    } finally {
      await narrow.close();
    }
  });

  it.each([
    ['a uuid that is none', 'select $1::uuid', ['025']],
    ['a number out of range', 'select $1::int', ['99999999999']],
    ['a NUL', 'select $1::text', ['a\u0000b']],
    ['a NUL inside JSON', 'select $1::jsonb', [JSON.stringify(['\u0000'])]],
    ['a moment that is none', 'select $1::timestamptz', ['soon']],
  ])('refuse %s as a value of the caller, and work on', async (_name, sql, values) => {
    const { read } = await seeded();
    await expect(read.readAs('_', (manager) => manager.query(sql, values))).rejects.toMatchObject({
      code: 'REQUEST_INVALID',
    });
    expect(await read.readAs('_', (manager) => manager.query('select 1 as one'))).toEqual([{ one: 1 }]);
  });

  it('change nothing, and reach no table that was not opened to them', async () => {
    const { read } = await seeded();
    for (const sql of [
      `insert into notes.note values ('x', '${A}')`,
      `update notes.note set id = 'x'`,
      'delete from notes.note',
      'select * from notes.secret',
      'select * from kari.migration',
      'select notes.count_all()',
      'create temporary table t (id int)',
      'create table notes.t (id int)',
      'set local role kari_system',
    ]) {
      await expect(read.readAs(A, (manager) => manager.query(sql))).rejects.toThrow(/permission denied/);
    }
  });

  it('holds for the owner of the tables too: row-level security is forced', async () => {
    const { system } = await seeded();
    const tables = await system.query(
      `select relname, relrowsecurity, relforcerowsecurity from pg_class where relname in ('note', 'kind') order by 1`,
    );
    expect(tables).toEqual(['kind', 'note'].map((relname) => ({ relname, relrowsecurity: true, relforcerowsecurity: true })));
  });
});

describe('the system role', () => {
  it('works on every tenant even where a managed server refuses BYPASSRLS', async () => {
    const { ownerUrl, system } = await seeded();
    const owner = new Client({ connectionString: ownerUrl });
    await owner.connect();
    try {
      await owner.query('begin; alter role kari_system nobypassrls');
      await owner.query('set local role kari_system');
      expect((await owner.query('select id from notes.note')).rowCount).toBe(4);
      expect((await owner.query(`update notes.note set id = id || '!' returning id`)).rowCount).toBe(4);
    } finally {
      await owner.query('rollback');
      await owner.end();
    }
    expect(await system.query(`select rolbypassrls from pg_roles where rolname = current_user`)).toEqual([{ rolbypassrls: true }]);
  });

  it('commits whole transactions, rolls back failed ones, and keeps the connection', async () => {
    const { system } = await fresh();
    await system.transaction((client) => client.query(`insert into notes.kind values ('kept')`));
    await expect(
      system.transaction(async (client) => {
        await client.query(`insert into notes.kind values ('lost')`);
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(await system.query('select id from notes.kind')).toEqual([{ id: 'kept' }]);
  });

  it('says Unavailable when the database is out of reach, and recovers by itself', async () => {
    const { system, ownerUrl } = await fresh();
    const nowhere = openSystemDatabase('postgresql://kari_system:x@127.0.0.1:1/kari');
    await expect(nowhere.query('select 1')).rejects.toBeInstanceOf(Unavailable);
    await expect(nowhere.transaction((client) => client.query('select 1'))).rejects.toMatchObject({ retryable: true });
    await nowhere.close();

    const owner = new Client({ connectionString: ownerUrl });
    await owner.connect();
    const cut = `select pg_terminate_backend(pid) from pg_stat_activity where usename = 'kari_system' and datname = current_database()`;
    await expect(
      system.transaction(async (client) => {
        await client.query('select 1');
        await owner.query(cut);
        await client.query('select 2');
      }),
    ).rejects.toBeInstanceOf(Unavailable);
    expect(await system.query('select 1 as one')).toEqual([{ one: 1 }]);
    await owner.end();
  });

  it('says Unavailable to a reader whose connection is lost under it, and hears of every loss', async () => {
    const { read, ownerUrl } = await fresh();
    const owner = new Client({ connectionString: ownerUrl });
    await owner.connect();
    const cut = `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'kari reads' and datname = current_database()`;
    await expect(
      read.readAs('_', async (manager) => {
        const { databaseConnection } = manager.queryRunner as unknown as { databaseConnection: Client };
        const lost = new Promise((heard) => databaseConnection.once('end', heard));
        // In the hands of nobody who listens yet: an error that nobody hears would end the process.
        const { master } = manager.connection.driver as unknown as { master: Pool };
        const opened = await master.connect();
        expect(() => opened.emit('error', new Error('terminating connection'))).not.toThrow();
        opened.release(true);
        await owner.query(cut);
        await lost;
        return manager.query('select 1');
      }),
    ).rejects.toBeInstanceOf(Unavailable);
    expect(await read.readAs('_', (manager) => manager.query('select 1 as one'))).toEqual([{ one: 1 }]);
    await owner.end();
  });
});

describe('migrations', () => {
  it('are applied once, in order of their names, by any number of starters at a time', async () => {
    const { ownerUrl, system } = await fresh([]);
    const set: MigrationSet = {
      context: 'things',
      migrations: [
        { name: '0002-b', sql: 'alter table things.a add b int' },
        { name: '0001-a', sql: 'create table things.a (a int)' },
      ],
    };
    const starters = await Promise.all(Array.from({ length: 6 }, () => prepareDatabase({ ownerUrl, migrations: [set], schemas: [] })));
    expect(starters.map(({ applied }) => applied.length).sort()).toEqual([0, 0, 0, 0, 0, 2]);
    expect(await system.query('select name from kari.migration order by applied_at')).toEqual([{ name: '0001-a' }, { name: '0002-b' }]);
  });

  it('refuse a text that was changed after it had been applied', async () => {
    const { ownerUrl } = await fresh();
    const [first, ...rest] = notes.migrations;
    const changed = { context: 'notes', migrations: [{ name: '0001-note', sql: `${first?.sql} select 1;` }, ...rest] };
    const attempt = prepareDatabase({ ownerUrl, migrations: [changed], schemas: [] });
    await expect(attempt).rejects.toThrow('Migration notes/0001-note was changed after it had been applied');
    const turned = notes.migrations.map((migration) => ({ ...migration, sql: migration.sql.replaceAll('\n', '\r\n') }));
    await expect(prepareDatabase({ ownerUrl, migrations: [{ context: 'notes', migrations: turned }], schemas: [] })).resolves.toMatchObject(
      { applied: [] },
    );
  });

  it('refuse one that slips in before an applied one, and names that say no order', async () => {
    const { ownerUrl } = await fresh();
    const late = { context: 'notes', migrations: [{ name: '0002-also', sql: 'select 1' }] };
    await expect(prepareDatabase({ ownerUrl, migrations: [late], schemas: [] })).rejects.toThrow('comes before 0004-count');
    for (const name of ['1-short', '0001 spaced', 'none']) {
      const set = { context: 'notes', migrations: [{ name, sql: '' }] };
      await expect(prepareDatabase({ ownerUrl, migrations: [set], schemas: [] })).rejects.toBeInstanceOf(MigrationRefused);
    }
  });

  it('leave nothing behind when one fails, and go on from there when it is mended', async () => {
    const { ownerUrl, system } = await fresh([]);
    const set = (second: string): MigrationSet => ({
      context: 'x',
      migrations: [
        { name: '0001-a', sql: 'create table x.a ()' },
        { name: '0002-b', sql: second },
      ],
    });
    const broken = set('create table x.b (); select nothing from nowhere');
    await expect(prepareDatabase({ ownerUrl, migrations: [broken], schemas: [] })).rejects.toThrow(
      /x\/0002-b failed and left nothing behind: .*nowhere/,
    );
    expect(await system.query(`select relname from pg_class where relnamespace = 'x'::regnamespace`)).toEqual([{ relname: 'a' }]);
    await expect(prepareDatabase({ ownerUrl, migrations: [set('create table x.b ()')], schemas: [] })).resolves.toMatchObject({
      applied: ['x/0002-b'],
    });
  });

  it('tolerate those of a newer release, so that a downgrade by one runs', async () => {
    const { ownerUrl } = await fresh();
    const older = { context: 'notes', migrations: notes.migrations.slice(0, 2) };
    await expect(prepareDatabase({ ownerUrl, migrations: [older], schemas: [] })).resolves.toMatchObject({ applied: [] });
  });
});
