// An engine over a log in memory, with runs of many tenants of one document, or of one for each.
import { derivedId, handleCommand, idOf, tenantOf, type EventStore, type RecordedEvent } from '@kari/kernel';
import { manualClock, MemoryEventStore, seededIds, seededRandom, settled } from '@kari/kernel/testing';
import { MemoryReservationStore, Reservations } from '@kari/platform/quotas';
import type { WorkflowDocument } from '../../definition/document.js';
import { MemoryPlaces } from '../../places/memory-places.adapter.js';
import { RUN_CATEGORY, runStream, type EngineParts } from '../engine-parts.js';
import type { RunCommand } from '../run.commands.js';
import { runDecider } from '../run.decider.js';
import { evolveRun, initialRun, type RunState } from '../run-state.rules.js';
import type { RunEvent } from '../run.events.js';
import { quick, startedWith } from './playing-run.js';

export function engineRoom(document: WorkflowDocument, more: Partial<EngineParts> = {}) {
  const clock = manualClock();
  const store: EventStore = more.store ?? new MemoryEventStore({ clock });
  const faults: unknown[] = [];
  const ids = seededIds(3);
  const reservations = new Reservations(new MemoryReservationStore(clock));
  const parts: EngineParts = {
    worker: 'one',
    store,
    clock,
    timers: clock,
    random: seededRandom(1),
    ids,
    evaluator: { evaluate: (program, input, variables) => quick(program, input, variables) as never },
    schemaFault: () => null,
    effects: { isMarked: () => false, perform: () => Promise.resolve(null) },
    others: { start: () => Promise.resolve(null), cancel: () => Promise.resolve(null), replace: () => Promise.resolve() },
    definitions: { document: () => Promise.resolve(document) },
    openRuns: {
      ofShard: async () => {
        const open = new Map<string, string>();
        for await (const { stream } of store.readAll({ filter: { categories: [RUN_CATEGORY] } })) open.set(idOf(stream), tenantOf(stream));
        return [...open].map(([run, tenant]) => ({ tenant, run }));
      },
    },
    places: new MemoryPlaces(),
    moment: (_tenant, { bucket, ...pace }) => reservations.next(bucket, pace),
    onFault: (error) => faults.push(error),
    ...more,
  };
  const send = async (tenant: string, command: RunCommand): Promise<void> => {
    await handleCommand(store, runDecider, runStream(tenant, command.data.run), command, {
      commandId: ids.next(),
      tenant,
      actor: 'someone',
      actorKind: 'user',
      correlationId: 'c',
      now: new Date(clock.now()).toISOString(),
    });
  };
  return {
    clock,
    store,
    parts,
    faults,
    send,
    async start(tenant: string, name: string): Promise<string> {
      const run = derivedId('run', tenant, name);
      const { data } = startedWith({}) as Extract<RunEvent, { type: 'RunStarted' }>;
      await send(tenant, { type: 'StartRun', data: { run, ...data } });
      return run;
    },
    async state(tenant: string, run: string): Promise<RunState> {
      let folded = initialRun;
      for await (const event of store.readStream(runStream(tenant, run))) folded = evolveRun(folded, event as unknown as RunEvent);
      return folded;
    },
    async facts(): Promise<readonly RecordedEvent[]> {
      const found: RecordedEvent[] = [];
      for await (const event of store.readAll()) found.push(event);
      return found;
    },
    async quiet(turns = 50): Promise<void> {
      for (let turn = 0; turn < turns; turn += 1) await settled();
    },
  };
}
