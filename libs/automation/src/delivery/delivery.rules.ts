// What follows from a delivery that failed: another try, a wait that costs nothing, or the parking place.
import { wording } from '@kari/protocol';

const MOST_CRASHES = 3;
export const MOST_FAILURES = 8;
export const DEADLINE_MS = 60_000;
/** Renewed while the delivery is in hand: a lease that runs out belongs to a process that is gone. */
export const LEASE_MS = 15_000;
export const RENEW_EVERY_MS = 5_000;
/** Done rows are kept this long; so long does an event wait for a subscriber that cannot take it. */
export const KEEP_MS = 7 * 24 * 3_600_000;

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 300_000;
const LONGEST_WAIT_MS = 30_000;

export interface Counts {
  readonly failures: number;
  readonly crashes: number;
  readonly waits: number;
}

/** What an automation did with an event. */
export type DeliveryResult = { readonly outcome: 'started'; readonly run: string } | { readonly outcome: 'filtered' };

export type Consequence = { readonly counts: Counts } & ({ readonly kind: 'again'; readonly afterMs: number } | { readonly kind: 'park' });

/** `chance` in [0, 1) spreads the next tries of many deliveries that failed together. */
export function consequenceOf(code: string, before: Counts, chance: number): Consequence {
  if (isTransport(code)) {
    const counts = { ...before, waits: before.waits + 1 };
    return { kind: 'again', counts, afterMs: pause(counts.waits, LONGEST_WAIT_MS, chance) };
  }
  const crashed = code === 'SANDBOX_CRASHED';
  const counts = { ...before, crashes: before.crashes + (crashed ? 1 : 0), failures: before.failures + (crashed ? 0 : 1) };
  if (counts.crashes >= MOST_CRASHES || counts.failures >= MOST_FAILURES || HOPELESS.has(code)) return { kind: 'park', counts };
  return { kind: 'again', counts, afterMs: pause(counts.crashes + counts.failures, LONGEST_PAUSE_MS, chance) };
}

/** Whether the event never reached a handler: the sandbox could not take it now. Such a delivery is tried until it passes. */
function isTransport(code: string): boolean {
  if (code === 'SANDBOX_CRASHED') return false;
  if (NOT_NOW.has(code)) return true;
  return wording(code, {}).kind === 'unavailable';
}

/** Told again, it would say the same. */
const HOPELESS = new Set(['WORKFLOW_EXPRESSION_FAILED', 'AUTOMATION_LOOP', 'TASK_INPUT_INVALID', 'TASK_RIGHT_NEEDED']);

const NOT_NOW = new Set([
  'TENANCY_TENANT_SUSPENDED',
  'SANDBOX_START_FAILED',
  'SANDBOX_TOO_MANY',
  'SANDBOX_NOT_ENABLED',
  'SANDBOX_NOT_INSTALLED',
  'SANDBOX_TENANT_INACTIVE',
  'SANDBOX_LEVEL_TOO_LOW',
  'EXTENSION_SNAPSHOT_STALE',
  'TENANCY_SNAPSHOT_STALE',
]);

function pause(times: number, longest: number, chance: number): number {
  return Math.round(Math.min(FIRST_PAUSE_MS * 2 ** Math.min(times - 1, 20), longest) * (1 - chance / 2));
}
