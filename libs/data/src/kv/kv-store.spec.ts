import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Rejection } from '@kari/kernel';
import { testDatabase, type TestDatabase } from '@kari/platform/database/testing';
import { systemClock } from '@kari/platform/time';
import type { BrokerCaller } from '@kari/sandbox/contract';
import { kvCapability } from './kv.capability.js';
import { kvMigrations } from './kv.migrations.js';
import { KvStore } from './kv-store.js';

const A = '00000000-0000-7000-8000-00000000000a';
const B = '00000000-0000-7000-8000-00000000000b';
const MIB = 1024 * 1024;

let database: TestDatabase;
let store: KvStore;
beforeAll(async () => {
  database = await testDatabase({ migrations: [{ context: 'data', migrations: kvMigrations }] });
  store = new KvStore(database.system, database.read, systemClock);
});
afterAll(() => database.drop());

let made = 0;
/** A fresh owner, so that tests do not meet. */
const owner = (tenant = A) => ({ tenant, extension: `acme.kv${(made += 1)}` });
const put = (whose: ReturnType<typeof owner>, key: string, value: unknown, expected?: number | null, quota = MIB) =>
  store.set(whose, key, JSON.stringify(value), quota, expected);
const code = async (attempt: Promise<unknown>) =>
  attempt.then(
    () => 'done',
    (error: unknown) => (error as Rejection).code,
  );

/** What the rows really weigh, counted by the database. */
async function counted(whose: ReturnType<typeof owner>): Promise<number> {
  const [row] = await database.system.query<{ sum: string }>(
    'select coalesce(sum(octet_length(key) + octet_length(value)), 0) as sum from data.kv where tenant = $1 and extension = $2',
    [whose.tenant, whose.extension],
  );
  return Number(row?.sum);
}

describe('the key-value store', () => {
  it('keeps, changes, lists and removes', async () => {
    const whose = owner();
    expect(await store.get(whose, 'a')).toBeNull();
    const first = await put(whose, 'a', { n: 1, text: 'é\u0000' });
    expect(await store.get(whose, 'a')).toEqual({ value: { n: 1, text: 'é\u0000' }, version: first });
    const second = await put(whose, 'a', null, first);
    expect(second).toBeGreaterThan(first);
    expect(await store.get(whose, 'a')).toEqual({ value: null, version: second });
    expect(await store.delete(whose, 'a')).toBe(true);
    expect(await store.delete(whose, 'a')).toBe(false);
    expect(await put(whose, 'a', 1)).toBeGreaterThan(second);
  });

  it('pages by key in byte order, within a prefix taken literally', async () => {
    const whose = owner();
    for (const key of ['n/1', 'n/10', 'n/2', 'n_x', 'N/0', 'o']) await put(whose, key, 1);
    const first = await store.list(whose, 'n/', null, 2);
    expect(first).toMatchObject({ entries: [{ key: 'n/1' }, { key: 'n/10' }], next: 'n/10' });
    expect(await store.list(whose, 'n/', first.next, 2)).toMatchObject({ entries: [{ key: 'n/2' }], next: null });
    expect((await store.list(whose, 'n_', null, 10)).entries.map(({ key }) => key)).toEqual(['n_x']);
    expect((await store.list(whose, '', null, 10)).entries).toHaveLength(6);
    expect((await store.list(whose, '%', null, 10)).entries).toEqual([]);
  });

  it('refuses a write on a version that has moved on', async () => {
    const whose = owner();
    const version = await put(whose, 'a', 1, null);
    expect(await code(put(whose, 'a', 2, null))).toBe('DATA_KV_CONFLICT');
    expect(await code(put(whose, 'a', 2, version + 1))).toBe('DATA_KV_CONFLICT');
    expect(await code(put(whose, 'missing', 2, 7))).toBe('DATA_KV_CONFLICT');
    expect(await code(put(whose, 'a', 2, version))).toBe('done');
  });

  it('counts bytes before the write: at the quota nothing changes, and what is counted is what is there', async () => {
    const whose = owner();
    await put(whose, 'a', 'x'.repeat(50), undefined, 100);
    const before = await store.get(whose, 'a');
    expect(await code(put(whose, 'b', 'x'.repeat(60), undefined, 100))).toBe('DATA_KV_QUOTA');
    expect(await code(put(whose, 'a', 'x'.repeat(120), undefined, 100))).toBe('DATA_KV_QUOTA');
    expect(await store.get(whose, 'b')).toBeNull();
    expect(await store.get(whose, 'a')).toEqual(before);
    expect(await store.usedBytes(whose)).toBe(await counted(whose));
    await put(whose, 'a', 'x'.repeat(97), undefined, 100);
    expect(await store.usedBytes(whose)).toBe(100);
  });

  it('is shared by nobody: other tenant, other extension', async () => {
    const whose = owner();
    const stranger = { ...whose, tenant: B };
    const neighbour = owner();
    await put(whose, 'canary', 'of A');
    for (const other of [stranger, neighbour]) {
      expect(await store.get(other, 'canary')).toBeNull();
      expect((await store.list(other, '', null, 10)).entries).toEqual([]);
      expect(await store.delete(other, 'canary')).toBe(false);
      await put(other, 'canary', 'another');
    }
    expect((await store.get(whose, 'canary'))?.value).toBe('of A');
  });

  it('Z-02 shows a tenant no foreign row even with the condition forgotten', async () => {
    const whose = owner();
    await put(whose, 'canary', 'of A');
    const all = await database.read.readAs(B, (manager) => manager.query<{ tenant: string }[]>('select tenant from data.kv'));
    expect(all.filter(({ tenant }) => tenant !== B)).toEqual([]);
    const own = await database.read.readAs(A, (manager) => manager.query<unknown[]>('select 1 from data.kv'));
    expect(own.length).toBeGreaterThan(0);
  });
});

describe('writers at the same time', () => {
  it('never exceed the quota together, and the count stays true', async () => {
    const whose = owner();
    const outcomes = await Promise.all(
      Array.from({ length: 40 }, (_, index) => code(put(whose, `k${String(index).padStart(2, '0')}`, 'x'.repeat(95), undefined, 1_000))),
    );
    expect(outcomes.filter((outcome) => outcome === 'done')).toHaveLength(10);
    expect(outcomes.filter((outcome) => outcome === 'DATA_KV_QUOTA')).toHaveLength(30);
    expect(await store.usedBytes(whose)).toBe(1_000);
    expect(await counted(whose)).toBe(1_000);
  });

  it('win once each per version: a counter under contention loses nothing', async () => {
    const whose = owner();
    let conflicts = 0;
    const increment = async (): Promise<void> => {
      for (;;) {
        const current = await store.get(whose, 'counter');
        const outcome = await code(put(whose, 'counter', Number(current?.value ?? 0) + 1, current?.version ?? null));
        if (outcome === 'done') return;
        expect(outcome).toBe('DATA_KV_CONFLICT');
        conflicts += 1;
      }
    };
    await Promise.all(Array.from({ length: 24 }, increment));
    expect((await store.get(whose, 'counter'))?.value).toBe(24);
    expect(conflicts).toBeGreaterThan(0);
  });

  it('mixed with deletes keep the count true', async () => {
    const whose = owner();
    const act = (index: number): Promise<unknown> =>
      index % 3 === 0 ? store.delete(whose, `k${index % 7}`) : code(put(whose, `k${index % 7}`, 'y'.repeat(index)));
    await Promise.all(Array.from({ length: 60 }, (_, index) => act(index)));
    expect(await store.usedBytes(whose)).toBe(await counted(whose));
  });
});

describe('the capability kv', () => {
  const operation = (name: string) => kvCapability(store).operations.find((one) => one.name === name)!;
  const caller = (whose: ReturnType<typeof owner>, bytes = MIB) => ({ ...whose, scopes: [{ bytes }] }) as unknown as BrokerCaller;
  const run = (name: string, whose: ReturnType<typeof owner>, request: unknown, bytes?: number) => {
    const { schema, perform } = operation(name);
    return perform(caller(whose, bytes), schema.parse(request));
  };

  it('answers the agreed shapes', async () => {
    const whose = owner();
    expect(await run('get', whose, { key: 'a' })).toEqual({ value: null, version: null });
    expect(await run('set', whose, { key: 'a', value: [1] })).toEqual({ version: 1 });
    expect(await run('get', whose, { key: 'a' })).toEqual({ value: [1], version: 1 });
    expect(await run('list', whose, {})).toEqual({ entries: [{ key: 'a', version: 1, bytes: 4 }], next: null });
    expect(await run('delete', whose, { key: 'a' })).toEqual({ deleted: true });
  });

  it('is closed without a grant and open with one', () => {
    for (const { allows } of kvCapability(store).operations) {
      expect(allows([], {}).allowed).toBe(false);
      expect(allows([{ bytes: 1 }], {}).allowed).toBe(true);
    }
  });

  it('refuses what is too large, before it reaches the table', async () => {
    const whose = owner();
    expect(await code(run('set', whose, { key: 'a', value: 'x'.repeat(256 * 1024) }))).toBe('DATA_KV_VALUE_TOO_LARGE');
    expect(await code(run('set', whose, { key: 'a', value: 'x'.repeat(100) }, 50))).toBe('DATA_KV_QUOTA');
    expect(await counted(whose)).toBe(0);
  });

  it('S-09 knows no tenant and no extension in a request', () => {
    for (const { schema } of kvCapability(store).operations) {
      expect(schema.safeParse({ key: 'a', value: 1, tenant: B }).success).toBe(false);
      expect(schema.safeParse({ key: 'a', value: 1, extension: 'acme.other' }).success).toBe(false);
    }
    expect(operation('get').schema.safeParse({ key: 'a\u0000' }).success).toBe(false);
    expect(operation('set').schema.safeParse({ key: 'a', value: undefined }).success).toBe(false);
  });
});
