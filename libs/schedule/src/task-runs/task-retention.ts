// Rows of ended runs go after a time, and the older ones of a task that runs very often before that; what they told and answered goes with them. The facts
// stay in the log.
import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, COMMAND_BUS, derivedId, TIMERS, type Clock, type CommandBus, type Timer, type Timers } from '@kari/kernel';
import { systemPrincipal } from '@kari/platform/command-bus';
import { SYSTEM_DATABASE, type SystemDatabase } from '@kari/platform/database';
import { LOGGER, type Logger } from '@kari/platform/telemetry';
import { TaskOutputs } from './task-outputs.js';

const KEEP_DAYS = 30;
/** Ended runs of one task. */
const KEEP_RUNS = 1_000;
const EACH_MS = 15 * 60_000;
const DAY_MS = 86_400_000;
const BATCH = 500;
const principal = systemPrincipal('schedule.task-retention');

const FIND = `
  select tenant, run from (
    select tenant, run, ended_at, row_number() over (partition by tenant, task order by position desc) as place
    from schedule.task_run where ended_at is not null
  ) ended where ended_at < $1 or place > $2 order by ended_at limit $3`;
/** Kept for a run that came to no end, or whose row went before they did. */
const ORPHANS = `
  delete from schedule.task_output o where o.written_at < $1
  and not exists (select 1 from schedule.task_run r where r.tenant = o.tenant and r.run = o.run)`;

@Injectable()
export class TaskRetention {
  private timer: Timer | null = null;
  private running: Promise<void> | null = null;
  private isStopped = false;

  constructor(
    @Inject(SYSTEM_DATABASE) private readonly database: SystemDatabase,
    @Inject(COMMAND_BUS) private readonly bus: CommandBus,
    @Inject(TaskOutputs) private readonly outputs: Pick<TaskOutputs, 'forget'>,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(TIMERS) private readonly timers: Timers,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  start(): void {
    this.isStopped = false;
    this.timer ??= this.timers.every(EACH_MS, () => void this.run());
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    this.timer?.cancel();
    this.timer = null;
    await this.running;
  }

  /** Calls while one runs join it. */
  run(): Promise<void> {
    this.running ??= this.forget()
      .catch((error: unknown) => this.logger.warn({ error }, 'old task runs could not be forgotten; the next round tries again'))
      .finally(() => (this.running = null));
    return this.running;
  }

  private async forget(): Promise<void> {
    const before = new Date(this.clock.now() - KEEP_DAYS * DAY_MS).toISOString();
    const old = await this.database.query<{ tenant: string; run: string }>(FIND, [before, KEEP_RUNS, BATCH]);
    for (const { tenant, run } of old) {
      if (this.isStopped) return;
      // The row goes by the fact; a repeat finds the run forgotten and says nothing.
      const commandId = derivedId('forget task run', run);
      await this.bus.send({ type: 'ForgetTaskRun', data: { run } }, { principal, tenant, correlationId: run, commandId });
      await this.outputs.forget(tenant, run);
    }
    await this.database.query(ORPHANS, [before]);
  }
}
