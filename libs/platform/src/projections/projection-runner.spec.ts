import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Unavailable, type EventStore, type NewEvent } from '@kari/kernel';
import { MemoryEventStore } from '@kari/kernel/testing';
import { testDatabase, type TestDatabase } from '../database/testing/index.js';
import { leaseMigrations, PostgresLeases } from '../leases/index.js';
import { systemClock, systemIds, systemTimers } from '../time/index.js';
import { projectionMigrations, ProjectionNotices, ProjectionRunner, type ProjectionNotice } from './index.js';
import { A, B, bookProjection, bookStream, fact, note } from './testing/notes.js';

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined, child: () => silent };

let database: TestDatabase;
let store: MemoryEventStore;
let running: { runner: ProjectionRunner; leases: PostgresLeases }[];

beforeAll(async () => {
  database = await testDatabase({ migrations: [leaseMigrations, projectionMigrations], schemas: ['notes'] });
});
afterAll(() => database.drop());
beforeEach(() => {
  store = new MemoryEventStore();
  running = [];
});
afterEach(async () => {
  for (const { runner, leases } of running) {
    await runner.stop();
    await leases.stop();
  }
  await database.system.query('truncate leases.lease, projections.view cascade');
  await database.system.query('drop table if exists notes.book, notes.book_v2, notes.book_old');
});

async function run(
  projection = bookProjection(),
  log: EventStore = store,
  notices = new ProjectionNotices(),
  system = database.system,
): Promise<ProjectionRunner> {
  const leases = new PostgresLeases({ database: database.system, clock: systemClock, timers: systemTimers, ids: systemIds });
  const parts = { store: log, database: system, leases, clock: systemClock, timers: systemTimers, logger: silent, notices };
  const runner = new ProjectionRunner(parts, [projection]);
  running.push({ runner, leases });
  await runner.start();
  return runner;
}

async function stop(runner: ProjectionRunner): Promise<void> {
  const found = running.find((entry) => entry.runner === runner);
  await found?.runner.stop();
  await found?.leases.stop();
}

async function write(book: string, ...events: NewEvent[]): Promise<string> {
  const [result] = await store.append([{ stream: bookStream(book, events[0]?.meta.tenant), expected: 'any', events }]);
  if (result?.ok !== true) throw result?.error ?? new Error('nothing appended');
  return result.position;
}

async function books(tenant = A): Promise<unknown> {
  return database.read.readAs(tenant, (manager) => manager.query('select book, notes, total from notes.book order by book'));
}

describe('the projection runner', () => {
  it('keeps a view that answers after waitFor, and only to its tenant (Z-02)', async () => {
    const runner = await run();
    await write('x', note('x', 1), note('x', 2));
    const position = await write('y', note('y', 5, B));
    await runner.waitFor('notes.book', position);
    expect([await books(A), await books(B), await books('_')]).toEqual([
      [{ book: 'x', notes: 2, total: '3' }],
      [{ book: 'y', notes: 1, total: '5' }],
      [],
    ]);
  });

  it('tells of changes once they can be read', async () => {
    const notices = new ProjectionNotices();
    const told: ProjectionNotice[] = [];
    notices.listen((notice) => told.push(notice));
    const runner = await run(bookProjection(), store, notices);
    const position = await write('x', note('x', 1));
    await runner.waitFor('notes.book', position);
    expect(told.find((notice) => notice.keys.length > 0)).toEqual({ projection: 'notes.book', position, keys: [[A, 'x']] });
  });

  it('goes on where it stopped, and folds nothing twice', async () => {
    const first = await run();
    await first.waitFor('notes.book', await write('x', note('x', 1)));
    await stop(first);
    const position = await write('x', note('x', 2));
    const second = await run();
    await second.waitFor('notes.book', position);
    expect(await books()).toEqual([{ book: 'x', notes: 2, total: '3' }]);
  });

  it('moves past events that are none of its business', async () => {
    const runner = await run();
    const position = await write('x', fact('SomethingElse', {}), fact('BookBurned', { book: '' }));
    await runner.waitFor('notes.book', position);
    expect((await runner.statuses())[0]).toMatchObject({ behind: 0, state: 'live', here: true });
  });

  it('says Unavailable when a view does not come that far in time, takes nothing that is no position, and knows no view of another name', async () => {
    const runner = await run();
    await expect(runner.waitFor('notes.book', '999', 50)).rejects.toBeInstanceOf(Unavailable);
    for (const none of ['', 'abc', '-1', '1.5', '0x1', ' 1', '1\n', '9'.repeat(20)])
      await expect(runner.waitFor('notes.book', none)).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
    await expect(runner.waitFor('notes.nothing', '0')).rejects.toMatchObject({ code: 'REQUEST_NOT_FOUND' });
  });

  it('shares its views with other processes: one keeps, all can wait, the next takes over', async () => {
    const first = await run();
    await first.waitFor('notes.book', await write('x', note('x', 1)));
    const second = await run();
    await second.waitFor('notes.book', await write('x', note('x', 2)));
    expect([(await first.statuses())[0]?.here, (await second.statuses())[0]?.here]).toEqual([true, false]);
    await stop(first);
    await second.waitFor('notes.book', await write('x', note('x', 3)));
    expect([(await second.statuses())[0]?.here, await books()]).toEqual([true, [{ book: 'x', notes: 3, total: '6' }]]);
  });

  it('does nothing more once another process has its lease, however late it wakes (D-15)', async () => {
    const first = await run();
    await first.waitFor('notes.book', await write('x', note('x', 1)));
    await database.system.query('update leases.lease set fence = fence + 1, holder = $1', ['another']);
    await write('x', note('x', 2));
    while ((await first.statuses())[0]?.here === true) await systemTimers.sleep(5);
    expect(await books()).toEqual([{ book: 'x', notes: 1, total: '1' }]);
  });
});

describe('a batch', () => {
  /** What the views ask of the database; `spoil` may change the answer. */
  function watched(spoil: (name: string, answer: unknown) => unknown = (_name, answer) => answer) {
    const asked: string[] = [];
    const { pool } = database.system;
    const query = async (given: string | { readonly name?: string; readonly text: string }, values?: unknown[]): Promise<unknown> => {
      const name = typeof given === 'string' ? given.slice(0, 20) : (given.name ?? given.text).split(' ')[0]!;
      asked.push(name);
      return spoil(name, await pool.query(given as string, values));
    };
    const system: TestDatabase['system'] = {
      ...database.system,
      transaction: (...given) => {
        asked.push('transaction');
        return database.system.transaction(...given);
      },
      pool: Object.create(pool, { query: { value: query } }) as typeof pool,
    };
    return { asked, system };
  }

  it('of rows alone is one read and one write', async () => {
    const { asked, system } = watched();
    const runner = await run(bookProjection(), store, new ProjectionNotices(), system);
    await runner.waitFor('notes.book', await write('x', note('x', 1), note('x', 2)));
    asked.length = 0;
    await runner.waitFor('notes.book', await write('x', note('x', 3), note('x', 4)));
    expect(asked.filter((name) => name !== 'select')).toEqual(['load', 'fenced']);
    expect(await books()).toEqual([{ book: 'x', notes: 4, total: '10' }]);
  });

  it('is folded once, though the answer to its write is lost on the way', async () => {
    let lost = 0;
    const { system } = watched((name, answer) => {
      if (name !== 'fenced' || lost === 2) return answer;
      lost += 1;
      throw Object.assign(new Error('the connection broke'), { code: 'ECONNRESET' });
    });
    const runner = await run(bookProjection(), store, new ProjectionNotices(), system);
    const position = await write('x', note('x', 1), note('x', 2));
    await runner.waitFor('notes.book', position);
    expect([lost, await books()]).toEqual([2, [{ book: 'x', notes: 2, total: '3' }]]);
    await runner.waitFor('notes.book', await write('x', note('x', 3)));
    expect(await books()).toEqual([{ book: 'x', notes: 3, total: '6' }]);
  });

  it('takes rows away and writes others at once', async () => {
    const { asked, system } = watched();
    const runner = await run(bookProjection(), store, new ProjectionNotices(), system);
    await runner.waitFor('notes.book', await write('x', note('x', 1), note('y', 2, B)));
    asked.length = 0;
    await runner.waitFor('notes.book', await write('x', fact('BookBurned', { book: 'x' }), note('z', 5)));
    expect([await books(), await books(B)]).toEqual([[{ book: 'z', notes: 1, total: '5' }], [{ book: 'y', notes: 1, total: '2' }]]);
    expect(asked.filter((name) => name !== 'select')).toEqual(['load', 'fenced-removing']);
  });

  it('that parks a key is written whole, too', async () => {
    const { asked, system } = watched();
    const runner = await run(bookProjection(), store, new ProjectionNotices(), system);
    await runner.waitFor('notes.book', await write('x', note('x', 1), fact('Poison', { book: 'x' }), note('y', 2)));
    expect(await books()).toMatchObject([
      { book: 'x', notes: 1 },
      { book: 'y', notes: 1 },
    ]);
    expect([(await runner.parked()).length, asked.includes('transaction')]).toEqual([1, true]);
  });
});

describe('a rebuild', () => {
  it('gives the same rows beside the live ones, swaps, and keeps the old table (D-10)', async () => {
    const runner = await run();
    for (let index = 0; index < 30; index += 1) await write(`b${index % 5}`, note(`b${index % 5}`, index, index % 2 === 0 ? A : B));
    await runner.waitFor('notes.book', await store.head());
    const before = await runner.hashOf('notes.book');
    await runner.rebuild('notes.book');
    const [after, kept] = [await runner.hashOf('notes.book'), await runner.hashOf('notes.book', 'previous')];
    expect(after).toEqual(before);
    expect(kept).toEqual(before);
    await runner.waitFor('notes.book', await write('b0', note('b0', 100)));
    expect((await runner.hashOf('notes.book'))?.hash).not.toBe(before?.hash);
    expect(await books(B)).toHaveLength(5);
  });

  it('keeps row-level security on the table it swaps in (Z-02)', async () => {
    const runner = await run();
    await runner.waitFor('notes.book', await write('x', note('x', 1)));
    await runner.rebuild('notes.book');
    expect([await books(A), await books(B)]).toEqual([[{ book: 'x', notes: 1, total: '1' }], []]);
    const forced = await database.system.query(`select relforcerowsecurity as forced from pg_class where oid = 'notes.book'::regclass`);
    expect(forced).toEqual([{ forced: true }]);
  });

  it('loses nothing that is written meanwhile, and answers all the time', async () => {
    const runner = await run();
    for (let index = 0; index < 200; index += 1) await write('x', note('x', 1));
    const rebuilt = runner.rebuild('notes.book').then(() => true);
    let done = false;
    void rebuilt.then(() => (done = true));
    let last = 0;
    while (!done) {
      await write('x', note('x', 1));
      const [row] = (await books()) as [{ notes: number }?];
      expect(row?.notes ?? 0).toBeGreaterThanOrEqual(last);
      last = row?.notes ?? 0;
    }
    await runner.waitFor('notes.book', await store.head());
    expect(await books()).toMatchObject([{ notes: Number(await store.head()) }]);
  });

  it('follows from a raised version; the view before is read until then, and comes back with the release before', async () => {
    const first = await run();
    await first.waitFor('notes.book', await write('x', note('x', 1)));
    await stop(first);
    const doubled = bookProjection({
      version: 2,
      evolve: (row, event) => ({ ...bookProjection().evolve(row, event)!, notes: (row?.notes ?? 0) + 2 }),
    });
    const second = await run(doubled);
    await second.waitFor('notes.book', await write('x', note('x', 2)));
    expect(await books()).toMatchObject([{ notes: 4 }]);
    await stop(second);
    const third = await run();
    await third.waitFor('notes.book', await write('x', note('x', 3)));
    expect(await books()).toMatchObject([{ notes: 3 }]);
  });

  it('follows from a changed table, even when nobody raised the version', async () => {
    const first = await run();
    await first.waitFor('notes.book', await write('x', note('x', 1)));
    await stop(first);
    const plain = bookProjection();
    const { indexes: _, ...table } = plain.table;
    const second = await run(bookProjection({ table: { ...table, columns: { ...table.columns, total: 'text' } } }));
    await second.waitFor('notes.book', await store.head());
    expect(await books()).toEqual([{ book: 'x', notes: 1, total: '1' }]);
  });

  it('is resumed by the next worker when the first one is gone in the middle of it', async () => {
    const first = await run();
    await first.waitFor('notes.book', await write('x', note('x', 1)));
    await stop(first);
    const asked = first.rebuild('notes.book');
    const second = await run();
    await asked;
    expect((await second.statuses())[0]).toMatchObject({ state: 'live' });
  });
});

describe('poison (D-14)', () => {
  it('parks the key after some tries; other keys go on; a redrive folds everything in order', async () => {
    let digestible = false;
    const healing = bookProjection({
      evolve: (row, event) => (event.type === 'Poison' && digestible ? row : bookProjection().evolve(row, event)),
    });
    const runner = await run(healing);
    await write('x', note('x', 1), fact('Poison', { book: 'x' }), note('x', 2));
    await runner.waitFor('notes.book', await write('y', note('y', 7)));
    await runner.waitFor('notes.book', await write('x', note('x', 4)));
    expect(await books()).toEqual([
      { book: 'x', notes: 1, total: '1' },
      { book: 'y', notes: 1, total: '7' },
    ]);
    const [parked] = await runner.parked();
    expect(parked).toMatchObject({ key: JSON.stringify([A, 'x']), reason: 'indigestible', eventType: 'Poison', tenant: A, waiting: 3 });

    await runner.redrive('notes.book', parked?.key ?? '');
    await wishFulfilled();
    expect(await runner.parked()).toMatchObject([{ waiting: 3 }]);

    digestible = true;
    await runner.redrive('notes.book', parked?.key ?? '');
    while ((await runner.parked()).length > 0) await systemTimers.sleep(5);
    expect(await books()).toMatchObject([{ book: 'x', notes: 3, total: '7' }, { book: 'y' }]);
  });

  it('can leave the event out that nobody can ever take', async () => {
    const runner = await run();
    await runner.waitFor('notes.book', await write('x', note('x', 1), fact('Poison', { book: 'x' }), note('x', 2)));
    await runner.redrive('notes.book', JSON.stringify([A, 'x']), 'skip');
    while ((await runner.parked()).length > 0) await systemTimers.sleep(5);
    expect(await books()).toEqual([{ book: 'x', notes: 2, total: '3' }]);
    await expect(runner.redrive('notes.book', 'nothing')).rejects.toMatchObject({ code: 'REQUEST_NOT_FOUND' });
  });

  it('goes on at the wish of another process', async () => {
    const runner = await run();
    await runner.waitFor('notes.book', await write('x', note('x', 1), fact('Poison', { book: 'x' }), note('x', 2)));
    const other = await run();
    await other.redrive('notes.book', JSON.stringify([A, 'x']), 'skip');
    while ((await other.parked()).length > 0) await systemTimers.sleep(5);
    expect([await books(), (await other.statuses())[0]?.here]).toEqual([[{ book: 'x', notes: 2, total: '3' }], false]);
  });

  it('finds the one event among many that the database itself refuses', async () => {
    const long = (number: number) =>
      fact('NoteAdded', { book: 'x'.repeat(3000).replaceAll('x', () => Math.random().toString(36)), text: '', tag: 't', amount: number });
    const events = Array.from({ length: 40 }, (_, index) => note(`b${index}`, index));
    await write('many', ...events.slice(0, 20), long(1), ...events.slice(20));
    const runner = await run();
    await runner.waitFor('notes.book', await store.head(), 20_000);
    expect(await books()).toHaveLength(40);
    expect(await runner.parked()).toMatchObject([{ reason: expect.stringMatching(/index row|exceeds/), waiting: 1 }]);
  });

  it('never parks for the way to the database', async () => {
    const runner = await run();
    await runner.waitFor('notes.book', await write('x', note('x', 1)));
    for (let index = 0; index < 5; index += 1) {
      await write('x', note('x', 1));
      await database.system
        .query(
          `select pg_terminate_backend(pid) from pg_stat_activity where usename = 'kari_system' and pid <> pg_backend_pid() and datname = current_database()`,
        )
        .catch(() => undefined);
    }
    await runner.waitFor('notes.book', await store.head(), 20_000);
    expect([await books(), await runner.parked()]).toEqual([[{ book: 'x', notes: 6, total: '6' }], []]);
  });

  async function wishFulfilled(): Promise<void> {
    for (;;) {
      const [row] = await database.system.query<{ wished: string }>('select count(wish)::text as wished from projections.parked_key');
      if (row?.wished === '0') return;
      await systemTimers.sleep(5);
    }
  }
});
