import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Rejection } from '@kari/kernel';
import { testDatabase, type TestDatabase } from '@kari/platform/database/testing';
import { wording } from '@kari/protocol';
import { A, B, dataRoom, grantsOf, manifest, NOTES, OTHER, textOf, type DataRoom } from '../testing/data-room.js';
import { secretsCapability } from './secrets.capability.js';
import { secretMigrations } from './secret.migrations.js';

const CANARY = 'canary-7f3a-s3cr3t';

let database: TestDatabase;
let room: DataRoom;
beforeAll(async () => {
  database = await testDatabase({ migrations: [{ context: 'data', migrations: secretMigrations }] });
});
afterAll(() => database.drop());
beforeEach(async () => {
  await database.system.query('delete from data.sealed_secret');
  await database.system.query('delete from data.secret_key');
  room = dataRoom(database);
  for (const tenant of [A, B]) for (const id of [NOTES, OTHER]) room.installations.install(tenant, manifest(id));
});

const place = { extension: NOTES, name: 'api_key' };
const set = (value = CANARY, hosts: readonly string[] | null = null, caller = room.caller()) =>
  room.secrets.set(place, value, hosts, caller);
const use = (more: Partial<Parameters<typeof room.secrets.reveal>[0]> = {}) =>
  room.secrets.reveal({ tenant: A, extension: NOTES, handle: 'api_key', host: 'api.example', correlationId: 'c', ...more });
const refusal = (attempt: Promise<unknown>): Promise<Rejection> =>
  attempt.then(
    () => Promise.reject(new Error('it was not refused')),
    (error: unknown) => error as Rejection,
  );
const rows = () => database.system.query<{ id: string; sealed: string; tenant: string }>('select * from data.sealed_secret');

describe('a secret', () => {
  it('comes to light for its extension, at its host, and is on record each time', async () => {
    await set();
    expect(await use()).toBe(CANARY);
    const handle = await room.secrets.handle(A, NOTES, 'api_key');
    expect(await use({ handle })).toBe(CANARY);
    const reveals = room.audited.filter(({ operation }) => operation === 'secrets.reveal');
    expect(reveals).toHaveLength(2);
    expect(reveals[0]).toMatchObject({
      tenant: A,
      actor: NOTES,
      actorKind: 'extension',
      outcome: 'allowed',
      subject: `secret-of:${NOTES}~api_key`,
      facts: { host: 'api.example' },
    });
  });

  it.each(['\u0000', '', 'Of nobody', 'x'.repeat(70)])(
    'is never sealed under the name %j, which the command refuses in words',
    async (name) => {
      for (const attempt of [
        room.secrets.set({ ...place, name }, CANARY, ['api.example'], room.caller()),
        room.secrets.rotate({ ...place, name }, CANARY, room.caller()),
      ])
        expect((await refusal(attempt)).code).toBe('REQUEST_INVALID');
      expect(await rows()).toEqual([]);
    },
  );

  it('is replaced, rotated and deleted; what is at rest is the one in use', async () => {
    await set('first');
    await set('second');
    expect(await use()).toBe('second');
    await room.secrets.rotate(place, 'third', room.caller());
    expect(await use()).toBe('third');
    expect(await rows()).toHaveLength(1);
    await room.secrets.delete(place, room.caller());
    expect((await refusal(use())).facts['reason']).toBe('it has no value');
    expect(await rows()).toHaveLength(0);
  });

  it('set again to the same value changes nothing and leaves no second row', async () => {
    expect((await set()).changed).toBe(true);
    expect((await set()).changed).toBe(false);
    expect(await rows()).toHaveLength(1);
    expect(await use()).toBe(CANARY);
  });

  it('set twice with one command id is set once', async () => {
    const caller = room.caller(A, () => true, randomUUID());
    const first = await set(CANARY, null, caller);
    const second = await set(CANARY, null, caller);
    expect(second.revision).toBe(first.revision);
    expect(await rows()).toHaveLength(1);
    expect(await use()).toBe(CANARY);
  });

  it('set by many at once ends with one of the values, which opens', async () => {
    const values = Array.from({ length: 12 }, (_, index) => `value-${index}`);
    const outcomes = await Promise.allSettled(values.map((value) => set(value)));
    expect(outcomes.some(({ status }) => status === 'fulfilled')).toBe(true);
    expect(values).toContain(await use());
  });

  it('is refused by who may not set it, and nothing is sealed', async () => {
    expect(
      (
        await refusal(
          set(
            CANARY,
            null,
            room.caller(A, () => false),
          ),
        )
      ).code,
    ).toBe('REQUEST_DENIED');
    expect((await refusal(set('a\nb'))).code).toBe('DATA_SECRET_VALUE_INVALID');
    expect((await refusal(set(CANARY, ['evil.example']))).code).toBe('DATA_SECRET_HOST_NOT_DECLARED');
    expect((await refusal(room.secrets.set({ extension: NOTES, name: 'unknown' }, CANARY, null, room.caller()))).code).toBe(
      'DATA_SECRET_NOT_DECLARED',
    );
    expect(await rows()).toHaveLength(0);
  });
});

describe('S-09 a secret in the wrong hands', () => {
  beforeEach(() => set());

  it.each(['evil.example', 'api.example.evil.example', 'sub.api.example', 'evil.example:443', ''])('does not go to %j', async (host) => {
    expect((await refusal(use({ host }))).code).toBe('DATA_SECRET_DENIED');
  });

  it('is nothing to another extension, also with the handle of the first', async () => {
    const handle = await room.secrets.handle(A, NOTES, 'api_key');
    expect((await refusal(use({ extension: OTHER, handle }))).facts['reason']).toBe('the handle was not made for it');
    expect((await refusal(use({ extension: OTHER }))).facts['reason']).toBe('it has no value');
  });

  it('is nothing to the same extension in another tenant', async () => {
    const handle = await room.secrets.handle(A, NOTES, 'api_key');
    expect((await refusal(use({ tenant: B, handle }))).code).toBe('DATA_SECRET_DENIED');
    expect((await refusal(use({ tenant: B }))).code).toBe('DATA_SECRET_DENIED');
    await room.secrets.set(place, 'value of B', null, room.caller(B));
    expect(await use({ tenant: B })).toBe('value of B');
    expect(await use()).toBe(CANARY);
  });

  it('takes no handle that was made up', async () => {
    const handle = await room.secrets.handle(A, NOTES, 'api_key');
    const forged = [
      `${handle.slice(0, -1)}${handle.endsWith('0') ? '1' : '0'}`,
      'secret:api_key:',
      'secret:api_key:' + '0'.repeat(32),
      handle.replace('api_key', 'second'),
      'secret:',
      '__proto__',
      'constructor',
    ];
    for (const one of forged) expect((await refusal(use({ handle: one }))).code).toBe('DATA_SECRET_DENIED');
  });

  it('stops at once when its grant is revoked, the host is unbound or the extension is gone', async () => {
    const of = manifest(NOTES);
    room.installations.install(
      A,
      of,
      grantsOf(of).map((grant) => ({ ...grant, state: 'revoked' as const })),
    );
    expect((await refusal(use())).facts['reason']).toBe('it is not granted');
    room.installations.install(A, of, [{ capability: 'secrets', scope: { name: 'api_key', hosts: ['elsewhere.example'] } }]);
    expect((await refusal(use())).facts['reason']).toBe('it is not bound to that host');
    room.installations.remove(A, NOTES);
    expect((await refusal(use())).facts['reason']).toBe('the extension is not installed');
    const denials = room.audited.filter(({ operation, outcome }) => operation === 'secrets.reveal' && outcome === 'denied');
    expect(denials).toHaveLength(3);
  });

  it('moved to another row opens nothing', async () => {
    await room.secrets.set({ extension: OTHER, name: 'api_key' }, 'of the other', null, room.caller());
    await database.system.query(`update data.sealed_secret set extension = case extension when $1 then $2 else $1 end`, [NOTES, OTHER]);
    await expect(use()).rejects.toThrow();
  });
});

describe('U-05 no value anywhere', () => {
  it('in events, audit, errors, rows or views', async () => {
    await set();
    await use();
    await refusal(use({ host: 'evil.example' }));
    const errors = [
      await refusal(set(`${CANARY}\n`)),
      await refusal(set(CANARY, ['evil.example'])),
      await refusal(room.secrets.rotate({ extension: NOTES, name: 'second' }, CANARY, room.caller())),
    ];
    const shown = errors.map((error) => [error.message, error.stack, error.facts, wording(error.code, error.facts)]);
    const held = await room.secrets.held(A, NOTES);
    const everything = [
      await textOf(room.store),
      JSON.stringify(room.audited),
      JSON.stringify(shown),
      JSON.stringify(await rows()),
      JSON.stringify(held),
    ].join('\n');
    expect(everything).toContain('api_key');
    expect(everything).not.toContain('canary');
    expect(everything).not.toContain(Buffer.from(CANARY).toString('base64'));
  });

  it('in what an extension writes after the host it asked has echoed it', async () => {
    await room.vault.put('00000000-0000-7000-8000-0000000000aa', { ...place, tenant: A }, CANARY);
    expect(room.redactor.text(`answer: ${CANARY}`)).not.toContain('canary');
  });

  it('looks different in two tenants', async () => {
    await set();
    await room.secrets.set(place, CANARY, null, room.caller(B));
    const [a, b] = [await room.secrets.held(A, NOTES), await room.secrets.held(B, NOTES)];
    expect(a['api_key']?.fingerprint).not.toBe(b['api_key']?.fingerprint);
  });

  it('Z-02 is out of reach of the role that reads for callers', async () => {
    await set();
    for (const table of ['data.sealed_secret', 'data.secret_key']) {
      await expect(database.read.readAs(A, (manager) => manager.query(`select * from ${table}`))).rejects.toThrow(/permission denied/);
    }
  });
});

describe('the capability secrets', () => {
  it('gives a handle for what is granted and set, nothing else', async () => {
    const { allows, perform, schema } = secretsCapability(room.secrets).operations[0]!;
    const request = schema.parse({ name: 'api_key' });
    expect(allows([{ name: 'api_key', hosts: [] }], request).allowed).toBe(true);
    expect(allows([{ name: 'second', hosts: [] }], request).allowed).toBe(false);
    const caller = { tenant: A, extension: NOTES } as never;
    expect((await refusal(perform(caller, request))).code).toBe('DATA_SECRET_NOT_SET');
    await set();
    expect(await perform(caller, request)).toEqual({ handle: await room.secrets.handle(A, NOTES, 'api_key') });
  });
});
