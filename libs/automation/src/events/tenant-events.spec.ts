import { expect, it } from '@jest/globals';
import type { Installations } from '@kari/extension/contract';
import { manualClock, MemoryEventStore, seededIds } from '@kari/kernel/testing';
import { StoreCommandBus } from '@kari/platform/command-bus';
import { Registry, type AnyCommandDefinition } from '@kari/platform/registry';
import { systemTimers } from '@kari/platform/time';
import type { Emission } from '../contract.js';
import { cloudEventCommands } from './cloud-event.definitions.js';
import { LoggedEvents } from './tenant-events.js';

const TENANT = '00000000-0000-7000-8000-00000000000a';
const emission: Emission = {
  tenant: TENANT,
  workflow: 'w',
  run: '00000000-0000-7000-8000-0000000000aa',
  task: '/do/0/tell',
  key: 'run:/do/0/tell:',
  event: { id: '1', source: 'urn:x', type: 'com.example.done', data: { n: 1 } },
  correlationId: 'c',
};

it('emits once under one key, and answers what stands in the log, however often it is asked', async () => {
  const clock = manualClock();
  const store = new MemoryEventStore({ clock });
  const installations = { find: () => null, ofTenant: () => [] } as unknown as Installations;
  const commands = new Registry<AnyCommandDefinition>('command', ({ type }) => type);
  commands.add(...cloudEventCommands(installations));
  const audit = { record: () => Promise.resolve() };
  const gate = { standing: () => Promise.resolve('open' as const) };
  const events = new LoggedEvents(new StoreCommandBus(commands, store, audit, gate, clock, seededIds(1), systemTimers), store);

  const first = await events.emit(emission);
  await events.emit({ ...emission, key: 'run:/do/0/tell:1', event: { ...emission.event, id: '2' } });
  await clock.advance(60_000);
  expect(await events.emit(emission)).toEqual(first);
  expect(first).toMatchObject({ id: '1', kariorigin: 'workflow', kariworkflow: 'w', karirun: emission.run, data: { n: 1 } });
  const logged: string[] = [];
  for await (const recorded of store.readAll()) logged.push(events.read(recorded)!.id);
  expect(logged).toEqual(['1', '2']);
});
