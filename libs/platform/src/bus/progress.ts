// How far a consumer has come: messages finish in any order, but the place that is stored only moves over a finished stretch.
import { comparePositions, START, type Position, type Timer } from '@kari/kernel';

interface Waiter {
  readonly position: Position;
  resolve(): void;
  reject(error: Error): void;
}

export class Progress {
  private readonly unfinished = new Set<Position>();
  private scanned: Position = START;
  private kept: Position = START;
  private saving: Promise<void> | null = null;
  private waiters: Waiter[] = [];
  private roomWaiters: (() => void)[] = [];
  private failure: Error | null = null;
  private lingering: Timer | null = null;

  constructor(
    private readonly keep: (position: Position) => Promise<void>,
    /** Runs the work in a little while. */
    private readonly later: (work: () => void) => Timer,
  ) {}

  begin(position: Position): void {
    this.scanned = position;
    this.kept = position;
    this.settle();
  }

  /** Positions are taken in log order, which a set keeps: the first unfinished one is the lowest. */
  taken(position: Position): void {
    this.unfinished.add(position);
  }

  done(position: Position): void {
    this.unfinished.delete(position);
    for (const wake of this.roomWaiters.splice(0)) wake();
    this.save();
  }

  /** Nothing more is taken up to there. A stretch with nothing in it is stored after a while: whoever starts before it passes it again. */
  seen(position: Position): void {
    this.scanned = position;
    if (this.waiters.length > 0) this.save();
    else this.lingering ??= this.later(() => this.save());
  }

  async room(window: number): Promise<void> {
    while (this.unfinished.size >= window && this.failure === null) await new Promise<void>((resolve) => this.roomWaiters.push(resolve));
  }

  /** Resolves once that position is stored as handled or parked. */
  stored(position: Position): Promise<void> {
    if (comparePositions(this.kept, position) >= 0) return Promise.resolve();
    if (this.failure !== null) return Promise.reject(this.failure);
    return new Promise((resolve, reject) => {
      this.waiters.push({ position, resolve, reject });
      this.save();
    });
  }

  fail(error: Error): void {
    this.failure ??= error;
    for (const waiter of this.waiters.splice(0)) waiter.reject(this.failure);
    for (const wake of this.roomWaiters.splice(0)) wake();
  }

  /** Nobody waits for room any more: the consumer is stopping. */
  interrupt(): void {
    this.fail(new Error('the consumer has stopped'));
  }

  async close(): Promise<void> {
    this.save();
    while (this.saving !== null) await this.saving;
  }

  private finishedUpTo(): Position {
    const [lowest] = this.unfinished;
    return lowest === undefined ? this.scanned : (BigInt(lowest) - 1n).toString();
  }

  /** One save at a time; what finishes meanwhile goes into the next. */
  private save(): void {
    if (this.saving !== null) return;
    this.lingering?.cancel();
    this.lingering = null;
    const position = this.finishedUpTo();
    if (comparePositions(position, this.kept) <= 0) return;
    this.saving = this.keep(position)
      .then(() => {
        this.kept = position;
        this.settle();
        this.saving = null;
        this.save();
      })
      .catch((error: unknown) => {
        this.saving = null;
        this.fail(error instanceof Error ? error : new Error(String(error)));
      });
  }

  private settle(): void {
    this.waiters = this.waiters.filter((waiter) => {
      if (comparePositions(this.kept, waiter.position) < 0) return true;
      waiter.resolve();
      return false;
    });
  }
}
