// Time and turns of a simulation: nothing moves unless the seed says so.
import type { Clock, Random, Timer, Timers } from '@kari/kernel';

interface Due {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

const MORNING = Date.UTC(2026, 0, 1);

/** Resolves when everything that is ready has run. Nothing here waits for the world, so that a turn of the event loop is not needed. */
function settled(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}

export class SimClock implements Clock {
  private elapsed = 0;
  private offset = MORNING;
  private highest = MORNING;
  private order = 0;
  private readonly waiting = new Set<Due>();

  now(): number {
    return this.offset + this.elapsed;
  }

  monotonic(): number {
    return this.elapsed;
  }

  /** The wall clock jumps; durations know nothing of it. */
  jump(milliseconds: number): void {
    this.offset += milliseconds;
    this.highest = Math.max(this.highest, this.offset);
  }

  /** The latest that the wall clock would show now, had it never jumped back. */
  latest(): number {
    return this.highest + this.elapsed;
  }

  /** To the next thing that falls due, but no further than that many milliseconds. */
  async advance(most: number): Promise<void> {
    const until = this.elapsed + most;
    let first: Due | null = null;
    for (const due of this.waiting) {
      if (due.at <= until && (first === null || due.at < first.at || (due.at === first.at && due.order < first.order))) first = due;
    }
    this.elapsed = first === null ? until : Math.max(this.elapsed, first.at);
    if (first !== null) {
      this.waiting.delete(first);
      first.run();
      await settled();
    }
  }

  /** Timers of one process: when it dies they ring for nobody. */
  timersOf(alive: () => boolean): Timers {
    const after = (milliseconds: number, task: () => void): Timer => {
      const due = { at: this.elapsed + Math.max(0, milliseconds), order: (this.order += 1), run: () => alive() && task() };
      this.waiting.add(due);
      return { cancel: () => void this.waiting.delete(due) };
    };
    return {
      after,
      every: (milliseconds, task) => {
        let current: Timer;
        const again = (): void => {
          current = after(milliseconds, again);
          task();
        };
        current = after(milliseconds, again);
        return { cancel: () => current.cancel() };
      },
      sleep: (milliseconds, signal) =>
        new Promise((resolve, reject) => {
          const end = (): void => {
            timer.cancel();
            reject(signal?.reason instanceof Error ? signal.reason : new Error('aborted'));
          };
          const timer = after(milliseconds, () => {
            signal?.removeEventListener('abort', end);
            resolve();
          });
          if (signal?.aborted === true) return end();
          signal?.addEventListener('abort', end, { once: true });
        }),
    };
  }
}

/** Everybody who could go on waits here; the seed lets one go at a time. */
export class Turns {
  private readonly waiting: { readonly what: string; readonly go: () => void }[] = [];
  readonly trace: string[] = [];

  constructor(private readonly random: Random) {}

  get size(): number {
    return this.waiting.length;
  }

  turn(what: string): Promise<void> {
    return new Promise((go) => this.waiting.push({ what, go }));
  }

  async release(): Promise<void> {
    const [chosen] = this.waiting.splice(Math.floor(this.random.next() * this.waiting.length), 1);
    if (chosen === undefined) return;
    this.trace.push(chosen.what);
    chosen.go();
    await settled();
  }
}
