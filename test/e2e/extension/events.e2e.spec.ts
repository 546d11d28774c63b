// Events from one extension to another: stored, delivered in order within the tenant, parked when they kill who takes them, and taken up again.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { eventually } from '../../support/client.js';
import { startExtensionWorld, type ExtensionWorld, type TenantDesk } from '../../support/extension-world.js';

let world: ExtensionWorld;
let a: TenantDesk;
let b: TenantDesk;

interface Parked {
  readonly event: string;
  readonly subscriber: string;
  readonly extension: string;
  readonly code: string;
  readonly crashes: number;
  readonly key: string;
}

beforeAll(async () => {
  world = await startExtensionWorld();
  [a, b] = [await world.tenant('tenant-a'), await world.tenant('tenant-b')];
  await Promise.all([a.install('fixture.teller', 'fixture.hearer'), b.install('fixture.teller', 'fixture.hearer')]);
}, 120_000);

afterAll(() => world?.stop());

async function tell(tenant: TenantDesk, key: string, ...texts: readonly string[]): Promise<readonly string[]> {
  return (await tenant.call<{ ids: string[] }>('tell.all', { key, texts })).ids;
}
async function heard(tenant: TenantDesk, key: string): Promise<readonly string[]> {
  return (await tenant.call<{ texts: string[] }>('hear.all', { key })).texts;
}
async function parked(tenant: TenantDesk): Promise<readonly Parked[]> {
  const { parkedEvents } = await tenant.caller.data<{ parkedEvents: { nodes: Parked[] } }>(
    '{ parkedEvents { nodes { event subscriber extension code crashes key } } }',
  );
  return parkedEvents.nodes;
}
async function deliveries(tenant: TenantDesk, event: string): Promise<readonly { subscriber: string; state: string; crashes: number }[]> {
  const { eventDeliveries } = await tenant.caller.data<{
    eventDeliveries: { nodes: { subscriber: string; state: string; crashes: number }[] };
  }>('query ($event: ID!) { eventDeliveries(event: $event) { nodes { subscriber state crashes } } }', { event });
  return eventDeliveries.nodes;
}
const configure = (deadlyWord: string): Promise<unknown> =>
  a.caller.data('mutation ($input: SetConfigurationInput!) { setConfiguration(input: $input) { revision } }', {
    input: { extension: 'fixture.hearer', values: { deadlyWord } },
  });

it('reach the subscriber of the same tenant in the order of their key', async () => {
  const texts = Array.from({ length: 20 }, (_, index) => `text ${index}`);
  const [ids] = await Promise.all([tell(a, 'ordered', ...texts), tell(a, 'beside', 'one')]);
  await eventually(
    () => heard(a, 'ordered'),
    (all) => all.length >= texts.length,
  );
  // At least once: a repeat may be among them, but never something before its time.
  expect([...new Set(await heard(a, 'ordered'))]).toEqual(texts);
  await eventually(
    () => heard(a, 'beside'),
    (all) => all.includes('one'),
  );
  expect(
    await eventually(
      () => deliveries(a, ids[0] ?? ''),
      ([first]) => first?.state === 'DELIVERED',
    ),
  ).toMatchObject([{ subscriber: 'fixture.hearer' }]);
}, 60_000);

it('Z-02 never reach the same subscriber in another tenant', async () => {
  await tell(b, 'ordered', 'of tenant b');
  await eventually(
    () => heard(b, 'ordered'),
    (all) => all.length > 0,
  );
  expect(await heard(b, 'ordered')).toEqual(['of tenant b']);
  expect(await heard(a, 'ordered')).not.toContain('of tenant b');
  const { events } = await a.caller.data<{ events: { nodes: { data: unknown }[] } }>('{ events(first: 100) { nodes { data } } }');
  expect(JSON.stringify(events)).not.toContain('of tenant b');
});

it('are parked when they have killed their subscriber three times, and delivered in order once an operator says so', async () => {
  await configure('boo');
  const [deadly = ''] = await tell(a, 'deadly', 'boo', 'after it');
  const [waiting] = await eventually(
    () => parked(a),
    (all) => all.length > 0,
    30_000,
  );
  expect(waiting).toEqual({
    event: deadly,
    subscriber: 'fixture.hearer',
    extension: 'fixture.teller',
    code: 'SANDBOX_CRASHED',
    crashes: 3,
    key: 'deadly',
  });
  expect(await parked(b)).toEqual([]);
  expect(await deliveries(a, deadly)).toEqual([{ subscriber: 'fixture.hearer', state: 'PARKED', crashes: 3 }]);

  await tell(a, 'lively', 'hello');
  await eventually(
    async () => (await a.refusal('hear.all', { key: 'lively' })) === null && (await heard(a, 'lively')).includes('hello'),
    Boolean,
    30_000,
  );
  expect(await heard(a, 'deadly')).toEqual([]);
  expect(
    await b.caller.code('mutation ($event: ID!) { retryParkedEvent(event: $event, subscriber: "fixture.hearer") { status } }', {
      event: deadly,
    }),
  ).toBe('AUTOMATION_DELIVERY_NOT_PARKED');

  await configure('');
  await a.caller.data('mutation ($event: ID!) { retryParkedEvent(event: $event, subscriber: "fixture.hearer") { status } }', {
    event: deadly,
  });
  expect(
    await eventually(
      () => heard(a, 'deadly'),
      (all) => all.length >= 2,
    ),
  ).toEqual(['boo', 'after it']);
  expect(
    await eventually(
      () => parked(a),
      (all) => all.length === 0,
    ),
  ).toEqual([]);
}, 90_000);

it('are refused when their body breaks the schema, or their subscriber has lost the grant', async () => {
  expect(await a.refusal('tell.all', { key: 'bad', texts: ['x'.repeat(201)] })).toBe('PLUGIN_INPUT_INVALID');
  await a.caller.data(
    'mutation { revokeGrant(extension: "fixture.hearer", grant: "events:subscribe:fixture.teller.said.v1") { revision } }',
  );
  await tell(a, 'revoked', 'nobody listens');
  // Who listens is looked up in the order of the log: once the neighbour has heard a later event, that has been done for this one.
  await tell(b, 'revoked', 'said later');
  await eventually(
    () => heard(b, 'revoked'),
    (all) => all.length > 0,
  );
  await a.caller.data('mutation { giveGrant(extension: "fixture.hearer", grant: "events:subscribe:fixture.teller.said.v1") { revision } }');
  await tell(a, 'revoked', 'heard again');
  expect(
    await eventually(
      () => heard(a, 'revoked'),
      (all) => all.length > 0,
    ),
  ).toEqual(['heard again']);
}, 60_000);
