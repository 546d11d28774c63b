// The work on task runs in this process: bound to the log, the views, the leases and the sandboxes, started and stopped by the server.
import { Inject, Injectable } from '@nestjs/common';
import {
  CLOCK,
  COMMAND_BUS,
  EVENT_STORE,
  IDS,
  isoNow,
  RANDOM,
  Rejection,
  TIMERS,
  Unavailable,
  type Clock,
  type CommandBus,
  type EventStore,
  type Ids,
  type Random,
  type Timers,
} from '@kari/kernel';
import { systemPrincipal } from '@kari/platform/command-bus';
import { SYSTEM_DATABASE, type SystemDatabase } from '@kari/platform/database';
import { holdShards, LEASES, type HeldShards, type Leases } from '@kari/platform/leases';
import { PROJECTIONS_CLOCK, type ProjectionsClock } from '@kari/platform/projections';
import { LOGGER, REDACTOR, type Logger, type Redactor } from '@kari/platform/telemetry';
import { wording } from '@kari/protocol';
import { SANDBOXES, type Sandboxes } from '@kari/sandbox/contract';
import { TENANTS, type Tenants } from '@kari/tenancy/contract';
import type { TaskLifecycle } from '../contract.js';
import { extensionOf, nameOf } from '../tasks/task.commands.js';
import { FIND_TASK_RUNS } from './find-task-runs.js';
import { CANCEL_GRACE_MS } from './live-task-run.js';
import { TaskEngine } from './task-engine.js';
import type { TaskAttempt, TaskEngineParts } from './task-engine-parts.js';
import { TaskOutputs } from './task-outputs.js';
import { TaskProgress } from './task-progress.js';
import { TaskRetention } from './task-retention.js';
import { TASK_SHARDS } from './task-run.commands.js';
import type { TaskRunState } from './task-run.decider.js';
import { taskRunProjection } from './task-run.projection.js';

const VIEW_PATIENCE_MS = 60_000;
const MOST_WORDS = 2_000;
const principal = systemPrincipal('schedule.tasks');

@Injectable()
export class TaskWorker implements TaskLifecycle {
  private running: { readonly engine: TaskEngine; readonly held: HeldShards } | null = null;

  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(TIMERS) private readonly timers: Timers,
    @Inject(RANDOM) private readonly random: Random,
    @Inject(IDS) private readonly ids: Ids,
    @Inject(LEASES) private readonly leases: Leases,
    @Inject(COMMAND_BUS) private readonly bus: CommandBus,
    @Inject(SYSTEM_DATABASE) private readonly database: SystemDatabase,
    @Inject(PROJECTIONS_CLOCK) private readonly progress: ProjectionsClock,
    @Inject(TENANTS) private readonly tenants: Tenants,
    @Inject(SANDBOXES) private readonly sandboxes: Sandboxes,
    private readonly outputs: TaskOutputs,
    private readonly told: TaskProgress,
    private readonly retention: TaskRetention,
    @Inject(REDACTOR) private readonly redactor: Redactor,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async start(): Promise<void> {
    if (this.running !== null) return;
    const engine = new TaskEngine(this.parts());
    await engine.start();
    const held = holdShards(this.leases, {
      kind: 'schedule.task-run',
      shards: TASK_SHARDS,
      timers: this.timers,
      onError: (error) => this.logger.warn({ error }, 'task runs of a shard stand still, trying again'),
      own: (shard, signal) => engine.own(shard, signal),
    });
    this.retention.start();
    this.running = { engine, held };
  }

  /** Leases are released last, so that nobody takes up what is still being recorded here. */
  async stop(): Promise<void> {
    const { running } = this;
    this.running = null;
    if (running === null) return;
    await this.retention.stop();
    await running.engine.stop();
    await running.held.release();
  }

  private parts(): TaskEngineParts {
    const { store, clock, timers, random } = this;
    return {
      store,
      clock,
      timers,
      random,
      send: (tenant, command, correlationId) =>
        this.bus.send<TaskRunState>(command, { principal, tenant, correlationId, commandId: this.ids.next() }),
      find: async (shard, upTo) => {
        await this.progress.waitFor(taskRunProjection.name, upTo, VIEW_PATIENCE_MS);
        return this.database.query(FIND_TASK_RUNS, [shard]);
      },
      invoke: (attempt) => this.invoke(attempt),
      keep: (tenant, run, answer) => this.outputs.keep(tenant, run, answer),
      wordsOf: (error) => this.wordsOf(error),
      mayWork: (tenant) => this.mayWork(tenant),
      onFault: (error, what) => this.logger.warn({ error, what }, 'the work on task runs tries again'),
    };
  }

  private invoke({ tenant, run: state, cancel, signal }: TaskAttempt): Promise<unknown> {
    const { run, task, key, attempt, cause, plannedAt, input, terms, by } = state;
    const extension = extensionOf(task);
    return this.told.during(tenant, extension, run, () =>
      this.sandboxes.invoke({
        tenant,
        extension,
        handler: `task:${nameOf(task)}`,
        input: { run, attempt, cause, plannedAt, startedAt: isoNow(this.clock), input },
        // Everything that the run sets in motion, its log lines included, is found by its id.
        context: { correlationId: run, actor: by, idempotencyKey: `${task}:${key}` },
        ...(terms.deadlineMs === null ? {} : { deadlineMs: terms.deadlineMs }),
        cancel: { signal: cancel, graceMs: CANCEL_GRACE_MS },
        signal,
        depth: 0,
      }),
    );
  }

  private wordsOf(error: unknown): { readonly code: string; readonly reason: string } {
    if (error instanceof Rejection && error.code === 'PLUGIN_FAILED') {
      const { code, message } = error.facts;
      return { code: 'TASK_FAILED', reason: this.redactor.text(`${String(code)}: ${String(message)}`).slice(0, MOST_WORDS) };
    }
    if (error instanceof Rejection) {
      const { message } = wording(error.code, error.facts);
      return { code: error.code, reason: this.redactor.text(message).slice(0, MOST_WORDS) };
    }
    if (error instanceof Unavailable) return { code: 'REQUEST_UNAVAILABLE', reason: 'the platform could not do its part' };
    this.logger.error({ error }, 'an attempt of a task run failed inside the platform');
    return { code: 'REQUEST_FAILED', reason: 'it failed inside the platform' };
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
