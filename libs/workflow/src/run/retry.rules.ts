// When a caught failure is tried again, and after which pause.
import type { Duration, RetryPolicy } from '../definition/document.js';
import { millisecondsOf } from './duration.rules.js';

export interface Tried {
  /** Attempts made so far, the failed one included. */
  readonly attempts: number;
  /** Since the first of them. */
  readonly elapsedMs: number;
}

/** Milliseconds before the next attempt; null when the policy's limits are met. `chance` is in [0, 1). */
export function pauseBefore(policy: RetryPolicy, tried: Tried, chance: number): number | null {
  const { limit } = policy;
  const most = limit?.attempt?.count;
  // The count is of retries: what was tried once and may be retried twice is tried three times.
  if (most !== undefined && tried.attempts > most) return null;
  const pause = backedOff(policy, tried.attempts) + jittered(policy, chance);
  const longest = lengthOf(limit?.duration);
  if (longest !== null && tried.elapsedMs + pause > longest) return null;
  return Math.round(pause);
}

function backedOff({ delay, backoff }: RetryPolicy, attempts: number): number {
  const base = lengthOf(delay) ?? 0;
  if (backoff === undefined || 'constant' in backoff) return base;
  if ('linear' in backoff) {
    const increment = lengthOf((backoff.linear as { increment?: Duration }).increment) ?? base;
    return base + increment * (attempts - 1);
  }
  const { multiplier } = backoff.exponential as { multiplier?: number };
  const LONGEST = 86_400_000;
  return Math.min(base * (multiplier ?? 2) ** (attempts - 1), LONGEST);
}

function jittered({ jitter }: RetryPolicy, chance: number): number {
  if (jitter === undefined) return 0;
  const [from, to] = [lengthOf(jitter.from) ?? 0, lengthOf(jitter.to) ?? 0];
  return from + Math.max(0, to - from) * chance;
}

function lengthOf(duration: Duration | undefined): number | null {
  return duration === undefined ? null : millisecondsOf(duration);
}
