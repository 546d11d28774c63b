import { expect, it } from '@jest/globals';
import { extensionEvents, type Installation } from '@kari/extension/contract';
import { streamId, type RecordedEvent } from '@kari/kernel';
import { manualClock, MemoryEventStore, seededIds } from '@kari/kernel/testing';
import { StoreCommandBus } from '@kari/platform/command-bus';
import { Registry, type AnyCommandDefinition } from '@kari/platform/registry';
import { systemTimers } from '@kari/platform/time';
import { BlockedWorkflows } from './blocked-workflows.reactor.js';
import { workflowCommands } from './definition.definitions.js';
import { DEFINITION_CATEGORY } from './definition.events.js';
import { InstallationSnapshot } from './installation-snapshot.js';

const TENANT = '00000000-0000-7000-8000-00000000000a';
const ID = '00000000-0000-7000-8000-0000000000ff';
const meta = {
  tenant: TENANT,
  actor: 'someone',
  actorKind: 'user',
  commandId: ID,
  commandType: 'X',
  correlationId: 'c',
  occurredAt: '2026-01-01T00:00:00.000Z',
} as const;

function room() {
  const store = new MemoryEventStore({ clock: manualClock() });
  const ids = seededIds(7);
  const commands = new Registry<AnyCommandDefinition>('command', ({ type }) => type);
  commands.add(...workflowCommands(() => null));
  const audit = { record: () => Promise.resolve() };
  const bus = new StoreCommandBus(commands, store, audit, { standing: () => Promise.resolve('open') }, manualClock(), ids, systemTimers);
  const gone = new Map<string, string>();
  let revision = 0n;
  const installations = {
    find: () => (gone.has('removed') ? null : ({ revision } as unknown as Installation)),
    ofTenant: () => [],
    onChange: () => () => undefined,
  };
  const names: string[] = [];
  const reactor = new BlockedWorkflows(
    store,
    bus,
    { reason: (_tenant, _owner, needs) => needs.map(({ call }) => gone.get(call) ?? null).find((why) => why !== null) ?? null },
    { ids: () => Promise.resolve(names) },
    new InstallationSnapshot(installations, store, systemTimers),
  );
  const append = async (stream: ReturnType<typeof streamId>, type: string, data: object): Promise<RecordedEvent> => {
    const id = ids.next();
    await store.append([{ stream, expected: 'any', events: [{ id, type, version: 1, data, meta }] }]);
    for await (const event of store.readStream(stream, { direction: 'backwards', limit: 1 })) return event;
    throw new Error('nothing was appended');
  };
  return {
    gone,
    async save(workflow: string, version: number, call: string): Promise<RecordedEvent> {
      if (!names.includes(workflow)) names.push(workflow);
      const data = { workflow, version, document: '{}', hash: '', title: '', needs: [{ pointer: '/do/0/a', call }], owner: null };
      return append(streamId(DEFINITION_CATEGORY, TENANT, workflow), 'WorkflowSaved', data);
    },
    reactor,
    async say(type: string): Promise<void> {
      const event = await append(streamId('extension.installation', TENANT, 'acme.desk'), type, {});
      ({ revision } = event);
      await reactor.react(event);
    },
    async told(workflow: string): Promise<readonly unknown[]> {
      const told: unknown[] = [];
      for await (const { type, data } of store.readStream(streamId(DEFINITION_CATEGORY, TENANT, workflow)))
        if (type !== 'WorkflowSaved') told.push([type, (data as { reason?: string }).reason]);
      return told;
    },
  };
}

it('tells each workflow that needs what has gone, once, and again when it is back', async () => {
  const { gone, save, say, told } = room();
  await save('needing', 1, 'desk.a@1');
  await save('other', 1, 'text.b@1');
  gone.set('desk.a@1', 'acme.desk is not enabled');
  await say(extensionEvents.disabled);
  await say(extensionEvents.disabled);
  expect([await told('needing'), await told('other')]).toEqual([[['WorkflowBlocked', 'acme.desk is not enabled']], []]);
  gone.set('desk.a@1', 'it is not installed').set('removed', '');
  await say(extensionEvents.removed);
  gone.clear();
  await say(extensionEvents.enabled);
  expect((await told('needing')).slice(1)).toEqual([
    ['WorkflowBlocked', 'it is not installed'],
    ['WorkflowUnblocked', undefined],
  ]);
});

it('judges a workflow anew when another version of it would start', async () => {
  const { gone, save, reactor, told } = room();
  gone.set('desk.a@1', 'gone');
  await reactor.react(await save('needing', 1, 'desk.a@1'));
  await reactor.react(await save('needing', 2, 'text.b@1'));
  expect(await told('needing')).toEqual([
    ['WorkflowBlocked', 'gone'],
    ['WorkflowUnblocked', undefined],
  ]);
});
