// How far the runs in hand here have come, as their handlers tell: at most four times a second for each run, whoever tells more often waits for his
// answer. Those who look on are woken; what they see they read.
import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, rejected, TIMERS, type Clock, type Timers } from '@kari/kernel';
import { TaskOutputs } from './task-outputs.js';

const EACH_MS = 250;

interface InHand {
  readonly tenant: string;
  readonly extension: string;
  next: number;
}

export interface Told {
  readonly fraction: number | null;
  readonly note: string | null;
}

@Injectable()
export class TaskProgress {
  private readonly inHand = new Map<string, InHand>();
  private readonly listeners = new Set<(tenant: string, run: string) => void>();

  constructor(
    @Inject(TaskOutputs) private readonly outputs: Pick<TaskOutputs, 'tell'>,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(TIMERS) private readonly timers: Timers,
  ) {}

  /** While the work goes on the handler of that extension may tell of that run. */
  async during<T>(tenant: string, extension: string, run: string, work: () => Promise<T>): Promise<T> {
    const entry: InHand = { tenant, extension, next: 0 };
    this.inHand.set(run, entry);
    try {
      return await work();
    } finally {
      if (this.inHand.get(run) === entry) this.inHand.delete(run);
    }
  }

  /** Throws TASK_PROGRESS_OUTSIDE for a run that is not in hand, or is another extension's. */
  async tell(by: { readonly tenant: string; readonly extension: string; readonly run: string; readonly signal: AbortSignal }, told: Told) {
    const entry = this.inHand.get(by.run);
    if (entry === undefined || entry.tenant !== by.tenant || entry.extension !== by.extension) throw rejected('TASK_PROGRESS_OUTSIDE', {});
    const wait = entry.next - this.clock.monotonic();
    entry.next = Math.max(entry.next, this.clock.monotonic()) + EACH_MS;
    if (wait > 0) await this.timers.sleep(wait, by.signal);
    await this.outputs.tell(by.tenant, by.run, told.fraction, told.note);
    for (const listener of this.listeners) listener(by.tenant, by.run);
  }

  /** Returns the way to stop listening. */
  onTold(listener: (tenant: string, run: string) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}
