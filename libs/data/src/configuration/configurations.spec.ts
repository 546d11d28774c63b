import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Rejection } from '@kari/kernel';
import { testDatabase, type TestDatabase } from '@kari/platform/database/testing';
import { secretMigrations } from '../secrets/secret.migrations.js';
import { A, B, dataRoom, manifest, NOTES, OTHER, textOf, type DataRoom } from '../testing/data-room.js';

let database: TestDatabase;
let room: DataRoom;
beforeAll(async () => {
  database = await testDatabase({ migrations: [{ context: 'data', migrations: secretMigrations }] });
});
afterAll(() => database.drop());
beforeEach(async () => {
  await database.system.query('delete from data.secret_key');
  room = dataRoom(database);
  room.installations.install(A, manifest(NOTES));
  room.installations.install(B, manifest(NOTES));
  room.installations.install(A, manifest(OTHER, { config: undefined as never }));
});

const set = (values: Record<string, unknown>, tenant = A, extension = NOTES) =>
  room.bus.send({ type: 'SetConfiguration', data: { extension, values } }, room.caller(tenant));
const refusal = (attempt: Promise<unknown>): Promise<Rejection> =>
  attempt.then(
    () => Promise.reject(new Error('it was not refused')),
    (error: unknown) => error as Rejection,
  );
/** As the log would tell it. */
async function told(): Promise<void> {
  for await (const event of room.store.readAll({ filter: { types: ['ConfigurationSet', 'ConfigurationCleared'] } }))
    room.configurations.changed(event);
}

describe('configuration of an extension', () => {
  it("is the schema's defaults, then the global values, then the tenant's", async () => {
    expect(await room.configurations.effective(A, NOTES)).toEqual({ size: 10 });
    await set({ size: 20, url: 'https://all' }, '_');
    await told();
    await set({ url: 'https://a' });
    expect(await room.configurations.effective(A, NOTES)).toEqual({ size: 20, url: 'https://a' });
    expect(await room.configurations.effective(B, NOTES)).toEqual({ size: 20, url: 'https://all' });
    expect(await room.configurations.view(A, NOTES)).toMatchObject({
      values: { url: 'https://a' },
      globalValues: { size: 20, url: 'https://all' },
      problems: [],
      revision: 0,
    });
  });

  it('is checked as it would reach the extension; global values need not be complete', async () => {
    expect((await refusal(set({ size: 3 }))).facts).toMatchObject({ pointer: '/' });
    await set({ size: 3 }, '_');
    expect((await refusal(set({ size: 'x' }, '_'))).code).toBe('DATA_CONFIG_INVALID');
    await set({ url: 'https://all' }, '_');
    await told();
    await set({ size: 4 });
    expect(await room.configurations.effective(A, NOTES)).toEqual({ size: 4, url: 'https://all' });
  });

  it.each([
    [{ url: 1 }, '/url'],
    [{ url: 'https://a', size: 0 }, '/size'],
    [{ url: 'https://a', extra: true }, '/extra'],
    [{ url: 'a\u0000b' }, '/url'],
  ])('refuses %j at %s and changes nothing', async (values, pointer) => {
    const error = await refusal(set(values));
    expect([error.code, error.facts['pointer']]).toEqual(['DATA_CONFIG_INVALID', pointer]);
    expect((await room.configurations.view(A, NOTES)).revision).toBe(-1);
  });

  it('is refused for what is not installed, or declares none, or is too large', async () => {
    expect((await refusal(set({ url: 'https://a' }, A, 'acme.missing'))).code).toBe('DATA_EXTENSION_NOT_INSTALLED');
    expect((await refusal(set({ url: 'https://a' }, B, OTHER))).code).toBe('DATA_EXTENSION_NOT_INSTALLED');
    expect((await refusal(set({}, A, OTHER))).code).toBe('DATA_CONFIG_NOT_DECLARED');
    expect((await refusal(set({ url: 'x'.repeat(70_000) }))).code).toBe('DATA_CONFIG_TOO_LARGE');
  });

  it('names secrets and gives handles; a value in their place is refused and kept nowhere (U-05)', async () => {
    await set({ url: 'https://a', key: 'api_key', keys: ['second'] });
    const effective = await room.configurations.effective(A, NOTES);
    expect(effective['key']).toMatch(/^secret:api_key:[0-9a-f]{32}$/);
    expect((effective['keys'] as string[])[0]).toMatch(/^secret:second:/);
    expect((await room.configurations.view(A, NOTES)).effective['key']).toBe('api_key');

    const error = await refusal(set({ url: 'https://a', key: 'canary-s3cr3t' }));
    expect([error.code, error.facts]).toEqual(['DATA_CONFIG_SECRET_IN_PLAIN', { extension: NOTES, pointer: '/key' }]);
    expect(JSON.stringify(room.audited) + (await textOf(room.store))).not.toContain('canary');
  });

  it('keeps its history and tells who listens', async () => {
    const heard: string[] = [];
    room.configurations.onChange((tenant, extension) => heard.push(`${tenant} ${extension}`));
    await set({ url: 'https://a' });
    await set({ url: 'https://b' });
    await room.bus.send({ type: 'ClearConfiguration', data: { extension: NOTES } }, room.caller());
    await told();
    expect(
      (await room.configurations.history(A, NOTES, 10)).map(({ type, data }) => [type, (data as { values?: unknown }).values]),
    ).toEqual([
      ['ConfigurationCleared', undefined],
      ['ConfigurationSet', { url: 'https://b' }],
      ['ConfigurationSet', { url: 'https://a' }],
    ]);
    expect(heard).toEqual([`${A} ${NOTES}`, `${A} ${NOTES}`, `${A} ${NOTES}`]);
    expect(await room.configurations.history(B, NOTES, 10)).toEqual([]);
  });

  it('shows what an upgrade no longer accepts instead of hiding it', async () => {
    await set({ url: 'https://a' });
    room.installations.install(
      A,
      manifest(NOTES, { version: '2.0.0', config: { type: 'object', properties: { url: { type: 'integer' } } } }),
    );
    expect((await room.configurations.view(A, NOTES)).problems).toEqual([{ pointer: '/url', reason: 'must be integer' }]);
  });

  it('Z-02 of one tenant never reaches another', async () => {
    await set({ url: 'https://canary-of-a' });
    expect(JSON.stringify([await room.configurations.effective(B, NOTES), await room.configurations.view(B, NOTES)])).not.toContain(
      'canary',
    );
  });
});
