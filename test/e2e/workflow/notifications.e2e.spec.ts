// Whoever a tenant named is told of each state of its approvals: signed, under one name however often, and parked where nobody can be told.
import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { startCapabilityApp, type CapabilityApp } from '../../support/capability-app.js';
import { eventually, type GraphqlCaller } from '../../support/client.js';
import { json, startOutsideHost, type OutsideHost } from '../../support/outside-host.js';

const SECRET = 'canary-of-the-signing-key-0123456789';
let app: CapabilityApp;
let a: { id: string; admin: GraphqlCaller };
let b: { id: string; admin: GraphqlCaller };
let host: OutsideHost;

const SET = 'mutation($i: SetApprovalWebhookInput!) { setApprovalWebhook(input: $i) { webhook { url secret } position } }';
const LIST = '{ approvalNotifications { nodes { id run type state attempts lastCode } } }';

beforeAll(async () => {
  host = await startOutsideHost();
  app = await startCapabilityApp();
  [a, b] = [await app.tenant('tenant-a'), await app.tenant('tenant-b')];
  for (const { id } of [a, b]) {
    app.workflows.save(id, {
      document: { dsl: '1.0.0', namespace: 'tests', name: 'asking', version: '1.0.0' },
      do: [{ ask: { call: 'approval.request@1', with: { title: 'May it?', details: { canary: 'details-stay-here' } } } }],
    });
  }
  await app.operator.data('mutation($i: OpenPrivateHostInput!) { openPrivateHost(input: $i) { revision } }', {
    i: { host: '127.0.0.1', networks: ['127.0.0.1/32'], reason: 'stand-ins on this machine' },
  });
  const open = 'mutation($i: OpenWorkflowHostInput!) { openWorkflowHost(input: $i) { position } }';
  await a.admin.data(open, { i: { host: '127.0.0.1', scheme: 'http', port: host.port, reason: 'for tests' } });
  const secret = { extension: 'workflows', name: 'approvals_key', value: SECRET, hosts: [`127.0.0.1:${host.port}`] };
  await a.admin.data('mutation($i: SetSecretInput!) { setSecret(input: $i) { version } }', { i: secret });
}, 60_000);
afterAll(async () => {
  await app?.stop();
  await host?.stop();
});
beforeEach(() => {
  host.asked.length = 0;
  host.answer = (_, response) => json(response, {});
});

const url = (): string => `${host.origin}/approvals`;
const start = async (who = a.admin): Promise<string> =>
  (await who.data<{ startRun: { id: string } }>('mutation { startRun(input: { workflow: "asking" }) { id } }')).startRun.id;
interface Told {
  readonly id: string;
  readonly run: string;
  readonly type: string;
  readonly state: string;
  readonly attempts: number;
  readonly lastCode: string | null;
}
const told = async (run: string, who = a.admin): Promise<readonly Told[]> =>
  (await who.data<{ approvalNotifications: { nodes: Told[] } }>(LIST)).approvalNotifications.nodes.filter((one) => one.run === run);
const until = (run: string, wanted: (all: readonly Told[]) => boolean): Promise<readonly Told[]> =>
  eventually(() => told(run), wanted, 30_000);
const cancel = (run: string) => a.admin.data('mutation($r: ID!) { cancelRun(run: $r) { status } }', { r: run });

it('are told where their tenant says, each state once, signed as Standard Webhooks has it', async () => {
  expect(await a.admin.data(SET, { i: { url: url(), secret: 'approvals_key' } })).toMatchObject({
    setApprovalWebhook: { webhook: { url: url(), secret: 'approvals_key' } },
  });
  const run = await start();
  const [requested] = await until(run, (all) => all.some(({ state }) => state === 'DELIVERED'));
  expect(requested).toMatchObject({ type: 'approval.requested', attempts: 1, lastCode: null });
  const [asked] = host.asked;
  expect(JSON.parse(asked!.body)).toMatchObject({ type: 'approval.requested', data: { run, title: 'May it?' } });
  expect(asked!.body).not.toContain('details-stay-here');
  const { 'webhook-id': id, 'webhook-timestamp': seconds, 'webhook-signature': signature } = asked!.headers as Record<string, string>;
  expect(id).toBe(requested!.id);
  expect(signature).toBe(`v1,${createHmac('sha256', SECRET).update(`${id}.${seconds}.${asked!.body}`).digest('base64')}`);

  await cancel(run);
  const both = await until(run, (all) => all.filter(({ state }) => state === 'DELIVERED').length === 2);
  expect(both.map(({ type }) => type).sort()).toEqual(['approval.requested', 'approval.withdrawn']);
  expect(host.asked.map(({ headers }) => headers['webhook-id']).sort()).toEqual(both.map((one) => one.id).sort());
});

it('are told again under the same name until they were taken', async () => {
  let failures = 1;
  host.answer = (_, response) => json(response, {}, (failures -= 1) >= 0 ? 503 : 204);
  const run = await start();
  const [one] = await until(run, (all) => all.some(({ state }) => state === 'DELIVERED'));
  expect(one).toMatchObject({ attempts: 2, lastCode: null });
  expect(host.asked.map(({ headers }) => headers['webhook-id'])).toEqual([one!.id, one!.id]);
});

it('are parked where nobody wants them, seen and decided by who may; and in nobody else’s list', async () => {
  host.answer = (_, response) => json(response, {}, 410);
  const run = await start();
  const [parked] = await until(run, (all) => all.some(({ state }) => state === 'PARKED'));
  expect(parked).toMatchObject({ attempts: 1, lastCode: 'STATUS_410' });
  const RETRY = 'mutation($id: ID!) { retryApprovalNotification(id: $id) { id } }';
  expect(await b.admin.data(LIST)).toEqual({ approvalNotifications: { nodes: [] } });
  expect(await b.admin.code(RETRY, { id: parked!.id })).toBe('WORKFLOW_NOTIFICATION_NOT_PARKED');
  const developer = await app.somebody(a.id, 'developer');
  expect(await developer.code(RETRY, { id: parked!.id })).toBe('REQUEST_DENIED');

  host.answer = (_, response) => json(response, {});
  await a.admin.data(RETRY, { id: parked!.id });
  await until(run, (all) => all.some(({ id, state }) => id === parked!.id && state === 'DELIVERED'));
  expect(await a.admin.code(RETRY, { id: parked!.id })).toBe('WORKFLOW_NOTIFICATION_NOT_PARKED');
});

it('go to no host that is closed to workflows, and not by an address that holds a password', async () => {
  const other = await startOutsideHost();
  try {
    await a.admin.data(SET, { i: { url: `${other.origin}/x`, secret: 'approvals_key' } });
    const run = await start();
    const [refused] = await until(run, (all) => all.some(({ attempts }) => attempts > 0));
    expect(refused).toMatchObject({ state: 'PENDING', lastCode: 'SECURITY_WORKFLOW_HOST_CLOSED' });
    expect(other.connections).toBe(0);
    // The control: the same notification leaves once its webhook is where it may go.
    await a.admin.data(SET, { i: { url: url(), secret: 'approvals_key' } });
    await until(run, (all) => all.some(({ state }) => state === 'DELIVERED'));
    expect(await a.admin.code(SET, { i: { url: 'https://me:secret@example.org/', secret: 'approvals_key' } })).toBe(
      'WORKFLOW_WEBHOOK_INVALID',
    );
  } finally {
    await other.stop();
  }
});

it('are set by who may, for their tenant alone; the log keeps no signing key', async () => {
  const user = await app.somebody(a.id, 'user');
  expect(await user.code(SET, { i: { url: url(), secret: 'approvals_key' } })).toBe('REQUEST_DENIED');
  expect(await b.admin.data('{ approvalWebhook { url } }')).toEqual({ approvalWebhook: null });
  expect(await a.admin.data('{ approvalWebhook { url secret } }')).toEqual({ approvalWebhook: { url: url(), secret: 'approvals_key' } });
  const run = await start(b.admin);
  await eventually(
    () =>
      b.admin.data<{ workflowApprovals: { nodes: unknown[] } }>('query($r: ID!) { workflowApprovals(run: $r) { nodes { id } } }', {
        r: run,
      }),
    ({ workflowApprovals }) => workflowApprovals.nodes.length === 1,
  );
  expect(await told(run, b.admin)).toEqual([]);
  await a.admin.data('mutation { clearApprovalWebhook { webhook { url } } }');
  const { auditEntries } = await eventually(
    () => a.admin.data<{ auditEntries: { nodes: { operation: string }[] } }>('{ auditEntries(first: 200) { nodes { operation } } }'),
    ({ auditEntries: { nodes } }) =>
      ['SetApprovalWebhook', 'ClearApprovalWebhook'].every((wanted) => nodes.some(({ operation }) => operation === wanted)),
  );
  expect(JSON.stringify(auditEntries)).not.toContain(SECRET);
});
