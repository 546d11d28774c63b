// The samples of the guide, from its own text, on a whole server with the real extensions and a service that stands in for the reader's own.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { eventually } from '../../support/client.js';
import { startExtensionWorld, type ExtensionWorld, type TenantDesk } from '../../support/extension-world.js';
import { json, startOutsideHost, type OutsideHost } from '../../support/outside-host.js';

const root = resolve(import.meta.dirname, '../../..');
const GUIDE = readFileSync(resolve(root, 'docs/guides/workflow-samples.md'), 'utf8');
const SAMPLES = [...GUIDE.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, source]) => source!);
const TOKEN = 'cnry-crm-token-9d1f';

let world: ExtensionWorld;
let desk: TenantDesk;
let service: OutsideHost;

beforeAll(async () => {
  service = await startOutsideHost();
  world = await startExtensionWorld([resolve(root, 'extensions')]);
  desk = await world.tenant('acme');
  await desk.install('kari.core', 'kari.hello');
  const host = '127.0.0.1';
  await world.operator.data('mutation($i: OpenPrivateHostInput!) { openPrivateHost(input: $i) { revision } }', {
    i: { host, networks: [`${host}/32`], reason: 'a stand-in' },
  });
  await desk.caller.data('mutation($i: OpenWorkflowHostInput!) { openWorkflowHost(input: $i) { revision } }', {
    i: { host, scheme: 'http', port: service.port, reason: 'a stand-in' },
  });
  await desk.caller.data('mutation($i: SetSecretInput!) { setSecret(input: $i) { version } }', {
    i: { extension: 'workflows', name: 'crm_token', value: TOKEN, hosts: [host] },
  });
  for (const source of SAMPLES) {
    const { saveWorkflow: saved } = await desk.caller.data<{ saveWorkflow: { id: string; warnings: unknown[] } }>(
      'mutation($s: String!) { saveWorkflow(source: $s) { id warnings { reason } } }',
      { s: source },
    );
    expect(saved.warnings).toEqual([]);
    await desk.caller.data('mutation($id: ID!) { activateWorkflow(id: $id, version: 1) { status } }', { id: saved.id });
  }
}, 120_000);
afterAll(async () => {
  await world?.stop();
  await service?.stop();
});
beforeEach(() => {
  service.asked.length = 0;
});

const start = async (workflow: string, input: object): Promise<string> =>
  (
    await desk.caller.data<{ startRun: { id: string } }>('mutation($i: StartRunInput!) { startRun(input: $i) { id } }', {
      i: { workflow, input: { api: service.origin, ...input } },
    })
  ).startRun.id;

interface Fact {
  readonly type: string;
  readonly data: { readonly output?: unknown; readonly error?: { title?: string } };
}

const history = async (run: string): Promise<readonly Fact[]> => {
  const query = 'query($r: ID!) { workflowRunHistory(run: $r, first: 200) { nodes { type data } } }';
  return (await desk.caller.data<{ workflowRunHistory: { nodes: Fact[] } }>(query, { r: run })).workflowRunHistory.nodes;
};
const ended = async (run: string): Promise<Fact> => {
  const facts = await eventually(
    () => history(run),
    (all) => ['RunCompleted', 'RunFailed'].includes(all.at(-1)?.type ?? ''),
    60_000,
  );
  return facts.at(-1)!;
};
const asked = (method: string): readonly string[] =>
  service.asked.filter((one) => one.method === method).map(({ url, body }) => `${url} ${body}`.trim());

it('are five, and the one that the last of them starts', () => expect(SAMPLES).toHaveLength(6));

it.each(['APPROVED', 'REJECTED'])(
  'book, ask, and keep or take back what was booked: %s',
  async (decision) => {
    const parcels = ['a', 'b', 'c'].map((id, index) => ({ id, grams: 100 * (index + 1) }));
    service.answer = ({ method, url, body }, response) => {
      if (url === '/parcels') return json(response, parcels);
      if (method === 'POST') return json(response, { booking: `booked-${(JSON.parse(body) as { parcel: string }).parcel}` }, 201);
      response.writeHead(204).end();
    };
    const run = await start('ship-parcels', {});
    const query = 'query($r: ID!) { workflowApprovals(run: $r, status: OPEN) { nodes { id title details } } }';
    const [open] = await eventually(
      async () =>
        (await desk.caller.data<{ workflowApprovals: { nodes: { id: string; title: string; details: unknown }[] } }>(query, { r: run }))
          .workflowApprovals.nodes,
      (nodes) => nodes.length > 0,
      60_000,
    );
    const bookings = ['booked-a', 'booked-b', 'booked-c'];
    expect(open).toMatchObject({ title: 'Ship for 11?', details: bookings });
    expect([...asked('POST')].sort()).toEqual(parcels.map(({ id, grams }) => `/bookings ${JSON.stringify({ parcel: id, grams })}`));
    const input = { run, approval: open!.id, decision };
    await desk.caller.data('mutation($i: DecideApprovalInput!) { decideApproval(input: $i) { status } }', { i: input });
    const outcome = await ended(run);
    if (decision === 'APPROVED') {
      expect(outcome).toMatchObject({ type: 'RunCompleted', data: { output: { shipped: bookings } } });
      expect(asked('DELETE')).toEqual([]);
    } else {
      expect(outcome).toMatchObject({ type: 'RunFailed', data: { error: { title: 'Nobody agreed' } } });
      expect([...asked('DELETE')].sort()).toEqual(bookings.map((booking) => `/bookings/${booking}`));
    }
  },
  60_000,
);

it('write letters for what is overdue, or none', async () => {
  const invoices = [
    { name: 'Ada', amount: 12, due: '2020-02-01' },
    { name: 'Bo', amount: 7, due: '2999-01-01' },
    { name: 'Cy', amount: 3, due: '2020-01-01' },
  ];
  expect(await ended(await start('remind-debtors', { invoices }))).toMatchObject({
    data: { output: { letters: ['Dear Cy, 3 was due on 2020-01-01.', 'Dear Ada, 12 was due on 2020-02-01.'] } },
  });
  expect(await ended(await start('remind-debtors', { invoices: [invoices[1]] }))).toMatchObject({ data: { output: { rows: [] } } });
}, 60_000);

it('are patient, and fall back', async () => {
  const statuses = [503, 503];
  service.answer = (_, response) => json(response, { rates: { CHF: 2 } }, statuses.shift() ?? 200);
  const input = { amount: 10, yesterday: { CHF: 3 } };
  expect(await ended(await start('convert-amount', input))).toMatchObject({ data: { output: { amount: 20, because: null } } });
  expect(asked('GET')).toHaveLength(3);
  service.answer = (_, response) => json(response, {}, 503);
  expect(await ended(await start('convert-amount', input))).toMatchObject({ data: { output: { amount: 30, because: 503 } } });
}, 60_000);

it('take the quicker of two', async () => {
  let givenUp = false;
  service.answer = ({ url }, response) => {
    if (url === '/quick') return json(response, { title: 'News', mirror: 'quick' });
    response.once('close', () => (givenUp = true));
  };
  const mirrors = { left: `${service.origin}/never`, right: `${service.origin}/quick` };
  expect(await ended(await start('quicker-mirror', mirrors))).toMatchObject({ data: { output: { text: 'News, from quick' } } });
  await eventually(() => Promise.resolve(givenUp || !asked('GET').includes('/never')), Boolean);
}, 60_000);

it('start others, whose secret is seen by the service alone', async () => {
  service.answer = ({ headers, body }, response) =>
    json(response, { note: (JSON.parse(body) as { about: string }).about, by: headers.authorization });
  const run = await start('welcome-all', { names: ['Ada', 'Bo'] });
  expect(await ended(run)).toMatchObject({ type: 'RunCompleted', data: { output: { notes: ['Ada', 'Bo'] } } });
  expect(service.asked.map(({ headers }) => headers.authorization)).toEqual([`Bearer ${TOKEN}`, `Bearer ${TOKEN}`]);
  const { workflowRuns } = await eventually(
    () => desk.caller.data<{ workflowRuns: { nodes: { id: string }[] } }>('{ workflowRuns(workflow: "welcome-one") { nodes { id } } }'),
    (found) => found.workflowRuns.nodes.length === 2,
  );
  const seen = JSON.stringify(await Promise.all([run, ...workflowRuns.nodes.map(({ id }) => id)].map(history)));
  expect(seen).toContain('Bearer [secret]');
  for (const form of [TOKEN, Buffer.from(TOKEN).toString('base64')]) {
    expect(seen).not.toContain(form);
    expect(world.server.output()).not.toContain(form);
  }
}, 60_000);
