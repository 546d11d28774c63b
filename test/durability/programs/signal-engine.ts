// A process that runs workflows which talk to each other by events, until it is killed.
import { isoNow, type Audit } from '@kari/kernel';
import { StoreCommandBus } from '@kari/platform/command-bus';
import { holdShard } from '@kari/platform/leases';
import { ReactionRunner } from '@kari/platform/reactions';
import { Registry, type AnyCommandDefinition } from '@kari/platform/registry';
import { systemClock, systemIds, systemRandom, systemTimers } from '@kari/platform/time';
import type { Installations } from '@kari/extension/contract';
import { cloudEventCommands } from '../../../libs/automation/src/events/cloud-event.definitions.js';
import { LoggedEvents } from '../../../libs/automation/src/events/tenant-events.js';
import { MemoryPlaces } from '../../../libs/workflow/src/places/memory-places.adapter.js';
import type { WorkflowDocument } from '../../../libs/workflow/src/definition/document.js';
import type { Evaluator } from '../../../libs/workflow/src/expression/evaluator.js';
import { SHARDS } from '../../../libs/workflow/src/run/engine-parts.js';
import { RunEngine } from '../../../libs/workflow/src/run/run-engine.js';
import { OPEN_STATUSES, runProjection } from '../../../libs/workflow/src/run/run.projection.js';
import { ListenerTable } from '../../../libs/workflow/src/signals/listener-table.js';
import { Listening } from '../../../libs/workflow/src/signals/listening.reactor.js';
import { SignalOffers } from '../../../libs/workflow/src/signals/signal-offers.js';
import { SignalQueue } from '../../../libs/workflow/src/signals/signal-queue.js';
import { openedLog } from '../opened-log.js';

const of = (type: string) => ({
  one: { with: { type }, correlate: { order: { from: '.data.order', expect: '${ $workflow.input.order }' } } },
});
const emit = (type: string) => ({
  emit: { event: { with: { source: 'urn:kill', type, data: { order: '${ $workflow.input.order }' } } } },
});
const documentOf = (tasks: WorkflowDocument['do']): WorkflowDocument => ({
  document: { dsl: '1.0.3', namespace: 'kill', name: 'kill', version: '1.0.0' },
  do: tasks,
});
/** The one asks and waits for its answer, the other waits to be asked and answers. */
const WORKFLOWS: Readonly<Record<string, WorkflowDocument>> = {
  asks: documentOf([{ both: { fork: { branches: [{ hear: { listen: { to: of('answered') } } }, { ask: emit('asked') }] } } }]),
  answers: documentOf([{ hear: { listen: { to: of('asked') } } }, { answer: emit('answered') }]),
};

const { database, store, leases, logger, views } = await openedLog(12);

const installations: Installations = { find: () => null, ofTenant: () => [], onChange: () => () => undefined };
const commands = new Registry<AnyCommandDefinition>('command', ({ type }) => type);
commands.add(...cloudEventCommands(installations));
const audit: Audit = { record: () => Promise.resolve() };
const bus = new StoreCommandBus(commands, store, audit, { standing: () => Promise.resolve('open') }, systemClock, systemIds, systemTimers);
const events = new LoggedEvents(bus, store);
const PROGRAMS: Readonly<Record<string, (input: unknown, variables: Readonly<Record<string, unknown>>) => unknown>> = {
  '.data.order': (input) => (input as { data: { order: number } }).data.order,
  '$workflow.input.order': (_input, { workflow }) => (workflow as { input: { order: number } }).input.order,
};
const evaluator: Evaluator = { evaluate: (program, input, variables) => PROGRAMS[program]?.(input, variables) as never };
const [listeners, queue] = [new ListenerTable(database), new SignalQueue(database)];
const offers = new SignalOffers(listeners, queue, store, evaluator, leases, systemClock, systemTimers, logger);
const tenants = { find: (id: string) => ({ id, slug: id, status: 'active' as const }), all: () => [], onChange: () => () => undefined };
const reactions = new ReactionRunner(
  { bus, store, database, leases, timers: systemTimers, logger },
  { managers: [], reactors: [new Listening(listeners, queue, offers, events, tenants)] },
);
await reactions.start();
offers.start();

const engine = new RunEngine({
  worker: systemIds.next(),
  store,
  clock: systemClock,
  timers: systemTimers,
  random: systemRandom,
  ids: systemIds,
  evaluator,
  schemaFault: () => null,
  effects: {
    isMarked: () => false,
    perform: ({ tenant, run, workflow, task, key, correlationId }) => {
      const { event } = task.arguments as { event: Record<string, unknown> };
      return events.emit({ tenant, run, workflow, task: task.id, key, event, correlationId });
    },
  },
  others: { start: () => Promise.resolve(null), cancel: () => Promise.resolve(null), replace: () => Promise.resolve() },
  places: new MemoryPlaces(),
  moment: () => Promise.resolve(0),
  definitions: { document: (_tenant, { id }) => Promise.resolve(WORKFLOWS[id] ?? null) },
  openRuns: {
    ofShard: async (shard, upTo) => {
      await views.waitFor(runProjection.name, upTo, 60_000);
      return database.query('select tenant, run from workflow.run where shard = $1 and status = any($2)', [shard, OPEN_STATUSES]);
    },
  },
  onFault: (error, what) =>
    process.stderr.write(`${isoNow(systemClock)} ${what}: ${error instanceof Error ? error.message : String(error)}\n`),
});
await engine.start();
const { signal } = new AbortController();
for (let shard = 0; shard < SHARDS; shard += 1) {
  const options = { timers: systemTimers, signal, retryMs: 100, onError: () => undefined };
  void holdShard(leases, `workflow.run:${shard}`, options, async (_lease, until) => {
    process.stdout.write(`owns ${shard}\n`);
    await engine.own(shard, until);
  });
}
process.stdout.write('started\n');
