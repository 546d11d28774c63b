// The key-value store as an extension has it: through a real sandbox, its broker and the database.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startExtensionWorld, type ExtensionWorld, type TenantDesk } from '../../support/extension-world.js';

let world: ExtensionWorld;
let a: TenantDesk;
let b: TenantDesk;

interface Outcome {
  readonly version: number | null;
  readonly code: string | null;
  readonly reason: string | null;
}

beforeAll(async () => {
  world = await startExtensionWorld();
  [a, b] = [await world.tenant('tenant-a'), await world.tenant('tenant-b')];
  await Promise.all([a.install('fixture.notes'), b.install('fixture.notes')]);
}, 120_000);

afterAll(() => world?.stop());

const set = (tenant: TenantDesk, key: string, value: string, expectedVersion?: number): Promise<Outcome> =>
  tenant.call('note.set', { key, value, ...(expectedVersion === undefined ? {} : { expectedVersion }) });

it('keeps what was set over the end of the process', async () => {
  const first = await set(a, 'first', 'one');
  expect(first).toEqual({ version: expect.any(Number), code: null, reason: null });
  await a.caller.data('mutation { restartSandbox(extension: "fixture.notes") { status } }');
  expect(await a.call('note.get', { key: 'first' })).toEqual({ value: 'one', version: first.version });
  expect(await a.call('note.get', { key: 'nothing' })).toEqual({ value: null, version: null });
});

it('refuses a version that is not there, and takes the one that is', async () => {
  const made = await set(a, 'guarded', 'one', 0);
  expect(await set(a, 'guarded', 'two', 0)).toEqual({ version: null, code: 'INVALID', reason: 'DATA_KV_CONFLICT' });
  const changed = await set(a, 'guarded', 'two', made.version ?? -1);
  expect(changed.version).toBeGreaterThan(made.version ?? Infinity);
  expect(await a.call('note.get', { key: 'guarded' })).toEqual({ value: 'two', version: changed.version });
});

it('lets exactly one of many writers of the same version win', async () => {
  const outcomes = await Promise.all(Array.from({ length: 8 }, (_, index) => set(a, 'raced', String(index), 0)));
  expect(outcomes.filter(({ version }) => version !== null)).toHaveLength(1);
  expect(outcomes.filter(({ reason }) => reason === 'DATA_KV_CONFLICT')).toHaveLength(7);
});

it('refuses what the granted bytes do not hold, and keeps the rest', async () => {
  expect(await set(a, 'large', 'x'.repeat(2100))).toEqual({ version: null, code: 'LIMIT', reason: 'DATA_KV_QUOTA' });
  expect(await a.call('note.get', { key: 'large' })).toEqual({ value: null, version: null });
  expect((await set(a, 'small', 'fits')).version).not.toBeNull();
});

it('lists keys in order, by prefix and page', async () => {
  for (const key of ['page/3', 'page/1', 'page/2']) await set(a, key, 'x');
  const first = await a.call<{ keys: string[]; next: string }>('note.list', { prefix: 'page/', limit: 2 });
  expect(first).toEqual({ keys: ['page/1', 'page/2'], next: expect.any(String) });
  expect(await a.call('note.list', { prefix: 'page/', limit: 2, after: first.next })).toEqual({ keys: ['page/3'], next: null });
});

it('Z-02 shows nothing of it to the same extension in another tenant', async () => {
  await set(a, 'shared', 'of tenant a');
  expect(await b.call('note.list', {})).toEqual({ keys: [], next: null });
  expect(await b.call('note.get', { key: 'shared' })).toEqual({ value: null, version: null });
  await set(b, 'shared', 'of tenant b', 0);
  expect(await a.call('note.get', { key: 'shared' })).toMatchObject({ value: 'of tenant a' });
});
