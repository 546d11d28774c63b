// Judges the silence of a process. Only silence that is its own counts: not the time we stopped it, not the time our own loop was late, and
// not the time it wanted to run but got no processor, or a busy host would end all its sandboxes at once.

export const heartbeat = {
  pingEveryMs: 2000,
  silenceMs: 5000,
  /** Most silence that starvation may excuse. */
  graceMs: 30_000,
  tickMs: 250,
} as const;

export interface Pulse {
  /** Counted silence since a ping went out, null when none is waited for. */
  readonly silentMs: number | null;
  readonly excusedMs: number;
}

export const calm: Pulse = { silentMs: null, excusedMs: 0 };

export interface Tick {
  /** By the host's clock since the last tick. */
  readonly elapsedMs: number;
  /** For how much of that time we had frozen it, or did not read its answers. */
  readonly heldMs: number;
  /** Of its main thread since the last tick; null where the system does not tell. */
  readonly mainThread: { readonly ranMs: number; readonly waitedMs: number } | null;
}

export function pinged(pulse: Pulse): Pulse {
  return pulse.silentMs === null ? { ...pulse, silentMs: 0 } : pulse;
}

export function tick(pulse: Pulse, { elapsedMs, heldMs, mainThread }: Tick): Pulse {
  // Only the part of a tick in which it could run: one that is frozen now and then, for its appetite, is judged for the rest.
  const ownMs = elapsedMs - heldMs;
  if (pulse.silentMs === null || ownMs <= 0) return pulse;
  // A late tick is our own lateness: the answer may lie unread in the pipe.
  const counted = Math.min(ownMs, heartbeat.tickMs * 2);
  if (isStarved(mainThread) && pulse.excusedMs < heartbeat.graceMs) return { ...pulse, excusedMs: pulse.excusedMs + counted };
  return { ...pulse, silentMs: pulse.silentMs + counted };
}

export function isDead(pulse: Pulse): boolean {
  return pulse.silentMs !== null && pulse.silentMs >= heartbeat.silenceMs;
}

/** It waited for a processor and ran less than a hundredth of that time. One that sleeps waits for nothing, and is judged. */
export function isStarved(mainThread: Tick['mainThread']): boolean {
  return mainThread !== null && mainThread.waitedMs > 0 && mainThread.ranMs * 100 < mainThread.waitedMs;
}
