// Adds up what the host saw, in memory, and hands it on each few seconds as one event per extension and tenant. A measurement that was sealed keeps its
// command id through every try, so that none counts twice; while the store is away the counts go on adding up. A killed process loses its last seconds.
import { isoNow, Rejection, Unavailable } from '@kari/kernel';
import type { Clock, CommandBus, Ids, Timer, Timers } from '@kari/kernel';
import { systemPrincipal } from '@kari/platform/command-bus';
import type { Logger } from '@kari/platform/telemetry';
import { wording } from '@kari/protocol';
import { bucketOf, emptyHistogram } from './histogram.rules.js';
import type { UsageMeasured } from './usage.events.js';

const EACH_MILLISECONDS = 5_000;
/** What an idle sandbox holds is handed on this often: it would fill the log otherwise. */
const IDLE_EACH_MILLISECONDS = 60_000;
const AT_ONCE = 8;
/** Codes come from the host, but some carry an extension's own: no tenant's row may grow without bound. */
const MOST_CODES = 32;
const OTHER = 'OTHER';
const HOUR = 3_600_000;
const principal = systemPrincipal('metrics.usage');

interface Subject {
  readonly tenant: string;
  readonly extension: string;
  readonly version: string;
}

interface Sealed {
  readonly commandId: string;
  readonly tenant: string;
  readonly data: UsageMeasured;
}

interface Sum extends Subject {
  readonly hour: string;
  /** When it was begun, on the clock that never jumps. */
  readonly since: number;
  calls: number;
  readonly errors: Map<string, number>;
  readonly latency: number[];
  cpuMilliseconds: number;
  peakMemoryBytes: number;
}

export class UsageMeter {
  private readonly open = new Map<string, Sum>();
  /** Sealed and not known to be stored, by the same key: the next of a key is sealed when this one is gone. */
  private readonly sealed = new Map<string, Sealed>();
  private flushing: Promise<void> | null = null;
  private timer: Timer | null = null;
  private stopping = false;

  constructor(
    private readonly bus: CommandBus,
    private readonly clock: Clock,
    private readonly timers: Timers,
    private readonly ids: Ids,
    private readonly logger: Logger,
  ) {}

  start(): void {
    this.timer ??= this.timers.every(EACH_MILLISECONDS, () => void this.flush());
  }

  /** Ends with everything handed on, or tried once more. */
  async stop(): Promise<void> {
    this.timer?.cancel();
    this.timer = null;
    this.stopping = true;
    // One under way may have passed by what came after it.
    await this.flushing;
    await this.flush();
    // What had to wait behind an earlier measurement of the same kind.
    if (this.open.size > 0) await this.flush();
  }

  called(call: Subject & { readonly milliseconds: number; readonly error: string | null }): void {
    const sum = this.sumOf(call);
    sum.calls += 1;
    const bucket = bucketOf(Math.max(0, call.milliseconds));
    sum.latency[bucket] = (sum.latency[bucket] ?? 0) + 1;
    if (call.error === null) return;
    const code = sum.errors.has(call.error) || sum.errors.size < MOST_CODES ? call.error.slice(0, 64) : OTHER;
    sum.errors.set(code, (sum.errors.get(code) ?? 0) + 1);
  }

  consumed(use: Subject & { readonly cpuMilliseconds: number; readonly memoryBytes: number }): void {
    const sum = this.sumOf(use);
    sum.cpuMilliseconds += Math.max(0, use.cpuMilliseconds);
    sum.peakMemoryBytes = Math.max(sum.peakMemoryBytes, Math.round(use.memoryBytes));
  }

  /** Hands on what has added up. Calls while one runs join it. */
  flush(): Promise<void> {
    this.flushing ??= this.handOn().finally(() => (this.flushing = null));
    return this.flushing;
  }

  private sumOf({ tenant, extension, version }: Subject): Sum {
    const hour = new Date(Math.floor(this.clock.now() / HOUR) * HOUR).toISOString();
    const key = [tenant, extension, version, hour].join('\u0000');
    const known = this.open.get(key);
    if (known !== undefined) return known;
    const since = this.clock.monotonic();
    const sum: Sum = {
      tenant,
      extension,
      version,
      hour,
      since,
      calls: 0,
      errors: new Map(),
      latency: [...emptyHistogram],
      cpuMilliseconds: 0,
      peakMemoryBytes: 0,
    };
    this.open.set(key, sum);
    return sum;
  }

  private async handOn(): Promise<void> {
    for (const [key, sum] of this.open) {
      if (this.sealed.has(key) || !this.isDue(sum)) continue;
      this.open.delete(key);
      this.sealed.set(key, { commandId: this.ids.next(), tenant: sum.tenant, data: dataOf(sum) });
    }
    const waiting = [...this.sealed];
    const worker = async (): Promise<void> => {
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) await this.send(...next);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  }

  private isDue(sum: Sum): boolean {
    return sum.calls > 0 || this.stopping || this.clock.monotonic() - sum.since >= IDLE_EACH_MILLISECONDS;
  }

  private async send(key: string, { commandId, tenant, data }: Sealed): Promise<void> {
    try {
      await this.bus.send({ type: 'MeasureExtensionUsage', data }, { principal, tenant, correlationId: commandId, commandId });
      this.sealed.delete(key);
    } catch (error) {
      if (willPass(error)) return;
      // Kept, it would be refused for ever and hold back what comes after it.
      this.sealed.delete(key);
      this.logger.warn({ error, tenant, extension: data.extension, at: isoNow(this.clock) }, 'a measurement was refused and is lost');
    }
  }
}

function dataOf(sum: Sum): UsageMeasured {
  return {
    extension: sum.extension,
    version: sum.version,
    hour: sum.hour,
    calls: sum.calls,
    errors: Object.fromEntries(sum.errors),
    latency: sum.latency,
    cpuMilliseconds: Math.round(sum.cpuMilliseconds),
    peakMemoryBytes: sum.peakMemoryBytes,
  };
}

function willPass(error: unknown): boolean {
  if (error instanceof Unavailable) return true;
  if (!(error instanceof Rejection)) return false;
  return ['unavailable', 'conflict', 'deadline'].includes(wording(error.code, error.facts).kind);
}
