// What only a database can do to an event store: lose connections, hold locks, come back; and what several processes owe each other.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Unavailable, type RecordedEvent } from '@kari/kernel';
import { fileBlobs, memoryBlobs } from '@kari/platform/blob';
import { PostgresEventStore } from '@kari/platform/event-store';
import { systemClock, systemTimers } from '@kari/platform/time';
import { Client, Pool } from 'pg';
import { collect, fact, freshStream, item } from './facts.js';
import { postgresStore, type OpenPostgresStore } from './stores.js';

describe('event store on PostgreSQL: faults', () => {
  let open: OpenPostgresStore;
  let owner: Client;
  beforeAll(async () => {
    open = await postgresStore({ pollMilliseconds: 3_600_000 });
    owner = new Client({ connectionString: open.ownerUrl });
    await owner.connect();
  });
  afterAll(async () => {
    await owner.end();
    await open.close();
  });

  const terminateAll = (): Promise<unknown> =>
    owner.query(`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`);

  it('(D-02) loses and doubles nothing while its connections are killed again and again', async () => {
    const { store } = open;
    const start = await store.head();
    const streams = Array.from({ length: 16 }, () => freshStream());
    const seen: RecordedEvent[] = [];
    const subscription = store.subscribe({ after: start, batch: 50 }, ({ events }) => Promise.resolve(void seen.push(...events)));
    let writing = true;
    let kills = 0;
    const killer = (async () => {
      while (writing || kills < 10) {
        await terminateAll();
        kills += 1;
        await systemTimers.sleep(60);
      }
    })();
    const acknowledged = await Promise.all(
      streams.map(async (stream) => {
        const ids: string[] = [];
        while (ids.length < 40) {
          const event = fact({ n: ids.length });
          for (;;) {
            // A writer that was told "unavailable" tries the same event again: that is the contract.
            const [result] = await store
              .append([item(stream, ids.length === 0 ? 'none' : BigInt(ids.length - 1), event)])
              .catch((error: unknown) => (error instanceof Unavailable && error.retryable ? [] : Promise.reject(error as Error)));
            if (result?.ok === true) break;
            if (result !== undefined) throw result.error;
          }
          ids.push(event.id);
        }
        return ids;
      }),
    );
    writing = false;
    await killer;
    await retrying(async () => subscription.reached(await store.head()));
    await subscription.stop();
    for (const [index, stream] of streams.entries()) {
      expect((await retrying(() => collect(store.readStream(stream)))).map((event) => event.id)).toEqual(acknowledged[index]);
    }
    const log = await retrying(() => collect(store.readAll({ after: start })));
    expect(log).toHaveLength(16 * 40);
    expect(log.map((event) => BigInt(event.position) - BigInt(start))).toEqual(log.map((_, n) => BigInt(n + 1)));
    expect(seen.map((event) => event.id)).toEqual(log.map((event) => event.id));
  });

  it('hears of events of other processes by NOTIFY, also after its listening connection was killed', async () => {
    const pool = new Pool({ connectionString: open.systemUrl, max: 5 });
    pool.on('error', () => undefined);
    const other = new PostgresEventStore({ pool, blobs: memoryBlobs(), timers: systemTimers, pollMilliseconds: 3_600_000 });
    try {
      const seen: string[] = [];
      const subscription = open.store.subscribe({ after: await open.store.head() }, ({ events }) => {
        seen.push(...events.map((event) => event.id));
        return Promise.resolve();
      });
      const first = fact();
      await until(() => subscription.caughtUp);
      await other.append([item(freshStream(), 'none', first)]);
      await until(() => seen.includes(first.id));

      await terminateAll();
      const second = fact();
      await listening(owner);
      await retrying(() => other.append([item(freshStream(), 'none', second)]));
      await until(() => seen.includes(second.id));
      await subscription.stop();
    } finally {
      await other.close();
      await pool.end();
    }
  });

  it('finds events by polling when nobody is told', async () => {
    const pool = new Pool({ connectionString: open.systemUrl, max: 5 });
    const polling = new PostgresEventStore({ pool, blobs: memoryBlobs(), timers: systemTimers, pollMilliseconds: 20 });
    try {
      const seen: RecordedEvent[] = [];
      const subscription = polling.subscribe({ after: await polling.head() }, ({ events }) => Promise.resolve(void seen.push(...events)));
      await until(() => subscription.caughtUp);
      // Written past every store, so that no NOTIFY goes out.
      await owner.query('update log.counter set position = position + 1');
      await owner.query(
        `insert into log.events (position, id, stream, revision, category, type, version, data, meta)
         select position, gen_random_uuid(), $1, 0, 'test.note', 'NoteTaken', 1, '{}', '{}' from log.counter`,
        [freshStream()],
      );
      await until(() => seen.length === 1);
      await subscription.stop();
    } finally {
      await polling.close();
      await pool.end();
    }
  });

  it('answers "unavailable" within two seconds when the database is gone, and throws nothing else', async () => {
    const pool = new Pool({ connectionString: 'postgres://nobody@127.0.0.1:1/nothing', max: 2 });
    const store = new PostgresEventStore({ pool, blobs: memoryBlobs(), timers: systemTimers });
    const start = performance.now();
    await expect(store.append([item(freshStream(), 'none', fact())])).rejects.toMatchObject({ name: 'Unavailable', retryable: true });
    expect(performance.now() - start).toBeLessThan(5_000);
    await expect(collect(store.readStream(freshStream()))).rejects.toBeInstanceOf(Unavailable);
    await expect(store.head()).rejects.toBeInstanceOf(Unavailable);
    const subscription = store.subscribe({}, () => Promise.resolve());
    await subscription.stop();
    await store.close();
    await pool.end();
  });

  it('keeps bodies over 64 KiB in the blob store, writes none of an item that it cannot put away, and serves no damaged one (D-04)', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kari-large-'));
    const pool = new Pool({ connectionString: open.systemUrl, max: 5 });
    const store = new PostgresEventStore({ pool, blobs: await fileBlobs({ folder, clock: systemClock }), timers: systemTimers });
    try {
      const stream = freshStream();
      const large = { text: 'x'.repeat(70_000) };
      const event = fact(large);
      const [first] = await store.append([item(stream, 'none', event)]);
      expect(await store.append([item(stream, 'none', event)])).toEqual([{ ...first, repeated: true }]);
      const changed = { ...event, data: { text: 'y'.repeat(70_000) } };
      expect((await store.append([item(stream, 'none', changed)]))[0]).toMatchObject({ ok: false, error: { name: 'DuplicateConflict' } });
      const { rows } = await owner.query('select data, blob from log.events where id = $1', [event.id]);
      expect(rows).toEqual([{ data: null, blob: expect.stringMatching(/^sha256-[0-9a-f]{64}$/) }]);
      expect((await collect(store.readStream(stream)))[0]?.data).toEqual(large);

      const blob = (rows as [{ blob: string }])[0].blob;
      writeFileSync(join(folder, blob.slice(7, 9), blob), `${JSON.stringify(large).slice(0, -3)}z"}`);
      await expect(collect(store.readStream(stream))).rejects.toMatchObject({ code: 'EVENT_BLOB_DAMAGED' });

      rmSync(join(folder, 'unfinished'), { recursive: true });
      writeFileSync(join(folder, 'unfinished'), '');
      const results = await store.append([
        item(freshStream(), 'none', fact({ text: 'z'.repeat(70_000) })),
        item(stream, 0n, fact({ small: true })),
      ]);
      expect(results).toMatchObject([
        { ok: false, error: { name: 'Unavailable' } },
        { ok: true, revision: 1n },
      ]);
      chmodSync(folder, 0o700);
      expect(readdirSync(folder)).toContain('unfinished');
    } finally {
      await store.close();
      await pool.end();
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('lets no caller of another role touch the log', async () => {
    const tenant = new Client({ connectionString: open.systemUrl.replace('kari_system', 'kari_tenant') });
    tenant.on('error', () => undefined);
    await expect(
      (async () => {
        await tenant.connect();
        await tenant.query('select * from log.events');
      })(),
    ).rejects.toThrow();
    await tenant.end().catch(() => undefined);
    await expect(open.pool.query('drop table log.events')).rejects.toMatchObject({ code: '42501' });
  });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await systemTimers.sleep(2);
}

/** A read that met a killed connection says so; its caller tries again. */
async function retrying<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Unavailable && error.retryable)) throw error;
    }
  }
}

async function listening(owner: Client): Promise<void> {
  for (;;) {
    const { rows } = await owner.query<{ found: boolean }>(
      `select exists (select 1 from pg_stat_activity where datname = current_database() and query like 'listen%') as found`,
    );
    if (rows[0]?.found === true) return;
    await systemTimers.sleep(20);
  }
}
