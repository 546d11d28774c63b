// Z-01 and U-01: every operation of the schema, asked by every role, in the own tenant and in others. The expected table is reviewed data in
// test/golden/authorization.json; an operation without a row fails here. Each call must leave exactly one audit entry.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { platformRoles, tenantRoles } from '@kari/protocol';
import { eventually, GraphqlCaller } from '../../support/client.js';
import { callsOf, type OperationCall } from '../../support/operations.js';
import { testTier } from '../../support/size.js';
import { startServer, type RunningServer } from '../../support/server.js';

const root = join(import.meta.dirname, '../../..');
const roles = [...tenantRoles, ...platformRoles];
type Role = (typeof roles)[number];

interface Entry {
  readonly operation: string;
  readonly outcome: string;
  readonly code: string | null;
  readonly correlationId: string;
  readonly actor: string;
}

/** Scope of the operation and the roles that may use it: `tenant` in the caller's tenant, `platform` under "Kari-Tenant: _". */
type Expected = Readonly<Record<string, { readonly scope: 'tenant' | 'platform'; readonly roles: readonly Role[] }>>;

const overrides = {
  addMember: { input: { email: 'z01@example.invalid', name: 'Z', roles: ['viewer'] } },
  changeMemberRoles: { roles: ['viewer'] },
  changeServiceAccountRoles: { roles: ['viewer'] },
  createServiceAccount: { input: { name: 'robot', roles: ['viewer'] } },
  createTenant: { input: { slug: 'z01', name: 'Z' } },
  tenant: { id: 'own' },
  setTenantRateLimits: { limits: {} },
  setRightRoles: { right: 'note.read', roles: ['viewer'] },
  suspendTenant: { reason: 'a test' },
  setApprovalWebhook: { input: { url: 'https://example.org/hook', secret: 'hook_key' } },
  saveAutomation: { input: { name: 'z01', type: 'com.example.z01', workflow: 'no-workflow' } },
  setSecret: { input: { extension: 'nobody.nothing', name: 'key', value: 'x', hosts: ['example.org'] } },
  rotateSecret: { name: 'key' },
  deleteSecret: { name: 'key' },
  openPrivateHost: { input: { host: 'printer.internal', networks: ['10.0.0.0/8'], reason: 'a test' } },
  closePrivateHost: { host: 'printer.internal' },
  openWorkflowHost: { input: { host: 'api.example', reason: 'a test' } },
  closeWorkflowHost: { input: { host: 'api.example' } },
  giveGrant: { grant: 'kv' },
  revokeGrant: { grant: 'kv' },
  planChanges: { input: { changes: [{ act: 'REMOVE', extension: 'nobody.nothing' }] } },
  executePlan: { input: { changes: [{ act: 'REMOVE', extension: 'nobody.nothing' }], hash: 'a'.repeat(64) } },
  extensionsAt: { moment: '2026-01-01T00:00:00.000Z' },
  rebuildView: { name: 'no.view' },
  redriveView: { name: 'no.view', key: 'none' },
  viewHash: { name: 'no.view' },
  runPlugins: { input: { mode: 'SEQUENCE', steps: [{ id: 'a', plugin: 'time.now' }] } },
  callPlugin: { input: { plugin: 'time.now', input: { zone: 'UTC' } } },
  whyDenied: { method: 'kv.get' },
  pauseTask: { id: 'nobody.nothing/nothing' },
  resumeTask: { id: 'nobody.nothing/nothing' },
  runTask: { id: 'nobody.nothing/nothing' },
};

let server: RunningServer;
let expected: Expected;
let calls: readonly OperationCall[];
let operator: GraphqlCaller;
const tokens = new Map<Role, string>();
/** The slice asks with some roles where all are alike. */
const everyRole = testTier() !== 't1';
/** An allowed subscription says nothing; one that must be refused is waited for. */
const QUIET_MS = 250;
const PATIENCE_MS = 15_000;
const asked: { readonly correlationId: string; readonly operation: string; readonly role: Role; readonly denied: boolean }[] = [];

beforeAll(async () => {
  server = await startServer();
  expected = JSON.parse(await readFile(join(root, 'test/golden/authorization.json'), 'utf8')) as Expected;
  calls = callsOf(await readFile(join(root, 'apps/server/schema.graphql'), 'utf8'), overrides);
  operator = new GraphqlCaller(server.url, { token: server.adminToken, tenant: '_' });
  for (const slug of ['own', 'other', 'suspended', 'deleted']) {
    await operator.data('mutation ($slug: String!) { createTenant(input: { slug: $slug, name: "T" }) { id } }', { slug });
  }
  for (const role of roles) tokens.set(role, await tokenFor(role));
}, 120_000);

afterAll(() => server?.remove());

async function tokenFor(role: Role): Promise<string> {
  const there = operator.as({ tenant: (platformRoles as readonly string[]).includes(role) ? '_' : 'own' });
  const { addMember } = await there.data<{ addMember: { id: string } }>(
    'mutation ($input: AddMemberInput!) { addMember(input: $input) { id } }',
    {
      input: { email: `${role}@example.invalid`, name: role, roles: [role] },
    },
  );
  const { issueToken } = await there.data<{ issueToken: { value: string } }>(
    'mutation ($input: IssueTokenInput!) { issueToken(input: $input) { value } }',
    {
      input: { owner: addMember.id, ownerKind: 'MEMBER', name: 'matrix', expiresAt: new Date(Date.now() + 3_600_000).toISOString() },
    },
  );
  return issueToken.value;
}

/** The code of the refusal, or null when the call passed authorization. */
async function ask(call: OperationCall, role: Role, tenant: string, allowed: boolean): Promise<string | null> {
  const caller = new GraphqlCaller(server.url, { token: tokens.get(role) ?? '', tenant });
  const correlationId = randomUUID();
  const code =
    call.kind === 'subscription'
      ? await subscribeOnce(caller, call, allowed ? QUIET_MS : PATIENCE_MS)
      : ((await caller.ask(call.document, {}, { 'x-correlation-id': correlationId })).errors[0]?.extensions.code ?? null);
  if (call.kind !== 'subscription') asked.push({ correlationId, operation: call.field, role, denied: code === 'REQUEST_DENIED' });
  return code;
}

/** A refusal ends a subscription at once, by an error or by closing the socket; one that is allowed stays open. */
async function subscribeOnce(caller: GraphqlCaller, call: OperationCall, patienceMs: number): Promise<string | null> {
  const socket = caller.socket();
  const refusal = new Promise<string | null>((done) => {
    socket.subscribe(
      { query: call.document },
      { next: ({ errors }) => done(codeOf(errors)), error: (error) => done(codeOf(error)), complete: () => done(null) },
    );
  });
  const open = new Promise<null>((done) => {
    socket.on('connected', () => void setTimeout(() => done(null), patienceMs));
  });
  try {
    return await Promise.race([refusal, open]);
  } finally {
    await socket.dispose();
  }
}

/** Of GraphQL errors, or of the frame that closed the socket. */
function codeOf(error: unknown): string | null {
  const [first] = Array.isArray(error) ? (error as { extensions?: { code?: string } }[]) : [];
  return first?.extensions?.code ?? (error as { reason?: string } | null)?.reason ?? null;
}

describe('Z-01: who may do what', () => {
  it('has a reviewed row for every operation and no row without one', () => {
    expect(calls.map(({ field, kind }) => `${kind}.${field}`).sort()).toEqual(Object.keys(expected).sort());
  });

  it('answers every role in its own tenant as the table says', async () => {
    const differences: string[] = [];
    for (const call of calls) {
      const row = expected[`${call.kind}.${call.field}`];
      if (row === undefined) continue;
      const tenant = row.scope === 'platform' ? '_' : 'own';
      const codes = await Promise.all(roles.map((role) => ask(call, role, tenant, row.roles.includes(role))));
      for (const [place, role] of roles.entries()) {
        const code = codes[place] ?? null;
        const home =
          (tenantRoles as readonly string[]).includes(role) && tenant === '_'
            ? ['REQUEST_TENANT_REQUIRED', 'REQUEST_DENIED', 'REQUEST_UNAUTHENTICATED']
            : ['REQUEST_DENIED'];
        const refused = code !== null && home.includes(code);
        if (code === 'REQUEST_INVALID' || code === 'REQUEST_DOCUMENT')
          differences.push(`${call.field}: the test must send better arguments (${call.document})`);
        else if (refused === row.roles.includes(role))
          differences.push(`${call.field} as ${role}: ${refused ? 'refused' : 'allowed'} (${code})`);
      }
    }
    expect(differences).toEqual([]);
  }, 240_000);

  it.each(['other', 'suspended', 'deleted', 'nowhere'])(
    'lets no tenant role act in a tenant that is %s',
    async (tenant) => {
      if (tenant === 'suspended' || tenant === 'deleted') await end(tenant);
      const leaks: string[] = [];
      // Every role where somebody is at home; where nobody can be let in at all, one stands for the others in the slice.
      const asking = tenant === 'other' || everyRole ? tenantRoles : (['admin'] as const);
      await Promise.all(asking.map((role) => tryEverything(role, tenant, leaks)));
      expect(leaks).toEqual([]);
    },
    120_000,
  );

  it.each([
    ['suspended', 'TENANCY_TENANT_SUSPENDED'],
    ['deleted', 'TENANCY_TENANT_SUSPENDED'],
    ['nowhere', 'REQUEST_TENANT_REQUIRED'],
  ])(
    'lets the platform’s own people do nothing in a tenant that is %s',
    async (tenant, code) => {
      const differences: string[] = [];
      const asEach = platformRoles.map(async (role) => {
        const caller = new GraphqlCaller(server.url, { token: tokens.get(role) ?? '', tenant });
        for (const call of calls.filter(({ kind }) => kind !== 'subscription')) {
          const found = await caller.code(call.document);
          if (found !== code) differences.push(`${call.field} as ${role}: ${found}`);
        }
      });
      await Promise.all(asEach);
      expect(differences).toEqual([]);
    },
    120_000,
  );

  it.each(['session', 'service account'] as const)(
    'answers each role with a %s as with its own token',
    async (kind) => {
      const differences: string[] = [];
      const asEach = (everyRole ? roles : (['viewer', 'admin', 'platform-auditor'] as const)).map(async (role) => {
        const home = (platformRoles as readonly string[]).includes(role) ? '_' : 'own';
        const token = kind === 'session' ? await sessionOf(role, home) : await serviceAccountTokenFor(role, home);
        for (const call of calls) {
          const row = expected[`${call.kind}.${call.field}`];
          if (row === undefined || call.kind === 'subscription') continue;
          const tenant = row.scope === 'platform' ? '_' : 'own';
          const code = await new GraphqlCaller(server.url, { token, tenant }).code(call.document);
          const refused = code === 'REQUEST_DENIED' || code === 'REQUEST_UNAUTHENTICATED';
          if (refused === row.roles.includes(role)) differences.push(`${call.field} as ${role} with a ${kind}: ${code}`);
        }
      });
      await Promise.all(asEach);
      expect(differences).toEqual([]);
    },
    240_000,
  );

  it.each([
    ['nobody', {}],
    ['an extension, by its name', { authorization: 'Bearer kari.hello' }],
    [
      'an extension, as if it were a token',
      { authorization: 'Bearer kari_00000000-0000-7000-8000-00000000dead_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' },
    ],
    ['a word of no issuer', { authorization: 'Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.' }],
  ])('lets %s do nothing: an extension has the broker and no other door', async (_name, headers) => {
    const differences: string[] = [];
    for (const call of calls) {
      const response = await fetch(`${server.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'kari-tenant': 'own', ...(headers as Record<string, string>) },
        body: JSON.stringify({ query: call.document }),
      });
      const text = await response.text();
      if (response.status !== 401 || !text.includes('REQUEST_UNAUTHENTICATED')) differences.push(`${call.field}: ${response.status}`);
    }
    expect(differences).toEqual([]);
  });

  it('answers every route as its row says, to every role and to nobody', async () => {
    const rows = JSON.parse(await readFile(join(root, 'test/golden/routes.json'), 'utf8')) as Record<
      string,
      { open: boolean; roles?: Role[] }
    >;
    const differences: string[] = [];
    for (const [route, { open, roles: allowed = [] }] of Object.entries(rows)) {
      const path = (route.split(' ')[1] ?? '').replace('/ext/docs/:name', '/ext/docs/docs.css').replace(':name', 'graphiql.css');
      const statusFor = async (token: string | undefined): Promise<number> => {
        const response = await fetch(`${server.url}${path}`, { headers: token === undefined ? {} : { authorization: `Bearer ${token}` } });
        await response.arrayBuffer();
        return response.status;
      };
      for (const role of roles) {
        const status = await statusFor(tokens.get(role));
        // Tenants' people are unknown on the platform, which is where its figures are.
        const wanted = open || allowed.includes(role) ? [200] : [401, 403];
        if (!wanted.includes(status)) differences.push(`${route} as ${role}: ${status}`);
      }
      const status = await statusFor(undefined);
      if (status !== (open ? 200 : 401)) differences.push(`${route} as nobody: ${status}`);
    }
    expect(differences).toEqual([]);
  }, 60_000);

  async function tryEverything(role: Role, tenant: string, leaks: string[]): Promise<void> {
    const caller = new GraphqlCaller(server.url, { token: tokens.get(role) ?? '', tenant });
    for (const call of calls.filter(({ kind }) => kind !== 'subscription')) {
      const answer = await caller.ask(call.document);
      if (answer.data !== null && Object.values(answer.data).some((value) => value !== null)) leaks.push(`${call.field} as ${role}`);
      if (answer.errors[0]?.extensions.code !== 'REQUEST_UNAUTHENTICATED')
        leaks.push(`${call.field} as ${role} was not refused at the door`);
    }
    for (const call of calls.filter(({ kind }) => kind === 'subscription').slice(0, everyRole ? undefined : 2)) {
      const code = await subscribeOnce(caller, call, PATIENCE_MS);
      if (code !== 'REQUEST_UNAUTHENTICATED') leaks.push(`${call.field} as ${role}: ${code}`);
    }
  }

  async function sessionOf(role: Role, tenant: string): Promise<string> {
    const caller = new GraphqlCaller(server.url, { token: tokens.get(role) ?? '', tenant });
    return (await caller.data<{ startSession: { value: string } }>('mutation { startSession { value } }')).startSession.value;
  }

  async function serviceAccountTokenFor(role: Role, tenant: string): Promise<string> {
    const there = operator.as({ tenant });
    const { createServiceAccount } = await there.data<{ createServiceAccount: { id: string } }>(
      'mutation ($input: CreateServiceAccountInput!) { createServiceAccount(input: $input) { id } }',
      { input: { name: `matrix-${role}`, roles: [role] } },
    );
    const { issueToken } = await there.data<{ issueToken: { value: string } }>(
      'mutation ($input: IssueTokenInput!) { issueToken(input: $input) { value } }',
      {
        input: {
          owner: createServiceAccount.id,
          ownerKind: 'SERVICE_ACCOUNT',
          name: 'matrix',
          expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
        },
      },
    );
    return issueToken.value;
  }

  async function end(slug: string): Promise<void> {
    const { tenant } = await operator.data<{ tenant: { id: string } }>('query ($id: ID!) { tenant(id: $id) { id } }', { id: slug });
    await operator.data(
      slug === 'suspended'
        ? 'mutation ($id: ID!) { suspendTenant(id: $id, reason: "test") { id } }'
        : 'mutation ($id: ID!) { deleteTenant(id: $id, export: false) { id } }',
      { id: tenant.id },
    );
  }
});

describe('U-01: each operation leaves exactly one entry', () => {
  it('one per call of the matrix, with its outcome', async () => {
    const wanted = new Set(asked.map(({ correlationId }) => correlationId));
    const entries = await eventually(allEntries, (found) => new Set(found.map(({ correlationId }) => correlationId)).size >= wanted.size);
    const byCall = new Map<string, Entry[]>();
    for (const entry of entries) {
      // What a process manager does later in the name of the call carries its correlation, and entries of its own.
      if (wanted.has(entry.correlationId) && !entry.actor.startsWith('system:'))
        byCall.set(entry.correlationId, [...(byCall.get(entry.correlationId) ?? []), entry]);
    }
    const wrong = asked
      .map((call) => ({ ...call, entries: byCall.get(call.correlationId) ?? [] }))
      .filter(({ entries: found, denied }) => found.length !== 1 || (denied && found[0]?.outcome !== 'DENIED'))
      .map(
        ({ operation, role, entries: found }) =>
          `${operation} as ${role}: ${found.length} entries ${JSON.stringify(found.map(({ operation: name, outcome }) => `${name} ${outcome}`))}`,
      );
    expect(wrong).toEqual([]);
  }, 120_000);

  async function allEntries(): Promise<readonly Entry[]> {
    const found: Entry[] = [];
    let after: string | null = null;
    do {
      const { auditEntries }: { auditEntries: { nodes: Entry[]; pageInfo: { endCursor: string | null; hasNextPage: boolean } } } =
        await operator.data(
          'query ($after: String) { auditEntries(first: 200, after: $after) { nodes { operation outcome code correlationId actor } pageInfo { endCursor hasNextPage } } }',
          { after },
        );
      found.push(...auditEntries.nodes);
      after = auditEntries.pageInfo.hasNextPage ? auditEntries.pageInfo.endCursor : null;
    } while (after !== null);
    return found;
  }
});
