// Tenants, people and credentials as a caller outside has them.
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, type GraphqlCaller } from '../../support/client.js';
import { startTenancyApp, type TenancyApp } from './tenancy-app.js';

let app: TenancyApp;
let operator: GraphqlCaller;

beforeAll(async () => {
  app = await startTenancyApp();
  ({ operator } = app);
});
afterAll(() => app?.stop());

interface Changed {
  readonly id: string;
  readonly revision: string;
  readonly position: string | null;
}

async function createTenant(slug: string): Promise<string> {
  const { createTenant: created } = await operator.data<{ createTenant: Changed }>(
    'mutation($i: CreateTenantInput!) { createTenant(input: $i) { id revision position } }',
    {
      i: { slug, name: slug },
    },
  );
  return created.id;
}

/** Somebody with these roles in that tenant (`_`: on the platform), with a token. */
async function somebody(
  tenant: string,
  ...roles: string[]
): Promise<{ id: string; token: string; caller: GraphqlCaller; position: string }> {
  const there = operator.as({ tenant });
  const name = `somebody ${roles.join(' ')}`;
  const email = `${roles.join('-')}-${Math.random().toString(36).slice(2)}@example.test`;
  const { addMember: member } = await there.data<{ addMember: Changed }>(
    'mutation($i: AddMemberInput!) { addMember(input: $i) { id revision position } }',
    { i: { email, name, roles } },
  );
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
  const input = { name: 'test', ownerKind: 'MEMBER', owner: member.id, expiresAt };
  const { issueToken: token } = await there.data<{ issueToken: { value: string } }>(
    'mutation($i: IssueTokenInput!) { issueToken(input: $i) { value } }',
    { i: input },
  );
  return { id: member.id, token: token.value, caller: there.as({ token: token.value }), position: member.position ?? '' };
}

/** A request with exactly these raw headers. */
function raw(headers: readonly (readonly [string, string])[]): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const flat = [['host', new URL(app.url).host], ['content-type', 'application/json'], ...headers].flat();
    const sent = request(`${app.url}/graphql`, { method: 'POST', headers: flat }, (answer) => {
      let body = '';
      answer.on('data', (chunk: Buffer) => (body += chunk.toString()));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body }));
    });
    sent.on('error', reject);
    sent.end(JSON.stringify({ query: '{ me { id } }' }));
  });
}

describe('tenants', () => {
  it('are created once per slug, listed, found and shown to themselves', async () => {
    const acme = await createTenant('e2e-acme');
    expect(await operator.code('mutation { createTenant(input: { slug: "e2e-acme", name: "again" }) { id } }')).toBe('TENANCY_SLUG_TAKEN');
    expect(await operator.code('mutation { createTenant(input: { slug: "Not A Label", name: "x" }) { id } }')).toBe('REQUEST_INVALID');
    const admin = await somebody('e2e-acme', 'admin');
    const { me, tenant } = await admin.caller.data<{
      me: { id: string; roles: string[]; home: string };
      tenant: { slug: string; status: string };
    }>('query($w: String) { me { id roles home } tenant(id: "e2e-acme", waitFor: $w) { slug status } }', { w: admin.position });
    expect([me, tenant]).toEqual([
      { id: admin.id, roles: ['admin'], home: acme },
      { slug: 'e2e-acme', status: 'ACTIVE' },
    ]);
    const { tenants } = await operator.data<{ tenants: { nodes: { slug: string }[] } }>('{ tenants { nodes { slug } } }');
    expect(tenants.nodes.map(({ slug }) => slug)).toEqual(expect.arrayContaining(['demo', 'e2e-acme']));
    expect(await admin.caller.code('{ tenants { nodes { slug } } }')).toBe('REQUEST_DENIED');
    expect(await admin.caller.code('{ tenant(id: "demo") { slug } }')).toBe('REQUEST_NOT_FOUND');
    expect(await admin.caller.code('mutation { createTenant(input: { slug: "e2e-mine", name: "x" }) { id } }')).toBe('REQUEST_DENIED');
  });

  it('that are suspended are closed at once, sockets included, and open again when they are resumed', async () => {
    const id = await createTenant('e2e-suspended');
    const admin = await somebody('e2e-suspended', 'admin');
    const socket = admin.caller.socket();
    const ended = new Promise<number>((resolve) => {
      socket.on('closed', (event) => resolve((event as { code: number }).code));
    });
    const entries = socket.iterate({
      query: 'subscription($after: String) { auditEntryRecorded(after: $after) { operation } }',
      variables: { after: admin.position },
    });
    const first = entries.next();
    await admin.caller.data('{ me { id } }');
    expect((await first).done).toBe(false);

    const from = performance.now();
    await operator.data('mutation($id: ID!) { suspendTenant(id: $id, reason: "unpaid") { status } }', { id });
    expect(await admin.caller.code('{ me { id } }')).toBe('TENANCY_TENANT_SUSPENDED');
    await ended;
    await socket.dispose();
    expect(performance.now() - from).toBeLessThan(5_000);

    await operator.data('mutation($id: ID!) { resumeTenant(id: $id) { status } }', { id });
    await admin.caller.data('{ me { id } }');
  });

  it('are watched as they change', async () => {
    const socket = operator.socket();
    const { position } = (
      await operator.data<{ createTenant: Changed }>('mutation { createTenant(input: { slug: "e2e-watched", name: "x" }) { id position } }')
    ).createTenant;
    const changes = socket.iterate<{ tenantChanged: { slug: string; status: string } }>({
      query: 'subscription($after: String) { tenantChanged(after: $after) { slug status } }',
      variables: { after: String(BigInt(position ?? '1') - 1n) },
    });
    const { value } = await changes.next();
    expect((value as { data: unknown }).data).toEqual({ tenantChanged: { slug: 'e2e-watched', status: 'ACTIVE' } });
    await socket.dispose();
  });

  it('that are deleted are closed at once, forgotten by name, and their slug stays taken', async () => {
    const id = await createTenant('e2e-deleted');
    const admin = await somebody('e2e-deleted', 'admin');
    const { deleteTenant: deleted } = await operator.data<{ deleteTenant: { position: string } }>(
      'mutation($id: ID!) { deleteTenant(id: $id, export: true) { position } }',
      { id },
    );
    expect(await admin.caller.code('{ me { id } }')).toBe('TENANCY_TENANT_SUSPENDED');
    const gone = await eventually(
      () =>
        operator.data<{ tenant: { status: string; export: string | null } }>(
          'query($id: ID!, $w: String) { tenant(id: $id, waitFor: $w) { status export } }',
          { id, w: deleted.position },
        ),
      ({ tenant }) => tenant.status === 'DELETED',
    );
    expect(gone.tenant.export).toMatch(/^sha256-/);
    expect(await operator.code('mutation { createTenant(input: { slug: "e2e-deleted", name: "x" }) { id } }')).toBe('TENANCY_SLUG_TAKEN');
  });
});

describe('people and credentials', () => {
  it('of one tenant are nobody in another (Z-02)', async () => {
    await createTenant('e2e-left');
    await createTenant('e2e-right');
    const [left, right] = [await somebody('e2e-left', 'admin'), await somebody('e2e-right', 'admin')];
    const list =
      '{ members { nodes { id name email } } tokens { nodes { id owner } } serviceAccounts { nodes { id } } auditEntries { nodes { tenant actor subject } } }';
    const seen = await eventually(
      () => left.caller.ask(list),
      ({ data }) => JSON.stringify(data).includes(left.id),
    );
    expect(JSON.stringify(seen)).not.toContain(right.id);
    for (const place of ['e2e-right', '_', 'demo'])
      expect(await left.caller.as({ tenant: place }).code('{ me { id } }')).toBe('REQUEST_UNAUTHENTICATED');
    expect(await left.caller.code('mutation($id: ID!) { removeMember(id: $id) { id } }', { id: right.id })).toBe('TENANCY_MEMBER_UNKNOWN');
  });

  it('keep to their roles; the last administrator stays', async () => {
    await createTenant('e2e-roles');
    const admin = await somebody('e2e-roles', 'admin');
    const viewer = await somebody('e2e-roles', 'viewer');
    expect(await viewer.caller.code('{ members { nodes { id } } }')).toBe('REQUEST_DENIED');
    expect(await viewer.caller.code('mutation { addMember(input: { email: "x@example.test", name: "x", roles: ["admin"] }) { id } }')).toBe(
      'REQUEST_DENIED',
    );
    expect(
      await admin.caller.code('mutation { addMember(input: { email: "x@example.test", name: "x", roles: ["platform-operator"] }) { id } }'),
    ).toBe('TENANCY_ROLE_NOT_HERE');
    expect(
      await admin.caller.code('mutation { addMember(input: { email: "x@example.test", name: "x", roles: ["emperor"] }) { id } }'),
    ).toBe('REQUEST_INVALID');
    expect(await admin.caller.code('mutation($id: ID!) { changeMemberRoles(id: $id, roles: ["viewer"]) { id } }', { id: admin.id })).toBe(
      'TENANCY_LAST_ADMIN',
    );
    await admin.caller.data('mutation($id: ID!) { changeMemberRoles(id: $id, roles: ["operator"]) { roles } }', { id: viewer.id });
    await viewer.caller.data('{ members { nodes { id } } }');
  });

  it('show a token once, use it through a session, and end both at once', async () => {
    await createTenant('e2e-tokens');
    const admin = await somebody('e2e-tokens', 'admin');
    const { startSession } = await admin.caller.data<{ startSession: { value: string } }>('mutation { startSession { value expiresAt } }');
    const session = admin.caller.as({ token: startSession.value });
    expect(await session.data('{ me { id } }')).toEqual({ me: { id: admin.id } });
    const { tokens } = await admin.caller.data<{ tokens: { nodes: { id: string }[] } }>(
      'query($w: String) { tokens(waitFor: $w) { nodes { id } } }',
      { w: admin.position },
    );
    await operator
      .as({ tenant: 'e2e-tokens' })
      .data('mutation($id: ID!) { revokeToken(id: $id) { active } }', { id: tokens.nodes[0]?.id ?? /_(.*)_/.exec(admin.token)?.[1] });
    expect(await admin.caller.code('{ me { id } }')).toBe('REQUEST_UNAUTHENTICATED');
    expect(await session.code('{ me { id } }')).toBe('REQUEST_UNAUTHENTICATED');
  });

  it('do a repeated request once (U-01)', async () => {
    await createTenant('e2e-repeats');
    const there = operator.as({ tenant: 'e2e-repeats', headers: { 'idempotency-key': '0190a000-0000-7000-8000-0000000000aa' } });
    const add = 'mutation { addMember(input: { email: "once@example.test", name: "Once", roles: ["admin"] }) { id revision position } }';
    const [first, second] = [await there.data(add), await there.data(add)];
    expect(second).toEqual(first);
    expect(await there.as({ headers: {} }).code(add)).toBe('TENANCY_MEMBER_EXISTS');
  });
});

describe('Z-04: a request without one tenant', () => {
  it('is refused, whoever asks and however it is wrong', async () => {
    const auth = ['authorization', `Bearer ${app.operatorToken}`] as const;
    const wrong: readonly (readonly (readonly [string, string])[])[] = [
      [],
      [['kari-tenant', '']],
      [
        ['kari-tenant', '_'],
        ['kari-tenant', '_'],
      ],
      [
        ['kari-tenant', 'demo'],
        ['Kari-Tenant', 'demo'],
      ],
      [['kari-tenant', 'DEMO']],
      [['kari-tenant', '["demo"]']],
      [['kari-tenant', 'demo,_']],
      [['kari-tenant', 'nobody-is-here']],
      [['x-kari-tenant', 'demo']],
      [['kari_tenant', 'demo']],
    ];
    for (const headers of wrong) {
      const { status, body } = await raw([auth, ...headers]);
      expect([headers, status, body.includes('REQUEST_TENANT_REQUIRED')]).toEqual([headers, 400, true]);
      expect(body).not.toContain('"me"');
    }
    expect((await raw([auth, ['KARI-TENANT', '_']])).status).toBe(200);
  });
});
