// What the keys promise on either key table: nothing in clear at rest, nothing readable after an erasure, nothing lost in a rotation.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { manualClock } from '@kari/kernel/testing';
import {
  dropPreviousMasterKeys,
  EnvelopeKeys,
  keyMigrations,
  loadMasterKeys,
  memoryKeyTable,
  postgresKeyTable,
  rotateMasterKeyFile,
  type KeyTable,
  type MasterKeys,
} from '@kari/platform/crypto';
import { testDatabase, type TestDatabase } from '@kari/platform/database/testing';
import { systemIds } from '@kari/platform/time';

let database: TestDatabase;
const folder = mkdtempSync(join(tmpdir(), 'kari-keys-'));
let folders = 0;
const freshFolder = (): string => join(folder, String((folders += 1)));
beforeAll(async () => {
  database = await testDatabase({ migrations: [keyMigrations] });
});
afterAll(async () => {
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

const tables: Readonly<Record<string, () => KeyTable>> = {
  memory: memoryKeyTable,
  PostgreSQL: () => postgresKeyTable(database.system),
};

const environmentKey = (): string => randomBytes(32).toString('base64');
const masters = (environment = environmentKey(), earlier: readonly string[] = []): Promise<MasterKeys> =>
  loadMasterKeys({ environment, earlier, folder: freshFolder() });

describe.each(Object.keys(tables))('keys: %s', (name) => {
  const tenant = systemIds.next();
  let table: KeyTable;
  beforeAll(() => {
    table = (tables[name] as () => KeyTable)();
  });
  const keys = async (using?: MasterKeys, clock = manualClock()): Promise<EnvelopeKeys> =>
    new EnvelopeKeys({ masters: using ?? (await masters()), table, clock });

  it('give a text back in its own place and nowhere else', async () => {
    const own = await keys();
    const [ada, bob] = [systemIds.next(), systemIds.next()];
    const text = await own.encrypt(tenant, ada, 'event 1', 'ada@example.org');
    expect(text).not.toContain('ada');
    expect(await own.decrypt(tenant, ada, 'event 1', text)).toBe('ada@example.org');
    await own.encrypt(tenant, bob, 'event 1', 'x');
    const broken = { code: 'EVENT_SEAL_BROKEN' };
    await expect(own.decrypt(tenant, bob, 'event 1', text)).rejects.toMatchObject(broken);
    await expect(own.decrypt(tenant, ada, 'event 2', text)).rejects.toMatchObject(broken);
    for (let index = 3; index < text.length; index += 1) {
      const letter = text[index] === 'A' ? 'B' : 'A';
      await expect(own.decrypt(tenant, ada, 'event 1', text.slice(0, index) + letter + text.slice(index + 1))).rejects.toMatchObject(
        broken,
      );
    }
    for (const junk of ['', 'p1.', 'p1.AAAA', `s1.${text.slice(3)}`, `${text}A`]) {
      await expect(own.decrypt(tenant, ada, 'event 1', junk)).rejects.toMatchObject(broken);
    }
  });

  it('encrypt the same text the same way in the same place, so that a repeat is a repeat', async () => {
    const own = await keys();
    const subject = systemIds.next();
    const once = await own.encrypt(tenant, subject, 'here', 'text');
    expect(await own.encrypt(tenant, subject, 'here', 'text')).toBe(once);
    expect(await own.encrypt(tenant, subject, 'there', 'text')).not.toBe(once);
    expect(await own.encrypt(tenant, subject, 'here', 'tex')).not.toBe(once);
    expect(await own.encrypt(systemIds.next(), subject, 'here', 'text')).not.toBe(once);
  });

  it('make one key when many ask for it first at the same time', async () => {
    const subject = systemIds.next();
    const using = await masters();
    const processes = await Promise.all(Array.from({ length: 8 }, () => keys(using)));
    const texts = await Promise.all(processes.map((own) => own.encrypt(tenant, subject, 'here', 'text')));
    expect(new Set(texts).size).toBe(1);
  });

  it('read null after an erasure and store nothing about that person again', async () => {
    const own = await keys();
    const subject = systemIds.next();
    const text = await own.encrypt(tenant, subject, 'here', 'text');
    await own.erase(tenant, subject);
    expect(await own.decrypt(tenant, subject, 'here', text)).toBeNull();
    await expect(own.encrypt(tenant, subject, 'here', 'text')).rejects.toMatchObject({ code: 'EVENT_SUBJECT_ERASED', facts: { subject } });
    const stranger = systemIds.next();
    await own.erase(tenant, stranger);
    await expect(own.encrypt(tenant, stranger, 'here', 'text')).rejects.toMatchObject({ code: 'EVENT_SUBJECT_ERASED' });
    expect(await table.find(tenant, `subject/${subject}`)).toMatchObject({ wrapped: null });
  });

  it('see an erasure by another process within seconds', async () => {
    const using = await masters();
    const clock = manualClock();
    const [here, there] = [await keys(using, clock), await keys(using)];
    const subject = systemIds.next();
    const text = await here.encrypt(tenant, subject, 'here', 'text');
    await there.erase(tenant, subject);
    await clock.advance(5_001);
    expect(await here.decrypt(tenant, subject, 'here', text)).toBeNull();
  });

  it('seal secrets so that equal ones look different, for one tenant and purpose', async () => {
    const own = await keys();
    const [one, two] = [await own.seal(tenant, 'extension/acme.notes', 's3cret'), await own.seal(tenant, 'extension/acme.notes', 's3cret')];
    expect(one).not.toBe(two);
    expect(await own.open(tenant, 'extension/acme.notes', one)).toBe('s3cret');
    await expect(own.open(tenant, 'extension/acme.other', one)).rejects.toMatchObject({ code: 'EVENT_SEAL_BROKEN' });
    await expect(own.open(systemIds.next(), 'extension/acme.notes', one)).rejects.toMatchObject({ code: 'EVENT_SEAL_BROKEN' });
    await expect(own.open(tenant, 'extension/acme.notes', `${one}x`)).rejects.toMatchObject({ code: 'EVENT_SEAL_BROKEN' });
  });

  it('move under a new master key and then need the old one no more', async () => {
    const fresh = (tables[name] as () => KeyTable)();
    table = fresh;
    const [old, next] = [environmentKey(), environmentKey()];
    const before = await keys(await masters(old));
    const subjects = Array.from({ length: 5 }, () => systemIds.next());
    const texts = await Promise.all(subjects.map((subject) => before.encrypt(tenant, subject, 'here', subject)));
    await before.erase(tenant, subjects[4] ?? '');
    const oldMasters = await masters(old);
    const rowsBefore = await Promise.all(subjects.map((subject) => fresh.find(tenant, `subject/${subject}`)));
    expect(rowsBefore.slice(0, 4).map((row) => row?.master)).toEqual(Array(4).fill(oldMasters.current.id));

    const without = await keys(await masters(next));
    await expect(without.decrypt(tenant, subjects[0] ?? '', 'here', texts[0] ?? '')).rejects.toMatchObject({
      code: 'EVENT_MASTER_KEY_INVALID',
    });

    const during = await keys(await masters(next, [old]));
    expect(await during.decrypt(tenant, subjects[0] ?? '', 'here', texts[0] ?? '')).toBe(subjects[0]);
    const others = (await fresh.notUnder((await masters(next)).current.id, 1_000)).filter((row) => row.master !== oldMasters.current.id);
    for (const row of others) await fresh.destroy(row.tenant, row.owner);
    expect(await during.rewrap()).toBe(4);
    expect(await during.rewrap()).toBe(0);

    const after = await keys(await masters(next));
    expect(await Promise.all(subjects.map((subject, n) => after.decrypt(tenant, subject, 'here', texts[n] ?? '')))).toEqual([
      ...subjects.slice(0, 4),
      null,
    ]);
    await expect((await keys(await masters(old))).decrypt(tenant, subjects[0] ?? '', 'here', texts[0] ?? '')).rejects.toThrow();
  });

  it('see a wrapped key that was tampered with or moved to another owner', async () => {
    const using = await masters();
    const own = await keys(using);
    const [ada, eve] = [systemIds.next(), systemIds.next()];
    const text = await own.encrypt(tenant, ada, 'here', 'text');
    const row = await table.find(tenant, `subject/${ada}`);
    await table.insert({ tenant, owner: `subject/${eve}`, wrapped: row?.wrapped ?? '', master: row?.master ?? '' });
    await expect(own.decrypt(tenant, eve, 'here', text)).rejects.toMatchObject({ code: 'EVENT_SEAL_BROKEN' });
  });
});

describe('the master key', () => {
  it('is made once, for its owner alone, and found again', async () => {
    const here = freshFolder();
    const [one, two] = await Promise.all([loadMasterKeys({ folder: here }), loadMasterKeys({ folder: here })]);
    expect(two.current).toEqual(one.current);
    expect((await loadMasterKeys({ folder: here })).current).toEqual(one.current);
    expect(readdirSync(here)).toEqual(['master.key']);
    expect([statSync(here).mode & 0o777, statSync(join(here, 'master.key')).mode & 0o777]).toEqual([0o700, 0o600]);
  });

  it('rotates: the old one still opens until it is dropped', async () => {
    const here = freshFolder();
    const old = await loadMasterKeys({ folder: here });
    await rotateMasterKeyFile(here);
    const during = await loadMasterKeys({ folder: here });
    expect(during.current.id).not.toBe(old.current.id);
    expect(during.previous).toEqual([old.current]);
    await dropPreviousMasterKeys(here);
    expect(await loadMasterKeys({ folder: here })).toEqual({ current: during.current, previous: [] });
  });

  it('may move from the folder into the environment', async () => {
    const here = freshFolder();
    const old = await loadMasterKeys({ folder: here });
    const moved = await loadMasterKeys({ environment: environmentKey(), folder: here });
    expect(moved.previous).toEqual([old.current]);
  });

  it.each([
    ['too short', 'c2hvcnQ='],
    ['no base64', '!'.repeat(44)],
    ['empty', ''],
    ['33 bytes', randomBytes(33).toString('base64')],
  ])('is refused when it is %s, without repeating it', async (_, environment) => {
    const refusal = await loadMasterKeys({ environment, folder: freshFolder() }).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: 'EVENT_MASTER_KEY_INVALID', facts: { reason: 'KARI_MASTER_KEY is not 32 bytes in base64' } });
  });

  it('is refused from a file that others can read, that is a link, or that is damaged', async () => {
    const loose = freshFolder();
    await loadMasterKeys({ folder: loose });
    chmodSync(join(loose, 'master.key'), 0o640);
    await expect(loadMasterKeys({ folder: loose })).rejects.toMatchObject({
      facts: { reason: expect.stringContaining('open to others (mode 640)') },
    });

    const damaged = freshFolder();
    await loadMasterKeys({ folder: damaged });
    const content = readFileSync(join(damaged, 'master.key'), 'utf8');
    writeFileSync(join(damaged, 'master.key'), content.slice(0, 20));
    await expect(loadMasterKeys({ folder: damaged })).rejects.toMatchObject({ code: 'EVENT_MASTER_KEY_INVALID' });

    const linked = freshFolder();
    await loadMasterKeys({ folder: linked });
    rmSync(join(linked, 'master.key'));
    symlinkSync(join(loose, 'master.key'), join(linked, 'master.key'));
    await expect(loadMasterKeys({ folder: linked })).rejects.toMatchObject({ facts: { reason: expect.stringContaining('is a link') } });
  });
});
