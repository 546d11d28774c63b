// The engine in this process: bound to the log, the views, the leases and the plugins, started and stopped by the server.
import { Inject, Injectable } from '@nestjs/common';
import {
  CLOCK,
  COMMAND_BUS,
  derivedId,
  EVENT_STORE,
  IDS,
  RANDOM,
  TIMERS,
  type Clock,
  type CommandBus,
  type EventStore,
  type Ids,
  type Position,
  type Random,
  type RequestContext,
  type Timers,
} from '@kari/kernel';
import { systemPrincipal } from '@kari/platform/command-bus';
import { SYSTEM_DATABASE, type SystemDatabase } from '@kari/platform/database';
import { holdShards, LEASES, type HeldShards, type Leases } from '@kari/platform/leases';
import { PROJECTIONS_CLOCK, type ProjectionsClock } from '@kari/platform/projections';
import { RESERVATIONS, type Reservations } from '@kari/platform/quotas';
import { LOGGER, type Logger } from '@kari/platform/telemetry';
import type { WorkflowLifecycle } from '../contract.js';
import { CallEffects } from '../calls/call-effects.js';
import { SignalOffers } from '../signals/signal-offers.js';
import { EVALUATOR, type Evaluator } from '../expression/evaluator.js';
import { RunRetention } from '../retention/run-retention.js';
import { NotificationDispatcher } from '../notifications/notification-dispatcher.js';
import { PLACES, type Places } from '../places/places.port.js';
import { RUN_SNAPSHOTS, type RunSnapshots } from '../snapshots/run-snapshots.port.js';
import { SHARDS, type ChildEnd, type ChildStart, type EngineParts, type OpenRuns } from './engine-parts.js';
import { RUN_DEFINITIONS, type RunDefinitions } from './run-definitions.js';
import { RunEngine } from './run-engine.js';
import { RunStarts } from './run-starts.js';
import { isOver, type RunState } from './run-state.rules.js';
import { schemaFault } from './schema-fault.js';
import { OPEN_STATUSES, runProjection } from './run.projection.js';

const GRACE_MS = 2_000;
const VIEW_PATIENCE_MS = 60_000;

@Injectable()
export class RunWorker implements WorkflowLifecycle {
  private running: { readonly engine: RunEngine; readonly held: HeldShards } | null = null;

  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(TIMERS) private readonly timers: Timers,
    @Inject(RANDOM) private readonly random: Random,
    @Inject(IDS) private readonly ids: Ids,
    @Inject(EVALUATOR) private readonly evaluator: Evaluator,
    @Inject(LEASES) private readonly leases: Leases,
    @Inject(COMMAND_BUS) private readonly bus: CommandBus,
    @Inject(SYSTEM_DATABASE) private readonly database: SystemDatabase,
    @Inject(PROJECTIONS_CLOCK) private readonly progress: ProjectionsClock,
    @Inject(RUN_DEFINITIONS) private readonly definitions: RunDefinitions,
    @Inject(PLACES) private readonly places: Places,
    @Inject(RUN_SNAPSHOTS) private readonly snapshots: RunSnapshots,
    @Inject(RESERVATIONS) private readonly reservations: Reservations,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly effects: CallEffects,
    private readonly starts: RunStarts,
    private readonly notifications: NotificationDispatcher,
    private readonly offers: SignalOffers,
    private readonly retention: RunRetention,
  ) {}

  async start(): Promise<void> {
    if (this.running !== null) return;
    const engine = new RunEngine(this.parts());
    await engine.start();
    const held = holdShards(this.leases, {
      kind: 'workflow.run',
      shards: SHARDS,
      timers: this.timers,
      onError: (error) => this.logger.warn({ error }, 'runs of a shard stand still, trying again'),
      own: (shard, signal) => engine.own(shard, signal),
    });
    this.running = { engine, held };
    this.notifications.start();
    this.offers.start();
    this.retention.start();
  }

  /** Leases are released last, so that nobody takes up what is still being recorded here. */
  async stop(): Promise<void> {
    const { running } = this;
    this.running = null;
    if (running === null) return;
    await this.retention.stop();
    await this.notifications.stop();
    await this.offers.stop();
    await running.engine.stop(GRACE_MS);
    await running.held.release();
  }

  private parts(): EngineParts {
    const { store, clock, timers, random, ids, evaluator, effects, places, snapshots } = this;
    return {
      worker: ids.next(),
      store,
      clock,
      timers,
      random,
      ids,
      evaluator,
      effects,
      schemaFault,
      others: {
        start: (start) => this.startChild(start),
        cancel: (tenant, child, correlationId) => this.cancelChild(tenant, child, correlationId),
        replace: (tenant, run, by, correlationId) => this.replace(tenant, run, by, correlationId),
      },
      definitions: { document: (tenant, { id, version }) => this.definitions.document(tenant, id, version) },
      openRuns: this.openRuns(),
      places,
      snapshots,
      moment: (tenant, { bucket, limit, perMs }) => this.reservations.next(`workflow ${tenant} ${bucket}`, { limit, perMs }),
      onFault: (error, what) => this.logger.error({ error, what }, 'the workflow engine met an error'),
    };
  }

  private async startChild({
    tenant,
    parent,
    child,
    kind,
    workflow,
    input,
    hops,
    caller,
    correlationId,
  }: ChildStart): Promise<ChildEnd | null> {
    const { outcome } = await this.starts.startChild(
      child,
      workflow,
      { input, caller, parent, ...(hops === undefined ? {} : { hops }), ...(kind === undefined ? {} : { kind }) },
      contextOf(tenant, correlationId, derivedId('start', child)),
    );
    return endOf(outcome.state);
  }

  private async cancelChild(tenant: string, child: string, correlationId: string): Promise<ChildEnd | null> {
    const command = { type: 'CancelChildRun', data: { run: child, reason: 'the run that waited for it has ended' } };
    const { state } = await this.bus.send<RunState>(command, contextOf(tenant, correlationId, derivedId('cancel', child)));
    return endOf(state);
  }

  private async replace(tenant: string, run: string, by: string, correlationId: string): Promise<void> {
    const command = { type: 'CancelChildRun', data: { run, reason: `replaced by run ${by}, which has the same key` } };
    await this.bus.send(command, contextOf(tenant, correlationId, derivedId('replace', run, by)));
  }

  private openRuns(): OpenRuns {
    return {
      ofShard: async (shard, upTo: Position) => {
        await this.progress.waitFor(runProjection.name, upTo, VIEW_PATIENCE_MS);
        return this.database.query<{ tenant: string; run: string }>(
          'select tenant, run from workflow.run where shard = $1 and status = any($2) order by position',
          [shard, OPEN_STATUSES],
        );
      },
    };
  }
}

function contextOf(tenant: string, correlationId: string, commandId: string): RequestContext {
  return { principal: systemPrincipal('workflow.engine'), tenant, correlationId, commandId };
}

function endOf(state: RunState): ChildEnd | null {
  if (!isOver(state)) return null;
  if (state.status === 'completed') return { outcome: 'completed', output: state.result?.output ?? null };
  return state.status === 'cancelled'
    ? { outcome: 'cancelled' }
    : { outcome: 'failed', ...(state.failure === null ? {} : { error: state.failure.error }) };
}
