// The context on a real PostgreSQL: events encrypted in the log, views behind row-level security, reads through the queries.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EventStore, Projection, RequestContext } from '@kari/kernel';
import { memoryBlobs } from '@kari/platform/blob';
import { EnvelopeKeys, memoryKeyTable } from '@kari/platform/crypto';
import { testDatabase, type TestDatabase } from '@kari/platform/database/testing';
import { catalogueOf, eventStoreMigrations, PostgresEventStore, withCatalogue } from '@kari/platform/event-store';
import { pageRequest, type PageArgs } from '@kari/platform/graphql';
import { leaseMigrations, PostgresLeases } from '@kari/platform/leases';
import { projectionMigrations, ProjectionNotices, ProjectionRunner } from '@kari/platform/projections';
import { systemClock, systemIds, systemTimers } from '@kari/platform/time';
import { MemberErasure } from './members/member-erasure.reactor.js';
import { memberProjection } from './members/member.projection.js';
import { MemberQueries } from './members/member.queries.js';
import { MemberView } from './members/member.view.js';
import { serviceAccountProjection } from './service-accounts/service-account.projection.js';
import { ServiceAccountQueries } from './service-accounts/service-account.queries.js';
import { ServiceAccountView } from './service-accounts/service-account.view.js';
import { eventDefinitions } from './tenancy.definitions.js';
import { tenancyMigrations } from './tenancy.migrations.js';
import { codeOf, silent, tenancyBench } from './testing/tenancy-bench.js';
import { tenantProjection } from './tenants/tenant.projection.js';
import { TenantQueries } from './tenants/tenant.queries.js';
import { TenantView } from './tenants/tenant.view.js';
import { TokenUse } from './tokens/token-use.js';
import { apiTokenParts } from './access/credentials.rules.js';
import { tokenProjection } from './tokens/token.projection.js';
import { TokenQueries } from './tokens/token.queries.js';
import { TokenView } from './tokens/token.view.js';

let database: TestDatabase;
let log: PostgresEventStore;
let store: EventStore;
let keys: EnvelopeKeys;
let leases: PostgresLeases;
let runner: ProjectionRunner;
let tenancy: ReturnType<typeof tenancyBench>;

beforeAll(async () => {
  database = await testDatabase({
    migrations: [leaseMigrations, projectionMigrations, eventStoreMigrations, tenancyMigrations],
    schemas: ['tenancy'],
    entities: [TenantView, MemberView, ServiceAccountView, TokenView],
  });
  const { system } = database;
  log = new PostgresEventStore({ pool: system.pool, blobs: memoryBlobs(), timers: systemTimers });
  const masters = { current: { id: 'test', bytes: randomBytes(32) }, previous: [] };
  keys = new EnvelopeKeys({ masters, table: memoryKeyTable(), clock: systemClock });
  store = withCatalogue(log, {
    catalogue: catalogueOf(
      () => eventDefinitions,
      () => [],
    ),
    keys,
    timers: systemTimers,
  });
  leases = new PostgresLeases({ database: system, clock: systemClock, timers: systemTimers, ids: systemIds });
  const projections = [tenantProjection, memberProjection, serviceAccountProjection, tokenProjection] as unknown as Projection[];
  const parts = {
    store,
    database: system,
    leases,
    clock: systemClock,
    timers: systemTimers,
    logger: silent,
    notices: new ProjectionNotices(),
  };
  runner = new ProjectionRunner(parts, projections);
  await runner.start();
  tenancy = tenancyBench({ store });
});

afterAll(async () => {
  await runner?.stop();
  await leases?.stop();
  await log?.close();
  await database?.drop();
});

const page = (list: string, tenant: string, args: Partial<PageArgs> = {}) => pageRequest(list, { first: 50, ...args }, tenant);
const head = () => store.head();
const caller = (tenant: string) => ({ ...tenancy.system(tenant) }) satisfies RequestContext;

describe('the views of tenancy', () => {
  it('list members to their own tenant alone, page by page, and keep e-mail addresses out of the log (Z-02, D-11)', async () => {
    const [acme, other] = [await tenancy.tenant('views-acme'), await tenancy.tenant('views-other')];
    for (const name of ['ada', 'bob', 'cleo']) await tenancy.member(acme, `${name}-canary`, 'admin');
    await tenancy.member(other, 'eve', 'admin');
    const members = new MemberQueries(database.read, runner);

    const first = await members.page(page('members', acme, { first: 2 }), await head());
    const second = await members.page(page('members', acme, { first: 2, after: first.pageInfo.endCursor }), null);
    expect([...first.nodes, ...second.nodes].map((member) => member.email).sort()).toEqual([
      'ada-canary@example.test',
      'bob-canary@example.test',
      'cleo-canary@example.test',
    ]);
    expect([first.pageInfo.hasNextPage, second.pageInfo.hasNextPage]).toEqual([true, false]);
    expect((await members.page(page('members', other), null)).nodes.map((member) => member.name)).toEqual(['eve']);
    expect(() => page('members', other, { after: first.pageInfo.endCursor })).toThrow('REQUEST_INVALID');

    const stored = await database.system.query<{ text: string }>('select data::text as text from log.events');
    expect(stored.map((row) => row.text).join('\n')).not.toContain('canary');
  });

  it('forget a person everywhere: row, log, fold (U-09)', async () => {
    const acme = await tenancy.tenant('views-forgetful');
    await tenancy.member(acme, 'ada', 'admin');
    const bob = await tenancy.member(acme, 'bob', 'user');
    await tenancy.bus.send({ type: 'RemoveMember', data: { member: bob } }, tenancy.system(acme));
    await tenancy.bus.send({ type: 'EraseMember', data: { member: bob } }, tenancy.system(acme));
    const reactor = new MemberErasure(keys);
    for await (const event of store.readAll({ filter: { types: ['MemberErased'] } })) await reactor.react(event);

    const members = new MemberQueries(database.read, runner);
    expect((await members.page(page('members', acme), await head())).nodes.map((member) => member.name)).toEqual(['ada']);
    const added: unknown[] = [];
    for await (const event of store.readAll({ filter: { types: ['MemberAdded'] } })) added.push(event.data);
    expect(added).toContainEqual({ member: bob, email: null, name: null, roles: ['user'] });
  });

  it('show a tenant to itself and all tenants to the platform', async () => {
    const acme = await tenancy.tenant('views-seen');
    const hidden = await tenancy.tenant('views-hidden');
    const tenants = new TenantQueries(database.read, runner);
    const own = await tenants.one(caller(acme), 'views-seen', await head());
    expect([own.tenant, own.status]).toEqual([acme, 'active']);
    expect((await tenants.one(caller(acme), acme, null)).slug).toBe('views-seen');
    for (const foreign of [hidden, 'views-hidden', '_', '%', 'nobody'])
      expect(await codeOf(tenants.one(caller(acme), foreign, null))).toBe('REQUEST_NOT_FOUND');
    expect((await tenants.one(caller('_'), hidden, null)).slug).toBe('views-hidden');

    await tenancy.bus.send({ type: 'SuspendTenant', data: { tenant: hidden, reason: 'unpaid' } }, tenancy.system('_'));
    const all = await tenants.page(page('tenants', '_', { first: 200 }), await head());
    expect(all.nodes.find(({ tenant }) => tenant === hidden)).toMatchObject({ status: 'suspended', reason: 'unpaid' });
    expect(all.nodes.map(({ slug }) => slug)).toEqual([...all.nodes.map(({ slug }) => slug)].sort());
  });

  it('list tokens with their last use and without anything secret', async () => {
    const acme = await tenancy.tenant('views-tokens');
    const ada = await tenancy.member(acme, 'ada', 'admin');
    const value = await tenancy.token(acme, ada, { rights: ['audit.read'] });
    const presented = apiTokenParts(value);
    const use = new TokenUse(database.system, systemTimers, silent);
    use.seen(acme, presented?.token ?? '', Date.UTC(2026, 0, 2));
    await use.flush();
    use.seen(acme, presented?.token ?? '', Date.UTC(2026, 0, 1));
    await use.flush();
    const tokens = new TokenQueries(database.read, runner);
    const { nodes } = await tokens.page(page('tokens', acme), await head());
    expect(nodes).toMatchObject([
      { row: { owner: ada, rights: ['audit.read'], revokedAt: null }, lastUsedAt: new Date(Date.UTC(2026, 0, 2)) },
    ]);
    expect(JSON.stringify(nodes)).not.toContain(presented?.secret);
    expect((await tokens.page(page('tokens', await tenancy.tenant('views-strangers')), null)).nodes).toEqual([]);
  });

  it('keep a removed service account listed, because its name stays taken', async () => {
    const acme = await tenancy.tenant('views-accounts');
    const send = (type: string, data: object) => tenancy.bus.send<{ serviceAccount: string }>({ type, data }, tenancy.system(acme));
    const { state } = await send('CreateServiceAccount', { name: 'ci', roles: ['developer'] });
    await send('RemoveServiceAccount', { serviceAccount: state.serviceAccount });
    const accounts = new ServiceAccountQueries(database.read, runner);
    expect((await accounts.page(page('serviceAccounts', acme), await head())).nodes).toMatchObject([
      { name: 'ci', status: 'removed', roles: [] },
    ]);
  });

  it('are hash-equal after a rebuild (D-10)', async () => {
    for (const name of ['tenancy.tenant', 'tenancy.member', 'tenancy.service_account', 'tenancy.token']) {
      await runner.waitFor(name, await head());
      const live = await runner.hashOf(name);
      await runner.rebuild(name);
      await runner.waitFor(name, await head());
      expect([name, (await runner.hashOf(name))?.hash]).toEqual([name, live?.hash]);
    }
  });
});
