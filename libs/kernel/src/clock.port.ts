// Time comes in from outside: a test or a simulation owns it.
export const CLOCK = Symbol('Clock');
export const TIMERS = Symbol('Timers');

export interface Clock {
  /** Milliseconds since the epoch: for people and records. */
  now(): number;
  /** Milliseconds that never jump back: for durations and deadlines. */
  monotonic(): number;
}

export interface Timer {
  cancel(): void;
}

export interface Timers {
  /** Runs the task once, after at least that many milliseconds; never keeps the process alive. */
  after(milliseconds: number, task: () => void): Timer;
  every(milliseconds: number, task: () => void): Timer;
  /** Resolves after the time; rejects with the signal's reason when it aborts first. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

export function isoNow(clock: Clock): string {
  return new Date(clock.now()).toISOString();
}
