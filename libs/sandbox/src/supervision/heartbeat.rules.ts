// Judges the silence of a process. Only silence that is its own counts: not the time we stopped it, not the time our own loop was late, and
// not the time it wanted to run but got no processor, or a busy host would end all its sandboxes at once.
import type { MainThread } from '../launcher/launcher.port.js';

export const heartbeat = {
  pingEveryMs: 2000,
  silenceMs: 5000,
  /** Most silence that starvation may excuse. */
  graceMs: 30_000,
  /** What is left to one that was judged by the deadline of a call, once that has passed. */
  lastWordMs: 1000,
  tickMs: 250,
} as const;

export interface Pulse {
  /** Counted silence since a ping went out, null when none is waited for. */
  readonly silentMs: number | null;
  readonly excusedMs: number;
  /** How long the deadline of a call has been its judge since it last showed life. */
  readonly deferredMs: number;
}

export const calm: Pulse = { silentMs: null, excusedMs: 0, deferredMs: 0 };

export interface Tick {
  /** By the host's clock since the last tick. */
  readonly elapsedMs: number;
  /** For how much of that time we had frozen it, or did not read its answers. */
  readonly heldMs: number;
  /** Of its main thread since the last tick; null where the system does not tell. */
  readonly mainThread: MainThread | null;
  /** Null where the heartbeat always judges; otherwise a call may hold the main thread for that long, and its deadline is the judge meanwhile. */
  readonly calls: { readonly running: boolean; readonly longestMs: number } | null;
}

export function pinged(pulse: Pulse): Pulse {
  return pulse.silentMs === null ? { ...pulse, silentMs: 0 } : pulse;
}

export function tick(pulse: Pulse, { elapsedMs, heldMs, mainThread, calls }: Tick): Pulse {
  // Only the part of a tick in which it could run: one that is frozen now and then, for its appetite, is judged for the rest.
  const ownMs = elapsedMs - heldMs;
  if (pulse.silentMs === null || ownMs <= 0) return pulse;
  // A late tick is our own lateness: the answer may lie unread in the pipe.
  const counted = Math.min(ownMs, heartbeat.tickMs * 2);
  if (calls?.running === true && pulse.deferredMs !== Infinity) {
    const deferredMs = pulse.deferredMs + counted;
    // A stream of new calls must not excuse for ever who is stuck in the first.
    return deferredMs < calls.longestMs ? { ...pulse, deferredMs } : deadlineJudged(pulse);
  }
  if (isStarved(mainThread) && pulse.excusedMs < heartbeat.graceMs) return { ...pulse, excusedMs: pulse.excusedMs + counted };
  return { ...pulse, silentMs: pulse.silentMs + counted };
}

/** The deadline of a call has passed that was the judge: a second is left to show life, whenever the next tick comes. */
export function deadlineJudged(pulse: Pulse): Pulse {
  if (pulse.silentMs === null) return pulse;
  const lastWord = heartbeat.silenceMs - heartbeat.lastWordMs - heartbeat.tickMs;
  return { ...pulse, deferredMs: Infinity, silentMs: Math.max(pulse.silentMs, lastWord) };
}

/** It finished a call: whatever holds its main thread now is another one. */
export function finishedCall(pulse: Pulse): Pulse {
  return { ...pulse, deferredMs: 0 };
}

export function isDead(pulse: Pulse): boolean {
  return pulse.silentMs !== null && pulse.silentMs >= heartbeat.silenceMs;
}

/** Starved for a good part of a longer time: one that sleeps through a call and once wakes a little late is not. */
export function isStarvedFor(mainThread: MainThread, elapsedMs: number): boolean {
  const waits = mainThread.ranMs === 0 && mainThread.waitedMs === 0;
  return isStarved(mainThread) && (waits || mainThread.waitedMs * 10 >= elapsedMs);
}

/** It waited for a processor and ran less than a hundredth of that time. One that sleeps waits for nothing, and is judged. */
export function isStarved(mainThread: Tick['mainThread']): boolean {
  if (mainThread === null) return false;
  const { ranMs, waitedMs, runnable } = mainThread;
  // A wait that still goes on is counted nowhere yet: it shows in the state alone.
  if (ranMs === 0 && waitedMs === 0) return runnable;
  return ranMs * 100 < waitedMs;
}
