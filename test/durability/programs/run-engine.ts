// A process that runs workflows until it is killed; its effects are made at a ledger outside.
import { derivedId, handleCommand, isoNow, rejected, Unavailable } from '@kari/kernel';
import { holdShard } from '@kari/platform/leases';
import { systemClock, systemIds, systemRandom, systemTimers } from '@kari/platform/time';
import { MemoryPlaces } from '../../../libs/workflow/src/places/memory-places.adapter.js';
import { runStream, SHARDS, type ChildEnd } from '../../../libs/workflow/src/run/engine-parts.js';
import type { RunCommand } from '../../../libs/workflow/src/run/run.commands.js';
import { runDecider } from '../../../libs/workflow/src/run/run.decider.js';
import { RunEngine } from '../../../libs/workflow/src/run/run-engine.js';
import { OPEN_STATUSES, runProjection } from '../../../libs/workflow/src/run/run.projection.js';
import { isOver, type RunState } from '../../../libs/workflow/src/run/run-state.rules.js';
import { simDocument } from '../../../libs/workflow/src/run/testing/sim-migrations.js';
import { simEvaluator } from '../../../libs/workflow/src/run/testing/sim-workflows.js';
import { openedLog } from '../opened-log.js';

const ledger = process.env['LEDGER_URL'] ?? '';
const { database, store, leases, views } = await openedLog(8);

const send = async (tenant: string, command: RunCommand): Promise<RunState> =>
  (
    await handleCommand(store, runDecider, runStream(tenant, command.data.run), command, {
      commandId: derivedId(command.type, command.data.run),
      tenant,
      actor: 'system:test',
      actorKind: 'system',
      correlationId: command.data.run,
      now: isoNow(systemClock),
    })
  ).state;
const endOf = (state: RunState): ChildEnd | null => {
  if (!isOver(state)) return null;
  return state.status === 'completed' ? { outcome: 'completed', output: state.result?.output } : { outcome: 'failed' };
};

const engine = new RunEngine({
  worker: systemIds.next(),
  store,
  clock: systemClock,
  timers: systemTimers,
  random: systemRandom,
  ids: systemIds,
  evaluator: simEvaluator(),
  schemaFault: () => null,
  effects: {
    isMarked: () => true,
    async perform({ run, task, key, signal }) {
      const { call, with: args } = task.arguments as { call: string; with?: unknown };
      const body = JSON.stringify({ run, task: task.id, key, call, args: args ?? {} });
      const answer = await fetch(ledger, { method: 'POST', body, signal }).catch((error: unknown) => {
        throw signal.aborted ? error : new Unavailable('the ledger is away', true, { cause: error });
      });
      if (answer.status !== 200)
        throw rejected('PLUGIN_FAILED', { plugin: call, extension: 'ledger', code: String(answer.status), message: 'no' });
      return answer.json();
    },
  },
  others: {
    start: async ({ tenant, child, workflow, input, parent, caller }) =>
      endOf(
        await send(tenant, {
          type: 'StartRun',
          data: {
            run: child,
            workflow: { id: workflow.name, version: '1' },
            input,
            shard: 0,
            startedAt: isoNow(systemClock),
            parent,
            caller,
          },
        }),
      ),
    cancel: async (tenant, child) => endOf(await send(tenant, { type: 'CancelChildRun', data: { run: child, reason: null } })),
    replace: async (tenant, run) => void (await send(tenant, { type: 'CancelChildRun', data: { run, reason: null } })),
  },
  definitions: { document: (_tenant, { id, version }) => Promise.resolve(simDocument(id, version)) },
  openRuns: {
    ofShard: async (shard, upTo) => {
      await views.waitFor(runProjection.name, upTo, 60_000);
      return database.query('select tenant, run from workflow.run where shard = $1 and status = any($2)', [shard, OPEN_STATUSES]);
    },
  },
  places: new MemoryPlaces(),
  moment: () => Promise.resolve(0),
  onFault: (error, what) => process.stderr.write(`${what}: ${error instanceof Error ? error.message : String(error)}\n`),
});
await engine.start();
const { signal } = new AbortController();
for (let shard = 0; shard < SHARDS; shard += 1) {
  void holdShard(
    leases,
    `workflow.run:${shard}`,
    { timers: systemTimers, signal, retryMs: 100, onError: () => undefined },
    async (_lease, until) => {
      process.stdout.write(`owns ${shard}\n`);
      await engine.own(shard, until);
    },
  );
}
process.stdout.write('started\n');
