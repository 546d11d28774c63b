// Removes old lines in small batches, so that no statement holds the table for long.
import type { Clock, Timer, Timers } from '@kari/kernel';
import type { Logger } from '@kari/platform/telemetry';
import type { LogStore } from './log-store.js';

const EACH_MILLISECONDS = 15 * 60_000;
const BATCH = 2_000;
const MOST_BATCHES = 500;
const DAY = 86_400_000;

export class LogRetention {
  private timer: Timer | null = null;
  private running: Promise<void> | null = null;
  private stopped = false;

  constructor(
    private readonly store: LogStore,
    private readonly days: number,
    private readonly clock: Clock,
    private readonly timers: Timers,
    private readonly logger: Logger,
  ) {}

  start(): void {
    this.timer ??= this.timers.every(EACH_MILLISECONDS, () => void this.run());
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.timer?.cancel();
    await this.running;
  }

  run(): Promise<void> {
    this.running ??= this.remove()
      .catch((error: unknown) => this.logger.warn({ error }, 'old log lines could not be removed; the next round tries again'))
      .finally(() => (this.running = null));
    return this.running;
  }

  private async remove(): Promise<void> {
    const before = new Date(this.clock.now() - this.days * DAY).toISOString();
    for (let batch = 0; batch < MOST_BATCHES && !this.stopped; batch += 1) {
      if ((await this.store.removeOlderThan(before, BATCH)) < BATCH) return;
    }
  }
}
