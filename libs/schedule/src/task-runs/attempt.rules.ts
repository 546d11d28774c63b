// What follows from an attempt that came to nothing: another one after a pause, a wait that costs no attempt, the end, or that it never ran.
import { taskPause } from '@kari/package/rules';
import { wording } from '@kari/protocol';

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;
/** So long a run waits for a sandbox that cannot take it. */
export const PATIENCE_MS = 3_600_000;
/** So often a run may lose the process that had it in hand. */
export const MOST_INTERRUPTIONS = 5;

export interface Tried {
  /** Failed attempts before this one. */
  readonly failures: number;
  readonly retries: number;
  /** When its sandbox could not take it for the first time, and every time since; null when it could. */
  readonly postponedSince: string | null;
}

export type Consequence =
  | { readonly kind: 'retry'; readonly retryAt: string }
  | { readonly kind: 'postpone'; readonly retryAt: string; readonly since: string }
  | { readonly kind: 'fail' }
  | { readonly kind: 'refuse' };

/** `chance` in [0, 1) spreads the next attempts of many runs that failed together. */
export function consequenceOf(code: string, { failures, retries, postponedSince }: Tried, now: string, chance: number): Consequence {
  if (NEVER_RAN.has(code)) return { kind: 'refuse' };
  if (isPassing(code)) {
    const since = postponedSince ?? now;
    const waited = Date.parse(now) - Date.parse(since);
    // Waits grow with what was waited already: nothing has to be counted.
    const pause = Math.min(Math.max(waited, FIRST_WAIT_MS), LONGEST_WAIT_MS);
    return waited >= PATIENCE_MS ? { kind: 'refuse' } : { kind: 'postpone', retryAt: later(now, spread(pause, chance)), since };
  }
  if (failures >= retries) return { kind: 'fail' };
  return { kind: 'retry', retryAt: later(now, taskPause(failures + 1, chance)) };
}

function spread(milliseconds: number, chance: number): number {
  return Math.round(milliseconds * (1 - chance / 2));
}

function later(now: string, milliseconds: number): string {
  return new Date(Date.parse(now) + milliseconds).toISOString();
}

/** It was not the task's fault, and it passes. */
function isPassing(code: string): boolean {
  return PASSING.has(code) || wording(code, {}).kind === 'unavailable';
}

const PASSING = new Set(['SANDBOX_TOO_MANY', 'SANDBOX_TENANT_INACTIVE', 'TENANCY_TENANT_SUSPENDED']);

/** Tried again, it would be the same until somebody changes something. */
const NEVER_RAN = new Set([
  'SANDBOX_NOT_ENABLED',
  'SANDBOX_NOT_INSTALLED',
  'SANDBOX_QUARANTINED',
  'SANDBOX_LEVEL_TOO_LOW',
  'SANDBOX_NO_HANDLER',
  'SANDBOX_HANDLER_MISSING',
  'SANDBOX_PROTOCOL_MISMATCH',
  'SANDBOX_BUNDLE_CHANGED',
  'SANDBOX_BUNDLE_TOO_LARGE',
  'SANDBOX_INPUT_UNSENDABLE',
]);
