// Keeps something in memory in step with the log, and knows when it may not be: the proof is that it has handed over everything up to a
// head that was read a moment ago. Where that proof is too old, readers are told, whatever the subscription itself believes.
import type { Clock, EventFilter, EventStore, Position, RecordedEvent, Subscription, Timer, Timers } from '@kari/kernel';
import { comparePositions, START } from '@kari/kernel';
import type { Logger } from '@kari/platform/telemetry';

/** A proof older than this many milliseconds counts for nothing. */
const LONGEST_UNPROVEN_MS = 5_000;
const PROVE_EVERY_MS = 500;
const RESTART_AFTER_MS = 250;

export interface Following {
  readonly filter: EventFilter;
  /** Called for each event in log order, with the one that follows where it is known; must not throw. */
  fold(event: RecordedEvent, next: RecordedEvent | undefined): void;
}

interface Waiter {
  readonly position: Position;
  resolve(): void;
  reject(error: Error): void;
}

export class LogFollower {
  private subscription: Subscription | null = null;
  private position: Position = START;
  private provenAt: number | null = null;
  private proving = false;
  private stopped = false;
  private prover: Timer | null = null;
  private readonly waiters = new Set<Waiter>();
  private readonly awaitingProof = new Set<() => void>();

  constructor(
    private readonly store: EventStore,
    private readonly clock: Clock,
    private readonly timers: Timers,
    private readonly logger: Logger,
    private readonly following: Following,
  ) {}

  start(): void {
    if (this.prover !== null) return;
    this.stopped = false;
    this.subscribe();
    this.prover = this.timers.every(PROVE_EVERY_MS, () => void this.prove());
    void this.prove();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.provenAt = null;
    this.prover?.cancel();
    this.prover = null;
    await this.subscription?.stop();
    this.subscription = null;
    for (const waiter of this.waiters) waiter.reject(new Error('the snapshot has stopped following the log'));
    this.waiters.clear();
  }

  /** Null while it is known to follow the log, else why not, in words. */
  whyStale(): string | null {
    if (this.provenAt === null) return this.stopped ? 'it is not running' : 'it has not caught up with the log yet';
    const age = this.clock.monotonic() - this.provenAt;
    return age <= LONGEST_UNPROVEN_MS ? null : `it has not been seen at the head of the log for ${Math.round(age)} ms`;
  }

  /** Resolves once everything up to that position is folded. */
  reached(position: Position): Promise<void> {
    if (comparePositions(this.position, position) >= 0) return Promise.resolve();
    if (this.stopped) return Promise.reject(new Error('the snapshot has stopped following the log'));
    this.subscription?.reached(position).catch(() => undefined);
    return new Promise((resolve, reject) => this.waiters.add({ position, resolve, reject }));
  }

  /** Resolves once it follows the log for the first time. */
  caughtUp(): Promise<void> {
    if (this.whyStale() === null) return Promise.resolve();
    return new Promise((resolve) => this.awaitingProof.add(resolve));
  }

  private subscribe(): void {
    const subscription = this.store.subscribe({ after: this.position, filter: this.following.filter }, (batch) => {
      batch.events.forEach((event, index) => this.following.fold(event, batch.events[index + 1]));
      this.position = batch.position;
      this.settle();
      return Promise.resolve();
    });
    this.subscription = subscription;
    subscription.ended.catch((error: unknown) => this.restart(error));
  }

  private restart(error: unknown): void {
    this.provenAt = null;
    if (this.stopped) return;
    this.logger.error({ error, position: this.position }, 'the snapshot lost the log and subscribes again');
    this.timers.after(RESTART_AFTER_MS, () => {
      if (!this.stopped) this.subscribe();
    });
  }

  private async prove(): Promise<void> {
    if (this.proving) return;
    this.proving = true;
    try {
      // Taken before the head is read: the proof is about that moment, not about now.
      const asked = this.clock.monotonic();
      await this.reached(await this.store.head());
      if (!this.stopped) this.proven(asked);
    } catch {
      // No head, no proof: the last one ages by itself.
    } finally {
      this.proving = false;
    }
  }

  private proven(at: number): void {
    this.provenAt = at;
    for (const resolve of this.awaitingProof) resolve();
    this.awaitingProof.clear();
  }

  private settle(): void {
    for (const waiter of this.waiters) {
      if (comparePositions(this.position, waiter.position) < 0) continue;
      this.waiters.delete(waiter);
      waiter.resolve();
    }
  }
}
