// Looks for runs whose time of retention is over, a few at a time, on one leased shard.
import { Inject, Injectable } from '@nestjs/common';
import { AUDIT_LEAVES, type AuditLeaves } from '@kari/audit/contract';
import { CLOCK, EVENT_STORE, IDS, TIMERS, Unavailable, type Clock, type EventStore, type Ids, type Timers } from '@kari/kernel';
import { SYSTEM_DATABASE, type SystemDatabase } from '@kari/platform/database';
import { holdShard, LEASES, type Leases } from '@kari/platform/leases';
import { VIEW_PROGRESS, type ViewProgress } from '@kari/platform/projections';
import { LOGGER, type Logger } from '@kari/platform/telemetry';
import { runStream } from '../run/engine-parts.js';
import { RUN_SNAPSHOTS, type RunSnapshots } from '../snapshots/run-snapshots.port.js';
import { RunCompaction } from './run-compaction.js';

const EVERY_MS = 60_000;
/** After something could not be done yet. */
const AGAIN_MS = 250;
const AT_ONCE = 50;

@Injectable()
export class RunRetention {
  private readonly compaction: RunCompaction;
  private stopping: AbortController | null = null;
  private running: Promise<void> = Promise.resolve();
  private wake: (() => void) | null = null;
  private asked = false;

  constructor(
    @Inject(EVENT_STORE) store: EventStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(IDS) ids: Ids,
    @Inject(TIMERS) private readonly timers: Timers,
    @Inject(AUDIT_LEAVES) leaves: AuditLeaves,
    @Inject(VIEW_PROGRESS) views: ViewProgress,
    @Inject(SYSTEM_DATABASE) private readonly database: SystemDatabase,
    @Inject(LEASES) private readonly leases: Leases,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(RUN_SNAPSHOTS) private readonly snapshots: RunSnapshots,
  ) {
    this.compaction = new RunCompaction({ store, clock, ids, leaves, views });
  }

  start(): void {
    if (this.stopping !== null) return;
    const { timers } = this;
    const { signal } = (this.stopping = new AbortController());
    const onError = (error: unknown): void => this.logger.warn({ error }, 'the retention of runs stands still, trying again');
    this.running = holdShard(this.leases, 'workflow.retention', { timers, signal, onError }, (_lease, until) => this.sweep(until));
  }

  async stop(): Promise<void> {
    this.stopping?.abort();
    this.stopping = null;
    await this.running;
  }

  /** A time was set: look now, if it is here that they are looked for. */
  look(): void {
    this.asked = true;
    this.wake?.();
  }

  private async sweep(signal: AbortSignal): Promise<void> {
    for (let again = AGAIN_MS; !signal.aborted;) {
      this.asked = false;
      const due = await this.due();
      let waits = false;
      for (const { tenant, run } of due) {
        if (signal.aborted) return;
        waits = !(await this.tried(tenant, run)) || waits;
      }
      again = waits ? Math.min(again * 2, EVERY_MS) : AGAIN_MS;
      await this.pause(waits || due.length === AT_ONCE ? again : EVERY_MS, signal);
    }
  }

  private async tried(tenant: string, run: string): Promise<boolean> {
    try {
      // Its end has taken it away already, unless the process ended with the run.
      await this.snapshots.forget(tenant, run);
      return await this.compaction.compact(runStream(tenant, run));
    } catch (error) {
      if (!(error instanceof Unavailable)) this.logger.error({ error, run }, 'the history of a run could not be given up');
      return false;
    }
  }

  /** Those that wait for views first, then the oldest. */
  private due(): Promise<readonly { readonly tenant: string; readonly run: string }[]> {
    return this.database.query<{ tenant: string; run: string }>(
      `select r.tenant, r.run from workflow.run r join workflow.retention k on k.tenant = r.tenant
       where r.history <> 'given-up' and r.ended_at <= $1::timestamptz - make_interval(days => k.days)
       order by r.ended_at limit $2`,
      [new Date(this.clock.now()).toISOString(), AT_ONCE],
    );
  }

  private async pause(milliseconds: number, signal: AbortSignal): Promise<void> {
    if (this.asked) return;
    const woken = new AbortController();
    this.wake = () => woken.abort();
    await this.timers.sleep(milliseconds, AbortSignal.any([signal, woken.signal])).catch(() => undefined);
    this.wake = null;
  }
}
