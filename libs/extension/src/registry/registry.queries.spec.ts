// The views of this context as PostgreSQL answers them: written by the projection runner, read as a tenant under row-level security.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Projection } from '@kari/kernel';
import { testDatabase, type TestDatabase } from '@kari/platform/database/testing';
import { pageRequest, type LiveFeed } from '@kari/platform/graphql';
import { leaseMigrations, PostgresLeases } from '@kari/platform/leases';
import { projectionMigrations, ProjectionNotices, ProjectionRunner } from '@kari/platform/projections';
import { systemClock, systemIds, systemTimers } from '@kari/platform/time';
import { wishOutcomeProjection, wishProjection } from '../rollout/wish.projection.js';
import { WishQueries } from '../rollout/wish.queries.js';
import { WishOutcomeView, WishView } from '../rollout/wish.view.js';
import { extension, kv, manifest, OTHER_TENANT, TENANT } from '../testing/stories.js';
import { quiet, World } from '../testing/world.js';
import { brokenPackageProjection } from './broken-package.projection.js';
import { BrokenPackageView } from './broken-package.view.js';
import { ExtensionChanges } from './extension-changes.js';
import { historyProjection } from './history.projection.js';
import { HistoryView } from './history.view.js';
import { installProgressProjection } from './install-progress.projection.js';
import { InstallProgressView } from './install-progress.view.js';
import { packageProjection } from './package.projection.js';
import { PackageQueries } from './package.queries.js';
import { PackageView } from './package.view.js';
import { registryProjection } from './registry.projection.js';
import { RegistryQueries } from './registry.queries.js';
import { RegistryView } from './registry.view.js';

const projections = [
  packageProjection,
  brokenPackageProjection,
  registryProjection,
  installProgressProjection,
  historyProjection,
  wishProjection,
  wishOutcomeProjection,
] as unknown as readonly Projection[];
const entities = [PackageView, BrokenPackageView, RegistryView, InstallProgressView, HistoryView, WishView, WishOutcomeView];
const notes = manifest({ permissions: { kv: { bytes: 1_000, reason: kv.reason } } });
const request = { extension, version: null, consented: ['kv'], enable: true };
const all = { status: null, extension: null };

let database: TestDatabase;
let at: World;
let runner: ProjectionRunner;
let leases: PostgresLeases;
let queries: RegistryQueries;
let packages: PackageQueries;
let wishes: WishQueries;
let beforeRevoke: Date;

beforeAll(async () => {
  database = await testDatabase({ migrations: [leaseMigrations, projectionMigrations], schemas: ['extension'], entities });
  at = await World.open({ time: { ...systemClock, ...systemTimers } });
  leases = new PostgresLeases({ database: database.system, clock: systemClock, timers: systemTimers, ids: systemIds });
  const system = { clock: systemClock, timers: systemTimers, logger: quiet, notices: new ProjectionNotices() };
  runner = new ProjectionRunner({ store: at.store, database: database.system, leases, ...system }, projections);
  await runner.start();
  queries = new RegistryQueries(database.read, runner);
  packages = new PackageQueries(database.read, runner);
  wishes = new WishQueries(database.read);

  for (const tenant of [TENANT, OTHER_TENANT]) await at.tenant(tenant);
  for (const version of ['1.0.0', '1.10.0', '1.9.0']) await at.package({ ...notes, version });
  await at.package(manifest({ id: 'acme.hello', name: 'Hello_World', category: 'utilities' }));
  await at.bus.send({ type: 'RejectPackage', data: { folder: 'extensions/x', extension: null, errors: [problem()] } }, at.caller('_'));
  await at.manager.install(request, at.caller(TENANT));
  await at.until(extension, 'enabled', TENANT);
  await at.manager.installForAllTenants({ ...request, extension: 'acme.hello', consented: [] }, at.caller('_'));
  for (const tenant of [TENANT, OTHER_TENANT]) await at.until('acme.hello', 'enabled', tenant);
  await systemTimers.sleep(2);
  beforeRevoke = new Date(systemClock.now());
  await systemTimers.sleep(2);
  await at.manager.revokeGrant(extension, 'kv', at.caller(TENANT));
  const head = await at.store.head();
  for (const { name } of projections) await runner.waitFor(name, head);
});
afterAll(async () => {
  await runner.stop();
  await leases.stop();
  await at.close();
  await database.drop();
});

describe('the registry as a tenant reads it', () => {
  it('shows its own extensions and no others (Z-02)', async () => {
    const own = await queries.page(pageRequest('extensions', { first: 10 }, TENANT), all, await at.store.head());
    expect(own.nodes.map((row) => [row.extension, row.status, row.version])).toEqual([
      ['acme.hello', 'enabled', '1.0.0'],
      ['acme.notes', 'enabled', '1.10.0'],
    ]);
    const theirs = await queries.page(pageRequest('extensions', { first: 10 }, OTHER_TENANT), all, null);
    expect(theirs.nodes.map((row) => row.extension)).toEqual(['acme.hello']);
    await expect(queries.one(OTHER_TENANT, extension, null)).rejects.toThrow('EXTENSION_NOT_INSTALLED');
    expect(await queries.progress(OTHER_TENANT, extension, null)).toBeNull();
    expect(await queries.at(OTHER_TENANT, new Date())).toHaveLength(1);
  });

  it('shows every tenant to the platform, page by page, each row once', async () => {
    const seen: string[] = [];
    for (let after: string | null = null, more = true; more;) {
      const page = await queries.page(pageRequest('extensions', { first: 1, after }, '_'), all, null);
      seen.push(...page.nodes.map((row) => `${row.extension} ${row.tenant}`));
      after = page.pageInfo.endCursor;
      more = page.pageInfo.hasNextPage;
    }
    expect(seen).toEqual([`acme.hello ${TENANT}`, `acme.hello ${OTHER_TENANT}`, `acme.notes ${TENANT}`]);
  });

  it('filters by status and extension', async () => {
    const page = (filter: Parameters<RegistryQueries['page']>[1]) =>
      queries.page(pageRequest('extensions', { first: 10 }, TENANT), filter, null);
    expect((await page({ status: 'disabled', extension: null })).nodes).toEqual([]);
    expect((await page({ status: 'enabled', extension })).nodes).toHaveLength(1);
  });

  it('shows the grants with their last change, and the install with every step', async () => {
    expect((await queries.one(TENANT, extension, null)).grants).toMatchObject([{ id: 'kv', state: 'revoked', by: 'someone' }]);
    const progress = await queries.progress(TENANT, extension, null);
    expect(progress?.steps.map(({ state }) => state)).toEqual(['done', 'done', 'done', 'done', 'done']);
    expect(progress).toMatchObject({ outcome: 'installed', requestedBy: 'someone' });
  });
});

describe('the past', () => {
  it('is every fact, newest first, page by page', async () => {
    const types: string[] = [];
    for (let after: string | null = null, more = true; more;) {
      const page = await queries.history(pageRequest('extensionHistory', { first: 4, after }, TENANT), extension);
      types.push(...page.nodes.map(({ type }) => type));
      after = page.pageInfo.endCursor;
      more = page.pageInfo.hasNextPage;
    }
    expect(types).toEqual((await at.history(extension)).map(({ type }) => type).reverse());
  });

  it('is what was installed at any moment, with the grants of that moment', async () => {
    const grantsAt = async (moment: Date) =>
      (await queries.at(TENANT, moment)).map(({ state }) => [state.extension, state.status, ...state.grants.map((grant) => grant.state)]);
    expect(await grantsAt(new Date(0))).toEqual([]);
    expect(await grantsAt(beforeRevoke)).toContainEqual([extension, 'enabled', 'granted']);
    expect(await grantsAt(new Date(systemClock.now()))).toContainEqual([extension, 'enabled', 'revoked']);
  });
});

describe('packages', () => {
  it('are listed with their versions, highest first', async () => {
    const page = await packages.page(pageRequest('packages', { first: 10 }, TENANT), { text: null, category: null }, null);
    expect(page.nodes.map((one) => [one.extension, one.versions.map(({ version }) => version)])).toEqual([
      ['acme.hello', ['1.0.0']],
      ['acme.notes', ['1.10.0', '1.9.0', '1.0.0']],
    ]);
  });
  it('are found by text and category; signs of the database mean themselves', async () => {
    const ids = async (text: string | null, category: string | null) =>
      (await packages.page(pageRequest('packages', { first: 10 }, TENANT), { text, category }, null)).nodes.map((one) => one.extension);
    expect([await ids('hello_', null), await ids('hello%', null), await ids('n_tes', null), await ids(null, 'utilities')]).toEqual([
      ['acme.hello'],
      [],
      [],
      ['acme.hello'],
    ]);
  });
  it('that are broken are listed with their errors', async () => {
    expect((await packages.broken(pageRequest('brokenPackages', { first: 10 }, '_'))).nodes).toMatchObject([
      { folder: 'extensions/x', errors: [{ line: 3, fix: 'thus' }] },
    ]);
  });
});

it('wishes for all tenants are listed with what came of them in each', async () => {
  expect((await wishes.page(pageRequest('extensionWishes', { first: 10 }, '_'))).nodes).toMatchObject([
    { extension: 'acme.hello', status: 'standing' },
  ]);
  const outcomes = await wishes.outcomes(pageRequest('outcomes', { first: 10 }, '_'), 'acme.hello', null);
  expect(outcomes.nodes.map(({ tenant, outcome }) => [tenant, outcome])).toEqual([
    [TENANT, 'enabled'],
    [OTHER_TENANT, 'enabled'],
  ]);
});

describe('changes for those who watch', () => {
  it('tell an install from its present state to its end, of the own tenant alone', async () => {
    const seen: { tenant: string; categories: readonly string[] | undefined }[] = [];
    const feed: LiveFeed = {
      async *watch({ tenant, categories, after }) {
        seen.push({ tenant, categories });
        for await (const event of at.store.readAll({
          ...(typeof after === 'string' ? { after } : {}),
          filter: { categories: categories ?? [] },
        })) {
          if (event.meta.tenant === tenant) yield event;
        }
      },
    };
    const changes = new ExtensionChanges(feed, at.store);
    const fractions: number[] = [];
    for await (const view of changes.progress(TENANT, extension, '0'))
      fractions.push(view.steps.filter(({ state }) => state === 'done').length);
    expect(fractions).toEqual([0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
    const statuses: string[] = [];
    for await (const change of changes.changes(TENANT, extension, '0')) statuses.push(change.state.status);
    expect([statuses[0], statuses.at(-1)]).toEqual(['installing', 'enabled']);
    const theirs: string[] = [];
    for await (const change of changes.changes(OTHER_TENANT, null, '0')) theirs.push(change.extension);
    expect(new Set(theirs)).toEqual(new Set(['acme.hello']));
    expect(seen.every(({ categories }) => categories?.join() === 'extension.installation')).toBe(true);
  });
});

function problem() {
  return { code: 'PACKAGE_MANIFEST_SHAPE', file: 'extension.json', pointer: '/version', line: 3, column: 1, reason: 'so', fix: 'thus' };
}
