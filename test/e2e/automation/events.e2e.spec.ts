// Events of extensions from the one that publishes to the one that listens, with the real bus, views and reactors; and the poisonous one.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { rejected } from '@kari/kernel';
import { manifestOf, startCapabilityApp, type CapabilityApp } from '../../support/capability-app.js';
import { eventually, type GraphqlCaller } from '../../support/client.js';

const ADDED = 'acme.source.added.v1';
const schema = { type: 'object', required: ['n'], properties: { n: { type: 'integer' } } } as const;
const SOURCE = manifestOf('acme.source', {
  permissions: { events: [{ publish: ADDED, reason: 'to tell' }] },
  events: { publishes: { [ADDED]: { description: 'one more', schema } } },
});
const LISTENER = manifestOf('acme.listener', {
  permissions: { events: [{ subscribe: ADDED, reason: 'to know' }] },
  events: { subscribes: [{ type: ADDED, reason: 'to know' }] },
});

let app: CapabilityApp;
let a: { id: string; admin: GraphqlCaller };
let b: { id: string; admin: GraphqlCaller };
let poison: number | null = null;
const received: { tenant: string; n: number }[] = [];
beforeAll(async () => {
  app = await startCapabilityApp();
  [a, b] = [await app.tenant('tenant-a'), await app.tenant('tenant-b')];
  for (const { id } of [a, b]) {
    app.extensions.install(id, SOURCE);
    app.extensions.install(id, LISTENER);
  }
  app.extensions.handle('acme.listener', `event:${ADDED}`, ({ tenant, input }) => {
    const { n } = (input as { data: { n: number } }).data;
    if (n === poison) throw rejected('SANDBOX_CRASHED', {});
    received.push({ tenant, n });
  });
}, 60_000);
afterAll(() => app?.stop());

const publish = (tenant: string, n: number, key = 'k'): Promise<unknown> =>
  app.broker(tenant, 'acme.source', 'events.publish', { type: ADDED, key, data: { n } });
const EVENTS = '{ events { nodes { id extension type key data position } } }';

it('reach who listens in the same tenant, in order, and are listed and told', async () => {
  const socket = a.admin.socket();
  const { createServiceAccount: before } = await a.admin.data<{ createServiceAccount: { position: string } }>(
    'mutation { createServiceAccount(input: { name: "before", roles: ["viewer"] }) { position } }',
  );
  const told = socket.iterate<{ extensionEventPublished: { data: unknown } }>({
    query: `subscription($after: String) { extensionEventPublished(type: "${ADDED}", after: $after) { key data } }`,
    variables: { after: before.position },
  });
  const first = told.next();
  await publish(b.id, 100);
  for (let n = 1; n <= 5; n += 1) await publish(a.id, n);
  await eventually(
    () => Promise.resolve(received),
    (all) => all.length === 6,
  );
  expect(received.filter(({ tenant }) => tenant === a.id).map(({ n }) => n)).toEqual([1, 2, 3, 4, 5]);
  expect((await first).value).toMatchObject({ data: { extensionEventPublished: { key: 'k', data: { n: 1 } } } });
  await socket.dispose();

  const listed = await eventually(
    () => a.admin.data<{ events: { nodes: { data: { n: number } }[] } }>(EVENTS),
    ({ events }) => events.nodes.length === 5,
  );
  expect(listed.events.nodes.map(({ data }) => data.n)).toEqual([5, 4, 3, 2, 1]);
  const deliveries = await a.admin.data<{ eventDeliveries: { nodes: { state: string }[] } }>(
    '{ eventDeliveries(subscriber: "acme.listener") { nodes { state failures } } }',
  );
  expect(deliveries.eventDeliveries.nodes).toHaveLength(5);
});

it('that crash their subscriber are parked, seen by their tenant alone, and go on after a decision', async () => {
  poison = 7;
  await publish(a.id, 7, 'poisoned');
  await publish(a.id, 8, 'poisoned');
  const parkedEvents = '{ parkedEvents { nodes { event subscriber code crashes key } } }';
  interface Parked {
    parkedEvents: { nodes: { event: string; subscriber: string }[] };
  }
  const { parkedEvents: parked } = await eventually(
    () => a.admin.data<Parked>(parkedEvents),
    (answer) => answer.parkedEvents.nodes.length === 1,
    25_000,
  );
  expect(parked.nodes[0]).toMatchObject({ subscriber: 'acme.listener', code: 'SANDBOX_CRASHED', crashes: 3, key: 'poisoned' });
  expect(await b.admin.data(parkedEvents)).toEqual({ parkedEvents: { nodes: [] } });
  const event = parked.nodes[0]?.event ?? '';
  const decide = (field: string) => `mutation($e: ID!) { ${field}(event: $e, subscriber: "acme.listener") { status } }`;
  expect(await b.admin.code(decide('retryParkedEvent'), { e: event })).toBe('AUTOMATION_DELIVERY_NOT_PARKED');
  expect(await (await app.somebody(a.id, 'viewer')).code(decide('dropParkedEvent'), { e: event })).toBe('REQUEST_DENIED');

  poison = null;
  expect(await a.admin.data(decide('retryParkedEvent'), { e: event })).toEqual({ retryParkedEvent: { status: 'OPEN' } });
  await eventually(
    () => Promise.resolve(received.map(({ n }) => n)),
    (all) => all.includes(8),
    25_000,
  );
  expect(received.map(({ n }) => n).slice(-2)).toEqual([7, 8]);
  expect(await a.admin.code(decide('dropParkedEvent'), { e: event })).toBe('AUTOMATION_DELIVERY_NOT_PARKED');
}, 60_000);
