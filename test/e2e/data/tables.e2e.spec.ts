// Tables of an extension as it has them: through a real sandbox, its broker and the database; two tenants, two users, two versions.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { testDatabase, type TestDatabase } from '@kari/platform/database/testing';
import type { ManifestData } from '@kari/protocol/manifest';
import { eventually } from '../../support/client.js';
import { startExtensionWorld, type ExtensionWorld, type TenantDesk } from '../../support/extension-world.js';
import { TABLES, tablePackages } from '../../support/table-packages.js';
import type { VersionedPackages } from '../../support/versioned-packages.js';

const word = { type: 'text', maxLength: 50 } as const;
const others: ManifestData['collections'] = {
  mine: { description: 'Of one user.', scope: 'user', fields: { word } },
  readable: { description: 'Read alone.', fields: { word } },
  closed: { description: 'Asked for by nobody.', fields: { word } },
};
const note = {
  description: 'A note.',
  rows: 50,
  fields: { title: { ...word, required: true }, size: { type: 'integer', default: 1 }, old: word },
  indexes: [{ fields: ['title'], unique: true }],
} as const;
const one: ManifestData = { version: 1, collections: { note, ...others } };
const two: ManifestData = {
  version: 2,
  collections: {
    note: {
      description: 'A note.',
      fields: {
        headline: { ...word, required: true },
        size: { type: 'integer', default: 1 },
        done: { type: 'boolean', required: true, default: false },
      },
    },
    ...others,
  },
  migrations: [
    { to: 2, collection: 'note', rename: { from: 'title', to: 'headline' } },
    { to: 2, collection: 'note', drop: 'old' },
  ],
};
/** Narrows without a word about it. */
const wrong: ManifestData = {
  version: 3,
  collections: { ...two.collections, note: { description: 'A note.', fields: { headline: { type: 'integer' } } } },
};

/** No two rows may have the same size. */
const strict: ManifestData = {
  version: 3,
  collections: { ...two.collections, note: { ...two.collections['note']!, indexes: [{ fields: ['size'], unique: true }] } },
  migrations: two.migrations!,
};

interface Answer<T> {
  readonly answer: T;
  readonly code: string | null;
  readonly reason: string | null;
}
interface Page {
  readonly rows: readonly Record<string, unknown>[];
  readonly next: string | null;
}

let database: TestDatabase;
let packages: VersionedPackages;
let world: ExtensionWorld;
let a: TenantDesk;
let b: TenantDesk;

beforeAll(async () => {
  packages = await tablePackages(
    { version: '1.0.0', data: one },
    { version: '2.0.0', data: two },
    { version: '3.0.0', data: wrong },
    { version: '4.0.0', data: strict },
  );
  database = await testDatabase();
  world = await startExtensionWorld([packages.folder], { DATABASE_URL: database.ownerUrl });
  [a, b] = [await world.tenant('tenant-a'), await world.tenant('tenant-b')];
  await Promise.all([a, b].map(install));
}, 120_000);

afterAll(async () => {
  await world?.stop();
  await packages?.remove();
  await database?.drop();
}, 60_000);

async function install(tenant: TenantDesk): Promise<void> {
  const consented = ['note', 'mine'].map((collection) => `data:write:${collection}`).concat('data:read:readable');
  await tenant.caller.data('mutation ($input: InstallExtensionInput!) { installExtension(input: $input) { revision } }', {
    input: { extension: TABLES, version: '1.0.0', consented },
  });
  const { status, failure } = await eventually(
    () => tenant.installation(TABLES),
    (found) => found.status === 'ENABLED' || found.failure !== null,
    60_000,
  );
  expect([status, failure]).toEqual(['ENABLED', null]);
}
const ask = <T = unknown>(tenant: TenantDesk, collection: string, act: string, ...args: readonly unknown[]): Promise<Answer<T>> =>
  tenant.call<Answer<T>>('table.ask', { collection, act, args });
const titles = async (tenant: TenantDesk, field = 'title') =>
  (await ask<Page>(tenant, 'note', 'find', { order: [{ field }] })).answer.rows.map((row) => row[field]);
const version = async (tenant: TenantDesk) =>
  (
    await tenant.caller.data<{ extension: { version: string; upgrade: unknown; trialUntil: string | null } }>(
      'query ($id: ID!) { extension(extension: $id) { version trialUntil upgrade { phase } } }',
      { id: TABLES },
    )
  ).extension;
const upgrade = (tenant: TenantDesk, to: string) =>
  tenant.caller.data('mutation ($input: UpgradeExtensionInput!) { upgradeExtension(input: $input) { version } }', {
    input: { extension: TABLES, version: to, consented: [] },
  });
const TABLE_FIELDS =
  'layoutVersion serves preparing state stepsLeft bytes bytesQuota tables { name scope rows rowsQuota bytes fields { name type required personal encrypted references } indexes { fields unique } } steps { version step }';
interface Tables {
  readonly state: string;
  readonly serves: readonly string[];
  readonly layoutVersion: number;
  readonly tables: readonly {
    readonly name: string;
    readonly rows: number;
    readonly bytes: number;
    readonly fields: readonly { readonly name: string }[];
  }[];
}
const tables = async (tenant: TenantDesk) =>
  (
    await tenant.caller.data<{ extensionTables: Tables | null }>(
      `query ($id: ID!) { extensionTables(extension: $id) { ${TABLE_FIELDS} } }`,
      { id: TABLES },
    )
  ).extensionTables;

it('keeps rows, finds, changes, sums and deletes them, and refuses with a reason', async () => {
  const { answer: first } = await ask<{ id: string; version: number }>(a, 'note', 'insert', { title: 'first' });
  expect(first).toEqual({ id: expect.any(String), version: 1 });
  expect((await ask(a, 'note', 'update', first.id, { size: 5 }, { version: 1 })).answer).toEqual({ id: first.id, version: 2 });
  expect(await ask(a, 'note', 'update', first.id, { size: 6 }, { version: 1 })).toMatchObject({
    code: 'INVALID',
    reason: 'DATA_ROW_CONFLICT',
  });
  expect(await ask(a, 'note', 'insert', { title: 'first' })).toMatchObject({ code: 'INVALID', reason: 'DATA_NOT_UNIQUE' });
  expect(await ask(a, 'note', 'insert', { heading: 'x' })).toMatchObject({ code: 'INVALID', reason: 'DATA_FIELD_UNKNOWN' });
  expect(
    (
      await ask(
        a,
        'note',
        'write',
        { collection: 'note', insert: { title: 'second' } },
        { collection: 'note', insert: { title: 'third', size: 3 } },
      )
    ).code,
  ).toBeNull();
  expect(await titles(a)).toEqual(['first', 'second', 'third']);
  expect((await ask(a, 'note', 'aggregate', { measures: { sum: { sum: 'size' }, n: { count: true } } })).answer).toEqual({
    groups: [{ sum: 9, n: 3 }],
    more: false,
  });
  expect((await ask(a, 'note', 'count', { field: 'title', startsWith: 's' })).answer).toBe(1);
  expect((await ask(a, 'note', 'delete', first.id)).answer).toBe(true);
  expect((await ask(a, 'note', 'get', first.id)).answer).toBeNull();
  await a.caller.data('mutation { restartSandbox(extension: "fixture.tables") { status } }');
  expect(await titles(a)).toEqual(['second', 'third']);
});

it('Z-02 shows nothing of it to the same extension in another tenant, nor a user’s rows to another user', async () => {
  expect((await ask<Page>(b, 'note', 'find')).answer).toEqual({ rows: [], next: null });
  expect((await ask(b, 'note', 'insert', { title: 'second' })).code).toBeNull();
  const { answer: mine } = await ask<{ id: string }>(a, 'mine', 'insert', { word: 'of the admin' });
  expect((await ask<Page>(a, 'mine', 'find')).answer.rows).toHaveLength(1);
  const developer = await a.member('developer');
  const asOther = (act: string, ...args: readonly unknown[]) =>
    developer.data<{ callPlugin: { output: Answer<unknown> } }>(
      'mutation ($input: CallPluginInput!) { callPlugin(input: $input) { output } }',
      {
        input: { plugin: 'table.ask', input: { collection: 'mine', act, args } },
      },
    );
  expect((await asOther('find')).callPlugin.output.answer).toEqual({ rows: [], next: null });
  expect((await asOther('update', mine.id, { word: 'x' })).callPlugin.output.reason).toBe('DATA_ROW_MISSING');
  const alone = await a.call<Answer<Page>>('table.ask', { collection: 'mine', act: 'find', args: [], alone: true });
  expect(alone.answer).toEqual({ rows: [], next: null });
});

it('opens what was granted alone, and closes it with the grant', async () => {
  expect(await ask(a, 'readable', 'find')).toMatchObject({ code: null });
  for (const [collection, act] of [
    ['readable', 'insert'],
    ['closed', 'find'],
    ['closed', 'insert'],
  ]) {
    expect(await ask(a, collection!, act!, ...(act === 'insert' ? [{ word: 'x' }] : []))).toMatchObject({
      code: 'DENIED',
      reason: 'SANDBOX_CAPABILITY_DENIED',
    });
  }
  const grant = (verb: string) => b.caller.data(`mutation { ${verb}Grant(extension: "${TABLES}", grant: "data:write:note") { revision } }`);
  await grant('revoke');
  expect(await ask(b, 'note', 'find')).toMatchObject({ code: 'DENIED' });
  await grant('give');
  expect((await ask(b, 'note', 'find')).code).toBeNull();
});

it('shows operators layout, rows and bytes, never a row; no one else', async () => {
  const found = await tables(a);
  expect(found).toMatchObject({ layoutVersion: 1, serves: ['1.0.0'], stepsLeft: 0, bytesQuota: 268_435_456 });
  expect(found?.tables.find(({ name }) => name === 'note')).toMatchObject({
    scope: 'tenant',
    rows: 2,
    rowsQuota: 50,
    indexes: [{ fields: ['title'], unique: true }],
  });
  expect(JSON.stringify(found)).not.toContain('of the admin');
  const viewer = await a.member('viewer');
  const refused = await viewer.ask(`query { extensionTables(extension: "${TABLES}") { state } }`);
  expect(refused.errors[0]?.extensions.code).toBe('REQUEST_DENIED');
});

it('brings the tables to the next version, keeps what it drops while on trial, and a rollback restores it', async () => {
  await ask(a, 'note', 'insert', { title: 'kept', old: 'precious' });
  await upgrade(a, '2.0.0');
  await eventually(
    () => version(a),
    (found) => found.version === '2.0.0' && found.upgrade === null,
    60_000,
  );
  expect(await titles(a, 'headline')).toEqual(['kept', 'second', 'third']);
  expect((await ask<Page>(a, 'note', 'find', { where: { field: 'headline', eq: 'kept' } })).answer.rows[0]).toMatchObject({ done: false });
  await ask(a, 'note', 'insert', { headline: 'newer', done: true });
  await eventually(
    () => tables(a),
    (found) => found?.state === 'ON_TRIAL',
  );
  expect(await titles(b)).toEqual(['second']);

  await a.caller.data(`mutation { rollBackExtension(extension: "${TABLES}") { version } }`);
  await eventually(
    () => tables(a),
    (found) => found?.state === 'SETTLED' && found.layoutVersion === 1,
  );
  expect(await titles(a)).toEqual(['kept', 'newer', 'second', 'third']);
  expect((await ask<Page>(a, 'note', 'find', { where: { field: 'title', eq: 'kept' } })).answer.rows[0]).toMatchObject({ old: 'precious' });
});

it('refuses an upgrade whose layout would lose values, and says where', async () => {
  await upgrade(b, '3.0.0');
  const { installProgress } = await eventually(
    () =>
      b.caller.data<{ installProgress: { outcome: string; version: string; failure: { code: string; reason: string } | null } }>(
        `query { installProgress(extension: "${TABLES}") { outcome version failure { code reason } } }`,
      ),
    (found) => found.installProgress.version === '3.0.0' && found.installProgress.outcome === 'FAILED',
    60_000,
  );
  expect(installProgress.failure).toMatchObject({
    code: 'DATA_LAYOUT_NARROWS',
    reason: expect.stringContaining('/data/collections/note/fields/'),
  });
  expect(await titles(b)).toEqual(['second']);
});

interface PlannedTables {
  readonly changes: readonly { readonly act: string; readonly field: string | null }[];
  readonly problems: readonly { readonly code: string; readonly pointer: string; readonly reason: string }[];
  readonly trial: string;
  readonly rows: number;
}
const planned = async (
  tenant: TenantDesk,
  change: { readonly act: string; readonly version?: string },
  caller = tenant.caller,
): Promise<PlannedTables | null> => {
  const { planChanges } = await caller.data<{ planChanges: { operations: { extension: string; tables: PlannedTables | null }[] } }>(
    'query ($input: PlanChangesInput!) { planChanges(input: $input) { operations { extension tables { changes { act field } problems { code pointer reason } trial rows } } } }',
    { input: { changes: [{ extension: TABLES, ...change }] } },
  );
  return planChanges.operations.find(({ extension }) => extension === TABLES)!.tables;
};

it('tells in a plan what an upgrade does to the tables, and what its rows would break, and moves nothing', async () => {
  await ask(b, 'note', 'insert', { title: 'third' });
  expect(await planned(b, { act: 'UPGRADE', version: '2.0.0' })).toEqual({
    changes: [
      { act: 'ADD', field: 'done' },
      { act: 'INDEX', field: null },
      { act: 'DROP', field: 'old' },
      { act: 'RENAME', field: 'headline' },
    ],
    problems: [],
    trial: 'PASSED',
    rows: 2,
  });
  expect(await planned(b, { act: 'UPGRADE', version: '2.0.0' }, await b.member('viewer'))).toBeNull();
  expect(await planned(b, { act: 'UPGRADE', version: '3.0.0' })).toMatchObject({
    trial: 'NOT_NEEDED',
    problems: expect.arrayContaining([expect.objectContaining({ code: 'DATA_LAYOUT_NARROWS' })]),
  });
  expect(await planned(b, { act: 'UPGRADE', version: '4.0.0' })).toMatchObject({
    trial: 'BROKEN',
    problems: [{ code: 'DATA_MIGRATION_FAILED', pointer: '/data/collections/note', reason: 'rows of note share a value of size' }],
  });
  expect(await titles(b)).toEqual(['second', 'third']);
  expect(await tables(b)).toMatchObject({ layoutVersion: 1, state: 'SETTLED', serves: ['1.0.0'] });
});

it('keeps the tables of an extension that is removed, says so beforehand, and shows them to its next install', async () => {
  const found = (await tables(a))!.tables.find(({ name }) => name === 'note')!;
  expect(await planned(a, { act: 'REMOVE' })).toMatchObject({ trial: 'NOT_NEEDED', changes: [], problems: [], rows: found.rows + 1 });
  await a.caller.data(`mutation { removeExtension(extension: "${TABLES}") { revision } }`);
  await eventually(
    () => a.installation(TABLES),
    ({ status }) => status === 'ABSENT' || status === 'REMOVED',
  );
  expect((await tables(a))?.tables.find(({ name }) => name === 'note')).toEqual(found);
  await install(a);
  expect(await titles(a)).toEqual(['kept', 'newer', 'second', 'third']);
});

it('leaves nothing of a deleted tenant: no schema, no row, no note of either; the other tenant keeps its own', async () => {
  const left = async ({ id }: TenantDesk) => {
    const [row] = await database.system.query<Record<string, number>>(
      `select (select count(*)::int from data.table_space where tenant = $1) as spaces, (select count(*)::int from data.table_usage where tenant = $1) as usage,
        (select count(*)::int from data.table_step where tenant = $1) as steps`,
      [id],
    );
    return row!;
  };
  const schemaOf = async ({ id }: TenantDesk) =>
    (await database.system.query<{ schema: string }>('select schema from data.table_space where tenant = $1', [id]))[0]!.schema;
  const standing = async (...names: readonly string[]) =>
    (await database.system.query<{ nspname: string }>('select nspname from pg_namespace where nspname = any($1)', [names])).map(
      ({ nspname }) => nspname,
    );
  const [of, others] = [await schemaOf(b), await schemaOf(a)];
  expect(await left(b)).toEqual({ spaces: 1, usage: expect.any(Number), steps: expect.any(Number) });
  expect(await standing(of)).toEqual([of]);
  await world.operator.data('mutation ($id: ID!) { deleteTenant(id: $id, export: false) { id } }', { id: b.id });
  await eventually(
    () => left(b),
    (counts) => Object.values(counts).every((count) => count === 0),
    30_000,
  );
  expect(await standing(of, others)).toEqual([others]);
  expect(await titles(a)).toEqual(['kept', 'newer', 'second', 'third']);
});
