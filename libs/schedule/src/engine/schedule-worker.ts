// The scheduler in this process: bound to the log, the views, the leases and the targets, started and stopped by the server.
import { Inject, Injectable } from '@nestjs/common';
import {
  CLOCK,
  COMMAND_BUS,
  EVENT_STORE,
  IDS,
  Rejection,
  TIMERS,
  type Clock,
  type CommandBus,
  type EventStore,
  type Ids,
  type Timers,
} from '@kari/kernel';
import { systemPrincipal } from '@kari/platform/command-bus';
import { SYSTEM_DATABASE, type SystemDatabase } from '@kari/platform/database';
import { holdShards, LEASES, type HeldShards, type Leases } from '@kari/platform/leases';
import { PROJECTIONS_CLOCK, type ProjectionsClock } from '@kari/platform/projections';
import type { Registry } from '@kari/platform/registry';
import { LOGGER, type Logger } from '@kari/platform/telemetry';
import { TENANTS, type Tenants } from '@kari/tenancy/contract';
import { SCHEDULE_TARGETS, type ScheduleLifecycle, type ScheduleTarget } from '../contract.js';
import { SHARDS } from '../life/schedule.commands.js';
import type { ScheduleState } from '../life/schedule-state.rules.js';
import { scheduleProjection } from '../list/schedule.projection.js';
import type { ScheduleEngineParts } from './engine-parts.js';
import { FIND_SCHEDULES } from './find-schedules.js';
import { ScheduleEngine } from './schedule-engine.js';

const VIEW_PATIENCE_MS = 60_000;
const principal = systemPrincipal('schedule.scheduler');

@Injectable()
export class ScheduleWorker implements ScheduleLifecycle {
  private running: {
    readonly engine: ScheduleEngine;
    readonly held: HeldShards;
    readonly deaf: () => void;
  } | null = null;

  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(TIMERS) private readonly timers: Timers,
    @Inject(IDS) private readonly ids: Ids,
    @Inject(LEASES) private readonly leases: Leases,
    @Inject(COMMAND_BUS) private readonly bus: CommandBus,
    @Inject(SYSTEM_DATABASE) private readonly database: SystemDatabase,
    @Inject(PROJECTIONS_CLOCK) private readonly progress: ProjectionsClock,
    @Inject(TENANTS) private readonly tenants: Tenants,
    @Inject(SCHEDULE_TARGETS) private readonly targets: Registry<ScheduleTarget>,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async start(): Promise<void> {
    if (this.running !== null) return;
    const engine = new ScheduleEngine(this.parts());
    await engine.start();
    const deaf = this.tenants.onChange(({ id }) => engine.tenantChanged(id));
    const held = holdShards(this.leases, {
      kind: 'schedule.schedule',
      shards: SHARDS,
      timers: this.timers,
      onError: (error) => this.logger.warn({ error }, 'schedules of a shard stand still, trying again'),
      own: (shard, signal) => engine.own(shard, signal),
    });
    this.running = { engine, held, deaf };
  }

  /** Leases are released last, so that nobody takes up what is still being recorded here. */
  async stop(): Promise<void> {
    const { running } = this;
    this.running = null;
    if (running === null) return;
    running.deaf();
    await running.engine.stop();
    await running.held.release();
  }

  private parts(): ScheduleEngineParts {
    const { store, clock, timers } = this;
    return {
      store,
      clock,
      timers,
      targets: this.targets.all(),
      send: (tenant, command, correlationId) =>
        this.bus.send<ScheduleState>(command, { principal, tenant, correlationId, commandId: this.ids.next() }),
      find: async ({ shard, dueBefore, aheadOf, whole }, upTo) => {
        if (upTo !== null) await this.progress.waitFor(scheduleProjection.name, upTo, VIEW_PATIENCE_MS);
        return this.database.query(FIND_SCHEDULES, [shard, dueBefore, aheadOf, whole]);
      },
      mayWork: (tenant) => this.mayWork(tenant),
      onFault: (error, what) => this.logger.warn({ error, what }, 'the scheduler tries again'),
    };
  }

  /** A list of tenants that is not known to be new is no permission. */
  private mayWork(tenant: string): boolean {
    try {
      return this.tenants.find(tenant)?.status === 'active';
    } catch (error) {
      if (error instanceof Rejection) return false;
      throw error;
    }
  }
}
