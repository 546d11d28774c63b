// Takes the lines of extensions without ever making the host wait: cleaned, queued, written in batches. What floods is cut per extension, and every cut is
// said in the log itself.
import type { Clock, Ids, Timer, Timers } from '@kari/kernel';
import type { SandboxObserver } from '@kari/sandbox/contract';
import type { Logger, Redactor } from '@kari/platform/telemetry';
import type { LogLine } from './log-line.js';
import type { LogStore } from './log-store.js';

const EACH_MILLISECONDS = 250;
const BATCH = 500;
const LONGEST_QUEUE = 20_000;
/** Lines a second of one extension in one tenant, and in a burst. */
const RATE = 100;
const BURST = 1_000;
const LARGEST_FIELDS = 8_192;

type Written = Parameters<SandboxObserver['logged']>[0];

interface Allowance {
  tokens: number;
  at: number;
  dropped: number;
}

export class LogWriter {
  private readonly queue: LogLine[] = [];
  private readonly allowances = new Map<string, Allowance>();
  private readonly listeners = new Set<(lines: readonly LogLine[]) => void>();
  private timer: Timer | null = null;
  private writing: Promise<void> | null = null;
  private failing = false;

  constructor(
    private readonly store: LogStore,
    private readonly redactor: Redactor,
    private readonly clock: Clock,
    private readonly timers: Timers,
    private readonly ids: Ids,
    private readonly logger: Logger,
  ) {}

  start(): void {
    this.timer ??= this.timers.every(EACH_MILLISECONDS, () => void this.flush());
  }

  async stop(): Promise<void> {
    this.timer?.cancel();
    this.timer = null;
    await this.writing;
    await this.flush();
  }

  take(line: Written): void {
    const key = `${line.tenant} ${line.extension}`;
    const allowance = this.allowanceOf(key);
    if (allowance.tokens < 1) {
      allowance.dropped += 1;
      return;
    }
    allowance.tokens -= 1;
    if (allowance.dropped > 0) {
      this.push({
        ...line,
        level: 'warn',
        source: 'host',
        message: `${allowance.dropped} lines were dropped: more than ${RATE} a second`,
        fields: {},
      });
      allowance.dropped = 0;
    }
    this.push(line);
  }

  /** After lines were written, in the order of writing. Returns the way to stop listening. */
  onWritten(listener: (lines: readonly LogLine[]) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Writes what is queued; calls while one runs join it. */
  flush(): Promise<void> {
    this.writing ??= this.write().finally(() => (this.writing = null));
    return this.writing;
  }

  private push(line: Written): void {
    // With the store away for long the oldest go: the newest tell what is wrong now.
    if (this.queue.length >= LONGEST_QUEUE) this.queue.splice(0, BATCH);
    this.queue.push({
      id: this.ids.next(),
      tenant: line.tenant,
      extension: line.extension,
      version: line.version,
      writtenAt: new Date(this.clock.now()).toISOString(),
      level: line.level,
      source: line.source,
      message: this.redactor.text(line.message),
      fields: this.cleanFields(line.fields),
      correlation: line.correlationId?.slice(0, 100) ?? null,
    });
  }

  private cleanFields(fields: Written['fields']): LogLine['fields'] {
    if (fields === undefined || Object.keys(fields).length === 0) return null;
    const clean = this.redactor.clean(fields) as Record<string, unknown>;
    return JSON.stringify(clean).length > LARGEST_FIELDS ? { '[cut]': 'larger than 8 KiB' } : clean;
  }

  private allowanceOf(key: string): Allowance {
    const now = this.clock.monotonic();
    const known = this.allowances.get(key);
    if (known === undefined) {
      const fresh = { tokens: BURST, at: now, dropped: 0 };
      this.allowances.set(key, fresh);
      return fresh;
    }
    known.tokens = Math.min(BURST, known.tokens + ((now - known.at) / 1_000) * RATE);
    known.at = now;
    return known;
  }

  private async write(): Promise<void> {
    while (this.queue.length > 0) {
      const lines = this.queue.slice(0, BATCH);
      try {
        await this.store.write(lines);
      } catch (error) {
        // Kept and tried again at the next round; said once, not each time.
        if (!this.failing) this.logger.warn({ error }, 'log lines of extensions cannot be written; they wait in memory');
        this.failing = true;
        return;
      }
      this.failing = false;
      const written = new Set(lines);
      // Lines may have been pushed, and the oldest dropped, while these were written.
      this.queue.splice(0, this.queue.findLastIndex((line) => written.has(line)) + 1);
      for (const listener of this.listeners) listener(lines);
    }
  }
}
