// Time that stands still until a test moves it. Timers run in the order they fall due, and what they set off settles in between.
import type { Clock, Timer, Timers } from '../clock.port.js';

export interface ManualClock extends Clock, Timers {
  /** Moves both clocks on and runs what falls due on the way. */
  advance(milliseconds: number): Promise<void>;
  /** Makes the wall clock jump, as an operator or NTP would; durations know nothing of it. */
  jumpTo(now: number): void;
  /** Timers and sleeps that have not run yet. */
  readonly pending: number;
}

interface Due {
  readonly at: number;
  readonly order: number;
  readonly every: number | null;
  readonly task: () => void;
}

const MORNING = Date.UTC(2026, 0, 1);

export function manualClock(start = MORNING): ManualClock {
  let offset = start;
  let elapsed = 0;
  let order = 0;
  const waiting = new Set<Due>();

  const add = (milliseconds: number, every: number | null, task: () => void): Timer => {
    const due: Due = { at: elapsed + Math.max(0, milliseconds), order: (order += 1), every, task };
    waiting.add(due);
    return { cancel: () => waiting.delete(due) };
  };
  const repeat = (milliseconds: number, task: () => void): Timer => {
    let current: Timer;
    let cancelled = false;
    const run = (): void => {
      task();
      if (!cancelled) current = add(milliseconds, milliseconds, run);
    };
    current = add(milliseconds, milliseconds, run);
    return {
      cancel: () => {
        cancelled = true;
        current.cancel();
      },
    };
  };

  return {
    now: () => offset + elapsed,
    monotonic: () => elapsed,
    after: (milliseconds, task) => add(milliseconds, null, task),
    every: (milliseconds, task) => repeat(Math.max(1, milliseconds), task),
    sleep: (milliseconds, signal) =>
      new Promise((resolve, reject) => {
        const reason = (): Error => (signal?.reason instanceof Error ? signal.reason : new Error('aborted'));
        if (signal?.aborted === true) return reject(reason());
        const onAbort = (): void => {
          timer.cancel();
          reject(reason());
        };
        const timer = add(milliseconds, null, () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        });
        signal?.addEventListener('abort', onAbort, { once: true });
      }),
    async advance(milliseconds) {
      const until = elapsed + milliseconds;
      await settled();
      for (let next = earliest(waiting, until); next !== null; next = earliest(waiting, until)) {
        waiting.delete(next);
        elapsed = Math.max(elapsed, next.at);
        next.task();
        await settled();
      }
      elapsed = until;
    },
    jumpTo(now) {
      offset = now - elapsed;
    },
    get pending() {
      return waiting.size;
    },
  };
}

/** Resolves when everything that is ready has run. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function earliest(waiting: ReadonlySet<Due>, until: number): Due | null {
  let first: Due | null = null;
  for (const due of waiting) {
    if (due.at > until) continue;
    if (first === null || due.at < first.at || (due.at === first.at && due.order < first.order)) first = due;
  }
  return first;
}
