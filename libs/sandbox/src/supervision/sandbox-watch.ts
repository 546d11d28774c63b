// Watches one process from outside: the heartbeat always, and its use of processor and memory where no kernel group holds it.
import type { Timer } from '@kari/kernel';
import type { LaunchedProcess, MainThread, ResourceUse } from '../launcher/launcher.port.js';
import type { ResourceClass } from '../launcher/resource-class.rules.js';
import { cpuBucket, drain, fullBucket, type Bucket } from './cpu-bucket.rules.js';
import { calm, deadlineJudged, finishedCall, heartbeat, isDead, isStarvedFor, pinged, tick, type Pulse } from './heartbeat.rules.js';
import type { SupervisorTools } from './ports.js';

export interface Watched {
  readonly launched: LaunchedProcess;
  readonly resources: ResourceClass;
  ping(): Promise<unknown>;
  /** Frames wait unread on our side. */
  isHeld(): boolean;
  isInCall(): boolean;
}

const YOUNG_MS = 1000;
const YOUNG_SAMPLE_MS = 25;

export class SandboxWatch {
  private pulse: Pulse = calm;
  private sincePingMs = 0;
  private lastTick: number;
  private lastUse: ResourceUse | null = null;
  private lastUseAt: number;
  private lastSchedule: ResourceUse['mainThread'] = null;
  private bucket: Bucket = fullBucket;
  /** Since when it is frozen, and for how long it was since the last tick. */
  private frozenFrom: number | null = null;
  private frozenMs = 0;
  private stopped = false;
  private readonly beat: Timer;
  private sampler: Timer | null = null;
  private readonly bornAt: number;

  constructor(
    private readonly watched: Watched,
    private readonly tools: Pick<SupervisorTools, 'clock' | 'timers'>,
  ) {
    this.bornAt = this.lastTick = this.lastUseAt = tools.clock.monotonic();
    this.beat = tools.timers.every(heartbeat.tickMs, () => this.onTick());
    if (watched.launched.level !== 'L2' && process.platform === 'linux') this.sampleLater(YOUNG_SAMPLE_MS);
  }

  /** The last sample; taken now when there is none younger than a second. */
  use(): ResourceUse | null {
    if (this.lastUse === null || this.tools.clock.monotonic() - this.lastUseAt > 1000) this.remember(this.watched.launched.use());
    return this.lastUse;
  }

  /** Whether the process got no processor between the two readings of its schedule. */
  static starvedBetween(before: ResourceUse | null, after: ResourceUse | null, elapsedMs: number): boolean {
    const [earlier, later] = [before?.mainThread ?? null, after?.mainThread ?? null];
    return earlier !== null && later !== null && isStarvedFor(difference(earlier, later), elapsedMs);
  }

  /** A call had all the time it may have and gave no answer. */
  deadlinePassed(): void {
    if (this.watched.resources.deadlineReplacesHeartbeat) this.pulse = deadlineJudged(this.pulse);
  }

  callFinished(): void {
    this.pulse = finishedCall(this.pulse);
  }

  stop(): void {
    this.stopped = true;
    this.beat.cancel();
    this.sampler?.cancel();
  }

  private onTick(): void {
    const now = this.tools.clock.monotonic();
    const elapsedMs = now - this.lastTick;
    this.lastTick = now;
    this.sincePingMs += elapsedMs;
    const waiting = this.pulse.silentMs !== null;
    const frozenMs = this.takeFrozen(now);
    const heldMs = this.watched.isHeld() ? elapsedMs : frozenMs;
    const { deadlineReplacesHeartbeat, callMilliseconds } = this.watched.resources;
    const calls = deadlineReplacesHeartbeat ? { running: this.watched.isInCall(), longestMs: callMilliseconds } : null;
    this.pulse = tick(this.pulse, { elapsedMs, heldMs, mainThread: waiting ? this.scheduleSinceLast() : null, calls });
    if (isDead(this.pulse)) {
      this.stop();
      this.watched.launched.kill('heartbeat');
      return;
    }
    if (!waiting && this.sincePingMs >= heartbeat.pingEveryMs) this.sendPing();
  }

  /** How long it was frozen since this was last asked. */
  private takeFrozen(now: number): number {
    const frozenMs = this.frozenMs + (this.frozenFrom === null ? 0 : now - this.frozenFrom);
    this.frozenMs = 0;
    if (this.frozenFrom !== null) this.frozenFrom = now;
    return frozenMs;
  }

  private sendPing(): void {
    this.sincePingMs = 0;
    this.pulse = pinged(this.pulse);
    this.lastSchedule = this.watched.launched.use()?.mainThread ?? null;
    this.watched.ping().then(
      () => (this.pulse = calm),
      () => undefined,
    );
  }

  private scheduleSinceLast(): ResourceUse['mainThread'] {
    const before = this.lastSchedule;
    this.lastSchedule = this.watched.launched.use()?.mainThread ?? null;
    return before === null || this.lastSchedule === null ? null : difference(before, this.lastSchedule);
  }

  private sampleLater(milliseconds: number): void {
    this.sampler = this.tools.timers.after(milliseconds, () => {
      if (!this.stopped) this.sample();
    });
  }

  private sample(): void {
    const now = this.tools.clock.monotonic();
    const before = this.lastUse;
    const elapsedMs = now - this.lastUseAt;
    const use = this.watched.launched.use();
    this.remember(use);
    if (use === null) return;
    if (use.memoryBytes > this.watched.resources.residentBytes) {
      this.stop();
      this.watched.launched.kill('memory');
      return;
    }
    const usedMs = before === null ? 0 : use.cpuMilliseconds - before.cpuMilliseconds;
    this.spend(elapsedMs, usedMs);
    const busy = this.bucket.frozen || usedMs > elapsedMs * cpuBucket.share * 0.5;
    const young = now - this.bornAt < YOUNG_MS;
    this.sampleLater(busy ? cpuBucket.sampleMs : young ? YOUNG_SAMPLE_MS : cpuBucket.lazySampleMs);
  }

  private spend(elapsedMs: number, usedMs: number): void {
    const wasFrozen = this.bucket.frozen;
    this.bucket = drain(this.bucket, elapsedMs, usedMs);
    if (this.bucket.frozen === wasFrozen) return;
    this.watched.launched.freeze(this.bucket.frozen);
    const now = this.tools.clock.monotonic();
    if (this.frozenFrom !== null) this.frozenMs += now - this.frozenFrom;
    this.frozenFrom = this.bucket.frozen ? now : null;
  }

  private remember(use: ResourceUse | null): void {
    if (use !== null) this.lastUse = use;
    this.lastUseAt = this.tools.clock.monotonic();
  }
}

function difference(before: MainThread, after: MainThread): MainThread {
  return { ranMs: after.ranMs - before.ranMs, waitedMs: after.waitedMs - before.waitedMs, runnable: after.runnable };
}
