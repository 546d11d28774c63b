// Events in and out of workflows: emitted, listened for, sent in from outside; heard by whom they concern and by nobody else.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { WorkflowDocument } from '../../../libs/workflow/src/definition/document.js';
import { manifestOf, startCapabilityApp, type CapabilityApp } from '../../support/capability-app.js';
import { eventually, type GraphqlCaller } from '../../support/client.js';

const OWNED = 'acme.shop.paid.v1';
const FREE = 'org.example.done.v1';
const SHOP = manifestOf('acme.shop', {
  permissions: { events: [{ publish: OWNED, reason: 'to tell' }] },
  events: { publishes: { [OWNED]: { description: 'paid', schema: { type: 'object', properties: { order: { type: 'integer' } } } } } },
});
const LISTENER = manifestOf('acme.listener', {
  permissions: { events: [{ subscribe: FREE, reason: 'to know' }] },
  events: { subscribes: [{ type: FREE, reason: 'to know' }] },
});

let app: CapabilityApp;
let a: { id: string; admin: GraphqlCaller };
let b: { id: string; admin: GraphqlCaller };
const delivered: { tenant: string; input: { id: string; data: unknown }; actor: unknown }[] = [];

beforeAll(async () => {
  app = await startCapabilityApp();
  [a, b] = [await app.tenant('tenant-a'), await app.tenant('tenant-b')];
  for (const { id } of [a, b]) {
    app.extensions.install(id, SHOP);
    app.extensions.install(id, LISTENER);
  }
  app.extensions.handle('acme.listener', `event:${FREE}`, ({ tenant, input, context }) => {
    delivered.push({ tenant, input: input as never, actor: context.actor });
  });
}, 60_000);
afterAll(() => app?.stop());

type Tenant = typeof a;
const save = (tenant: Tenant, name: string, tasks: WorkflowDocument['do']): string => {
  app.workflows.save(tenant.id, { document: { dsl: '1.0.3', namespace: 'tests', name, version: '1.0.0' }, do: tasks });
  return name;
};
const start = async (tenant: Tenant, workflow: string, input: unknown = {}): Promise<string> => {
  const document = 'mutation($i: StartRunInput!) { startRun(input: $i) { id } }';
  return (await tenant.admin.data<{ startRun: { id: string } }>(document, { i: { workflow, input } })).startRun.id;
};
interface Fact {
  readonly type: string;
  readonly data: { output?: unknown; error?: { title?: string } };
}
const factsOf = async (tenant: Tenant, run: string): Promise<readonly Fact[]> => {
  const document = 'query($r: ID!) { workflowRunHistory(run: $r, first: 200) { nodes { type data } } }';
  return (await tenant.admin.data<{ workflowRunHistory: { nodes: Fact[] } }>(document, { r: run })).workflowRunHistory.nodes;
};
const ended = (tenant: Tenant, run: string): Promise<readonly Fact[]> =>
  eventually(
    () => factsOf(tenant, run),
    (facts) => /^Run(Completed|Failed|Cancelled)$/.test(facts.at(-1)?.type ?? ''),
  );
const outputOf = async (tenant: Tenant, run: string): Promise<unknown> => (await ended(tenant, run)).at(-1)?.data.output;
const listening = (tenant: Tenant, run: string): Promise<unknown> =>
  eventually(
    () => factsOf(tenant, run),
    (facts) => facts.some(({ type }) => type === 'EventAwaited'),
  );
const SEND = 'mutation($i: SendEventInput!) { sendEvent(input: $i) { id accepted position } }';
const send = (tenant: Tenant, event: object): Promise<{ sendEvent: { accepted: boolean; position: string | null } }> =>
  tenant.admin.data(SEND, { i: { source: 'https://example.org', ...event } });
const cloudEvents = async (tenant: Tenant, type: string): Promise<readonly { document: Record<string, unknown>; position: string }[]> => {
  const document = 'query($t: String) { cloudEvents(type: $t, first: 200) { nodes { id document position origin run } } }';
  return (await tenant.admin.data<{ cloudEvents: { nodes: never[] } }>(document, { t: type })).cloudEvents.nodes;
};

describe('emit', () => {
  it('tells what its expressions say, once, to extensions and to who watches, in its own tenant', async () => {
    const socket = a.admin.socket();
    const { createServiceAccount: before } = await a.admin.data<{ createServiceAccount: { position: string } }>(
      'mutation { createServiceAccount(input: { name: "before", roles: ["viewer"] }) { position } }',
    );
    const told = socket.iterate<{ cloudEventPublished: { document: unknown } }>({
      query: `subscription($after: String) { cloudEventPublished(type: "${FREE}", after: $after) { document } }`,
      variables: { after: before.position },
    });
    const first = told.next();
    const event = { source: 'https://example.org/${x}', type: FREE, subject: '${ .who }', data: { greeting: '${ "Hello \\(.who)" }' } };
    const run = await start(a, save(a, 'tells', [{ tell: { emit: { event: { with: event } } } }]), { who: 'Ada' });
    const output = await outputOf(a, run);
    expect(output).toEqual({
      specversion: '1.0',
      id: expect.any(String),
      time: expect.any(String),
      datacontenttype: 'application/json',
      source: 'https://example.org/${x}',
      type: FREE,
      subject: 'Ada',
      data: { greeting: 'Hello Ada' },
      kariorigin: 'workflow',
      kariworkflow: 'tells',
      karirun: run,
      karihops: 0,
    });
    expect((await first).value).toMatchObject({ data: { cloudEventPublished: { document: output } } });
    await socket.dispose();
    await eventually(
      () => Promise.resolve(delivered),
      (all) => all.length > 0,
    );
    expect(delivered).toEqual([
      {
        tenant: a.id,
        input: { id: expect.any(String), type: FREE, key: 'Ada', time: expect.any(String), data: { greeting: 'Hello Ada' } },
        actor: { id: 'workflow', kind: 'system' },
      },
    ]);
    const listed = await eventually(
      () => cloudEvents(a, FREE),
      (all) => all.length > 0,
    );
    expect(listed.map(({ document }) => document)).toEqual([output]);
    expect(await cloudEvents(b, FREE)).toEqual([]);
  });

  it('S-09 does not speak for an extension, nor as the platform: the task fails, and may be caught', async () => {
    const emit = (more: object) => ({ emit: { event: { with: { source: 'urn:x', type: 'com.example.x', ...more } } } });
    const attempt = (more: object) => [
      { careful: { try: [{ tell: emit(more) }], catch: { as: 'fault', do: [{ why: { set: { why: '${ $fault.title }' } } }] } } },
    ];
    const why = async (name: string, more: object) => outputOf(a, await start(a, save(a, name, attempt(more))));
    expect(await why('as-extension', { type: OWNED, data: { order: 1 } })).toEqual({ why: 'AUTOMATION_EVENT_TYPE_OWNED' });
    expect(await why('as-platform', { source: '/kari/extensions/acme.shop' })).toEqual({ why: 'AUTOMATION_EVENT_ATTRIBUTE_INVALID' });
    expect(await why('too-large', { data: 'x'.repeat(70_000) })).toEqual({ why: 'AUTOMATION_EVENT_TOO_LARGE' });
    // The control: the same road, with nothing wrong.
    expect(await why('as-itself', {})).toMatchObject({ type: 'com.example.x' });
  });
});

describe('listen', () => {
  const order = { with: { type: OWNED }, correlate: { order: { from: '.data.order', expect: '${ .id }' } } };

  it('goes on with the event that belongs to it, and with no other', async () => {
    const name = save(a, 'awaits-payment', [{ wait: { listen: { to: { one: order } } } }]);
    save(b, name, [{ wait: { listen: { to: { one: order } } } }]);
    const [one, two, foreign] = [await start(a, name, { id: 1 }), await start(a, name, { id: 2 }), await start(b, name, { id: 2 })];
    await Promise.all([listening(a, one), listening(a, two), listening(b, foreign)]);
    await app.broker(a.id, 'acme.shop', 'events.publish', { type: OWNED, key: 'k', data: { order: 2 } });
    expect(await outputOf(a, two)).toEqual([{ order: 2 }]);
    // Whatever is told later has overtaken nothing: the first run is told by its own event alone.
    await app.broker(a.id, 'acme.shop', 'events.publish', { type: OWNED, key: 'k', data: { order: 1 } });
    expect(await outputOf(a, one)).toEqual([{ order: 1 }]);
    await app.broker(b.id, 'acme.shop', 'events.publish', { type: OWNED, key: 'k', data: { order: 2 } });
    expect(await outputOf(b, foreign)).toEqual([{ order: 2 }]);
    const heard = async (tenant: Tenant, run: string) => (await factsOf(tenant, run)).filter(({ type }) => type === 'EventReceived').length;
    expect(await Promise.all([heard(a, one), heard(a, two), heard(b, foreign)])).toEqual([1, 1, 1]);
  });

  it('hears what another workflow emits, filtered by real jq, until there is enough, one after the other', async () => {
    const to = {
      any: [{ with: { type: 'com.example.measured', data: '${ [.readings[] | select(. > 30)] | length > 0 }' } }],
      until: '[.[].readings | length] | add >= 3',
    };
    const foreach = { item: 'measured', do: [{ shape: { set: { most: '${ $measured.readings | max }' } } }] };
    const hears = await start(a, save(a, 'hears', [{ hear: { listen: { to }, foreach } }] as never));
    await listening(a, hears);
    const measure = (readings: readonly number[]) => ({
      emit: { event: { with: { source: 'urn:sensor', type: 'com.example.measured', data: { readings } } } },
    });
    await start(
      a,
      save(a, 'measures', [{ low: measure([1, 2]) }, { high: measure([31]) }, { higher: measure([40, 41]) }, { late: measure([99]) }]),
    );
    expect(await outputOf(a, hears)).toEqual([{ most: 31 }, { most: 41 }]);
  });

  it('takes all, and gives up in time', async () => {
    const all = [{ with: { type: 'com.example.first' } }, { with: { type: 'com.example.second', subject: '${ .of }' } }];
    const name = save(a, 'takes-all', [{ hear: { listen: { to: { all }, read: 'envelope' }, output: { as: '[.[].id]' } } }]);
    const run = await start(a, name, { of: 'mine' });
    await listening(a, run);
    await send(a, { id: 's-1', type: 'com.example.second', subject: 'other' });
    await send(a, { id: 's-2', type: 'com.example.second', subject: 'mine' });
    await send(a, { id: 'f-1', type: 'com.example.first' });
    expect(await outputOf(a, run)).toEqual(['f-1', 's-2']);

    const late = [{ hear: { listen: { to: { one: { with: { type: 'com.example.never' } } } }, timeout: { after: { milliseconds: 50 } } } }];
    const gaveUp = await ended(a, await start(a, save(a, 'gives-up', late)));
    expect(gaveUp.at(-1)).toMatchObject({ type: 'RunFailed', data: { error: { status: 408 } } });
  });
});

describe('what is sent in', () => {
  it('is one for each id and source, and refused where it says another thing', async () => {
    const event = { id: 'order-7', type: 'com.example.sent', data: { n: 1 } };
    const [first, second] = [await send(a, event), await send(a, event)];
    expect([first.sendEvent.accepted, second.sendEvent.accepted]).toEqual([true, false]);
    expect(await a.admin.code(SEND, { i: { ...event, source: 'https://example.org', data: { n: 2 } } })).toBe('AUTOMATION_EVENT_ID_REUSED');
    await send(a, { ...event, source: 'https://example.org/other' });
    await send(b, event);
    const of = async (tenant: Tenant, count: number) =>
      (
        await eventually(
          () => cloudEvents(tenant, 'com.example.sent'),
          (all) => all.length === count,
        )
      ).length;
    expect([await of(a, 2), await of(b, 1)]).toEqual([2, 1]);
  });

  it('needs the right, a type of its own and a modest size', async () => {
    const good = { id: 'x-1', source: 'urn:x', type: 'com.example.ok', extensions: { region: 'eu' } };
    const user = await app.somebody(a.id, 'user');
    expect(await user.code(SEND, { i: good })).toBe('REQUEST_DENIED');
    expect(await user.code('{ cloudEvents { nodes { id } } }')).toBe('REQUEST_DENIED');
    expect(await a.admin.code(SEND, { i: { ...good, type: OWNED } })).toBe('AUTOMATION_EVENT_TYPE_OWNED');
    expect(await a.admin.code(SEND, { i: { ...good, source: '/kari/x' } })).toBe('AUTOMATION_EVENT_ATTRIBUTE_INVALID');
    expect(await a.admin.code(SEND, { i: { ...good, data: 'x'.repeat(70_000) } })).toBe('AUTOMATION_EVENT_TOO_LARGE');
    expect(await a.admin.code(SEND, { i: { ...good, extensions: [1] } })).toBe('AUTOMATION_EVENT_ATTRIBUTE_INVALID');
    expect(await a.admin.code(SEND, { i: good })).toBeNull();
  });
});
