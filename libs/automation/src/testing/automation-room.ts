// The real bus, log, queue and dispatcher over scripted sandboxes and a clock that stands still: for specs.
import type { Grant, Installation, Installations } from '@kari/extension/contract';
import type { RequestContext } from '@kari/kernel';
import { manualClock, MemoryEventStore, seededIds, seededRandom } from '@kari/kernel/testing';
import { InProcessBus, memoryConsumerStates } from '@kari/platform/bus';
import { StoreCommandBus } from '@kari/platform/command-bus';
import type { TestDatabase } from '@kari/platform/database/testing';
import { Registry, type AnyCommandDefinition } from '@kari/platform/registry';
import type { Logger } from '@kari/platform/telemetry';
import { systemTimers } from '@kari/platform/time';
import type { Manifest } from '@kari/protocol/manifest';
import type { BrokerCaller, SandboxInvocation, Sandboxes } from '@kari/sandbox/contract';
import { DeliveryQueue } from '../delivery/delivery-queue.js';
import { EventDispatcher } from '../delivery/event-dispatcher.js';
import { EventFanOut } from '../delivery/event-fan-out.js';
import { ExtensionSubscriber } from '../delivery/extension-subscriber.js';
import type { AutomationSubscriber } from '../automations/automation-subscriber.js';
import { parkedEventCommands } from '../delivery/parked-event.definitions.js';
import { Unparking } from '../delivery/unparking.reactor.js';
import { eventsCapability } from '../events/events.capability.js';
import { extensionEventCommands } from '../events/extension-event.definitions.js';

export const A = '00000000-0000-7000-8000-00000000000a';
export const B = '00000000-0000-7000-8000-00000000000b';
export const SOURCE = 'acme.source';
export const ADDED = 'acme.source.added.v1';

export interface Received {
  readonly id: string;
  readonly type: string;
  readonly key: string;
  readonly time: string;
  readonly data: { readonly n: number };
}

function manifestOf(id: string, more: Partial<Manifest> = {}): Manifest {
  return {
    id,
    name: id,
    version: '1.0.0',
    description: 'for specs',
    license: 'MIT',
    category: 'utilities',
    platform: '*',
    entry: 'src/index.ts',
    ...more,
  };
}

const schema = { type: 'object', required: ['n'], additionalProperties: false, properties: { n: { type: 'integer' } } } as const;
export const source = manifestOf(SOURCE, { events: { publishes: { [ADDED]: { description: 'one more', schema } } } });
export const listener = (id: string): Manifest => manifestOf(id, { events: { subscribes: [{ type: ADDED, reason: 'to know' }] } });

export function automationRoom(database: TestDatabase) {
  const clock = manualClock();
  const store = new MemoryEventStore({ clock });
  const ids = seededIds(3);
  const audited: unknown[] = [];
  const lines: unknown[] = [];
  const audit = { record: (record: unknown) => (audited.push(record), Promise.resolve()) };
  const installed = new Map<string, Installation>();
  const listeners = new Set<(tenant: string, extension: string) => void>();
  const installations: Installations = {
    find: (tenant, extension) => installed.get(`${tenant} ${extension}`) ?? null,
    ofTenant: (tenant) => [...installed.values()].filter((one) => one.tenant === tenant),
    onChange: (listen) => (listeners.add(listen), () => listeners.delete(listen)),
  };
  const commands = new Registry<AnyCommandDefinition>('command', ({ type }) => type);
  commands.add(...extensionEventCommands(installations), ...parkedEventCommands);
  const bus = new StoreCommandBus(commands, store, audit, { standing: () => Promise.resolve('open') }, clock, ids, systemTimers);
  const events = new InProcessBus({ store, states: memoryConsumerStates(), timers: systemTimers });

  const invocations: SandboxInvocation[] = [];
  const handlers = new Map<string, (event: Received, invocation: SandboxInvocation) => Promise<void> | void>();
  const sandboxes = {
    invoke: async (invocation: SandboxInvocation) => {
      invocations.push(invocation);
      await handlers.get(`${invocation.tenant} ${invocation.extension}`)?.(invocation.input as Received, invocation);
      return null;
    },
  } as unknown as Sandboxes;
  const logger = { warn: (fields: object) => lines.push(fields), error: (fields: object) => lines.push(fields) } as unknown as Logger;
  const queue = new DeliveryQueue(database.system, clock, ids);
  const fanOut = new EventFanOut(events, installations, queue);
  const extensions = new ExtensionSubscriber(installations, sandboxes);
  const none = { attempt: () => Promise.reject(new Error('there are no automations here')) } as unknown as AutomationSubscriber;
  const dispatcherOf = () => new EventDispatcher(fanOut, queue, installations, extensions, none, bus, clock, seededRandom(5), logger);
  const unparking = new Unparking(queue);

  const install = (
    manifest: Manifest,
    tenant = A,
    status: Installation['status'] = 'enabled',
    grants: readonly Partial<Grant>[] = grantsOf(manifest),
  ) => {
    installed.set(`${tenant} ${manifest.id}`, {
      tenant,
      extension: manifest.id,
      status,
      version: { extension: manifest.id, version: manifest.version, manifest, bundleHash: '', assets: {}, trust: 'development' },
      grants: grants.map((grant) => ({ id: 'x', capability: 'events', scope: {}, state: 'granted', ...grant })),
      revision: 0n,
    });
    for (const listen of listeners) listen(tenant, manifest.id);
  };
  const callerOf = (tenant = A, extension = SOURCE): BrokerCaller =>
    ({
      tenant,
      extension,
      correlationId: 'correlation',
      signal: new AbortController().signal,
      scopes: [{ publish: ADDED }],
    }) as unknown as BrokerCaller;
  const operation = eventsCapability(bus, ids).operations[0]!;
  const publish = (n: number, key = 'k', tenant = A): Promise<{ id: string }> =>
    operation.perform(callerOf(tenant), operation.schema.parse({ type: ADDED, key, data: { n } })) as Promise<{ id: string }>;
  const operator = (tenant = A): RequestContext => ({
    principal: { id: 'operator', kind: 'user', may: () => true },
    tenant,
    correlationId: 'by-hand',
  });

  return {
    clock,
    store,
    bus,
    queue,
    dispatcherOf,
    invocations,
    audited,
    lines,
    operation,
    callerOf,
    publish,
    operator,
    install,
    uninstall: (id: string, tenant = A) => installed.delete(`${tenant} ${id}`),
    handle: (id: string, handler: (event: Received, invocation: SandboxInvocation) => Promise<void> | void, tenant = A) =>
      handlers.set(`${tenant} ${id}`, handler),
    /** As the reactor would be told. */
    async react(): Promise<void> {
      for await (const event of store.readAll({ filter: { types: [...unparking.handles] } })) await unparking.react(event);
    },
    stop: () => events.close(),
  };
}
export type AutomationRoom = ReturnType<typeof automationRoom>;

function grantsOf({ events }: Manifest): readonly Partial<Grant>[] {
  return [
    ...Object.keys(events?.publishes ?? {}).map((publish) => ({ scope: { publish } })),
    ...(events?.subscribes ?? []).map(({ type }) => ({ scope: { subscribe: type } })),
  ];
}
