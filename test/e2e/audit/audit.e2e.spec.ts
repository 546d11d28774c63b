// U-01 through the door: each operation, allowed or denied, leaves exactly one entry that says who, what, where, when, how it ended and for which
// request; U-05: none of them holds a secret.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemIds } from '@kari/platform/time';
import type { GraphqlCaller } from '../../support/client.js';
import { startTenancyApp, type TenancyApp } from '../tenancy/tenancy-app.js';

let app: TenancyApp;
let operator: GraphqlCaller;
let acme: string;
let admin: GraphqlCaller;
let viewer: GraphqlCaller;

beforeAll(async () => {
  app = await startTenancyApp();
  ({ operator } = app);
  acme = (
    await operator.data<{ createTenant: { id: string } }>('mutation { createTenant(input: { slug: "audited", name: "Audited" }) { id } }')
  ).createTenant.id;
  [admin, viewer] = [await somebody('admin'), await somebody('viewer')];
});
afterAll(() => app?.stop());

async function somebody(role: string): Promise<GraphqlCaller> {
  const there = operator.as({ tenant: 'audited' });
  const { addMember } = await there.data<{ addMember: { id: string } }>(
    `mutation { addMember(input: { email: "${role}@example.test", name: "${role}", roles: ["${role}"] }) { id } }`,
  );
  const input = { name: 'test', ownerKind: 'MEMBER', owner: addMember.id, expiresAt: new Date(Date.now() + 3_600_000).toISOString() };
  const { issueToken } = await there.data<{ issueToken: { value: string } }>(
    'mutation($i: IssueTokenInput!) { issueToken(input: $i) { value } }',
    { i: input },
  );
  return there.as({ token: issueToken.value });
}

interface Entry {
  readonly number: string;
  readonly tenant: string;
  readonly actor: string;
  readonly operation: string;
  readonly outcome: string;
  readonly code: string | null;
  readonly subject: string | null;
  readonly events: readonly string[];
  readonly facts: readonly { name: string; value: string }[];
}

const FIELDS =
  'number tenant actor actorKind operation outcome code subject events occurredAt correlationId commandId position facts { name value }';

/** Every entry of the platform for that request. */
async function entriesOf(correlationId: string): Promise<readonly Entry[]> {
  const head = await operator.data<{ createTenant: { position: string } }>(
    'mutation($s: String!) { createTenant(input: { slug: $s, name: "a mark in the log" }) { position } }',
    {
      s: `mark-${systemIds.next().slice(24)}`,
    },
  );
  const query = `query($c: ID!, $w: String) { auditEntries(filter: { correlationId: $c }, waitFor: $w) { nodes { ${FIELDS} } } }`;
  return (await operator.data<{ auditEntries: { nodes: Entry[] } }>(query, { c: correlationId, w: head.createTenant.position }))
    .auditEntries.nodes;
}

type Case = readonly [what: string, as: () => GraphqlCaller, document: string, expected: Partial<Entry>];

const cases: readonly Case[] = [
  ['a read', () => admin, '{ members { nodes { id } } }', { operation: 'query.members', outcome: 'ALLOWED', code: null }],
  ['a read of oneself', () => viewer, '{ me { id } }', { operation: 'query.me', outcome: 'ALLOWED' }],
  ['a denied read', () => viewer, '{ tokens { nodes { id } } }', { operation: 'query.tokens', outcome: 'DENIED', code: 'REQUEST_DENIED' }],
  [
    'a read of the trail itself',
    () => admin,
    '{ auditEntries(first: 1) { nodes { number } } }',
    { operation: 'query.auditEntries', outcome: 'ALLOWED' },
  ],
  [
    'a change',
    () => admin,
    'mutation { createServiceAccount(input: { name: "ci", roles: ["developer"] }) { id } }',
    { operation: 'CreateServiceAccount', outcome: 'ALLOWED', events: ['ServiceAccountCreated'] },
  ],
  [
    'a refused change',
    () => admin,
    'mutation { createServiceAccount(input: { name: "ci", roles: ["developer"] }) { id } }',
    { operation: 'CreateServiceAccount', outcome: 'FAILED', code: 'TENANCY_SERVICE_ACCOUNT_EXISTS' },
  ],
  [
    'a denied change',
    () => viewer,
    'mutation { createServiceAccount(input: { name: "x", roles: ["admin"] }) { id } }',
    { operation: 'CreateServiceAccount', outcome: 'DENIED' },
  ],
  [
    'a change with bad input',
    () => admin,
    'mutation { createServiceAccount(input: { name: "NOT A NAME canary-input", roles: ["developer"] }) { id } }',
    { operation: 'CreateServiceAccount', outcome: 'FAILED', code: 'REQUEST_INVALID', subject: null },
  ],
  [
    'a change of the platform from a tenant',
    () => admin,
    'mutation { createTenant(input: { slug: "mine", name: "x" }) { id } }',
    { operation: 'CreateTenant', outcome: 'DENIED', tenant: '_' },
  ],
  [
    'a denied subscription asked for as a query',
    () => viewer,
    '{ serviceAccounts { nodes { id } } }',
    { operation: 'query.serviceAccounts', outcome: 'DENIED' },
  ],
];

describe('the audit trail', () => {
  it.each(cases)('U-01: %s leaves exactly one entry', async (_, as, document, expected) => {
    const correlationId = systemIds.next();
    await as().ask(document, {}, { 'x-correlation-id': correlationId });
    const entries = await entriesOf(correlationId);
    expect(entries).toHaveLength(1);
    expect(entries[0]).toMatchObject({ tenant: acme, correlationId, ...expected });
    expect(JSON.stringify(entries)).not.toContain('canary');
  });

  it('U-01: a change that changes nothing leaves one entry as well, and two fields of one request leave two', async () => {
    const correlationId = systemIds.next();
    const { tenant } = await operator.data<{ tenant: { id: string } }>('{ tenant(id: "demo") { id } }');
    const header = { 'x-correlation-id': correlationId };
    await operator.data(
      'mutation($id: ID!) { a: resumeTenant(id: $id) { status } b: resumeTenant(id: $id) { status } }',
      { id: tenant.id },
      header,
    );
    expect(
      (await entriesOf(correlationId)).map(({ operation, outcome, events, subject }) => [operation, outcome, events, subject]),
    ).toEqual([
      ['ResumeTenant', 'ALLOWED', [], `tenant:${tenant.id}`],
      ['ResumeTenant', 'ALLOWED', [], `tenant:${tenant.id}`],
    ]);
  });

  it('U-01: a request that nobody could be found behind leaves one entry, of nobody', async () => {
    const correlationId = systemIds.next();
    await viewer.as({ token: 'canary-token' }).ask('{ me { id } }', {}, { 'x-correlation-id': correlationId });
    const entries = await entriesOf(correlationId);
    expect(entries).toMatchObject([
      { tenant: '_', actor: 'anonymous', operation: 'request.authenticate', outcome: 'DENIED', code: 'REQUEST_UNAUTHENTICATED' },
    ]);
    expect(JSON.stringify(entries)).not.toContain('canary');
  });

  it('is numbered without gaps over all tenants, and shows a tenant its own (U-04, Z-02)', async () => {
    const query = '{ auditEntries(first: 200) { nodes { number tenant } } }';
    const all = (await operator.data<{ auditEntries: { nodes: Entry[] } }>(query)).auditEntries.nodes;
    const last = Number(all[0]?.number);
    expect(all.map((entry) => Number(entry.number))).toEqual(all.map((_, index) => last - index));
    const own = (await admin.data<{ auditEntries: { nodes: Entry[] } }>(query)).auditEntries.nodes;
    expect(new Set(own.map((entry) => entry.tenant))).toEqual(new Set([acme]));
    expect(await viewer.code(query)).toBe('REQUEST_DENIED');
  });

  it('U-05: holds no secret, in entries, events or rows', async () => {
    const { rows } = {
      rows: await operator.data(
        '{ auditEntries(first: 200) { nodes { operation subject facts { name value } } } tokens { nodes { id name } } }',
      ),
    };
    const text = JSON.stringify(rows);
    expect(text).not.toContain(app.operatorToken.slice(-43));
    expect(text).not.toMatch(/kari_[0-9a-f-]{36}_/);
    expect(text).not.toContain('@example.test');
  });
});
