// What both launchers are made of.
import { rejected, Rejection, type Timers } from '@kari/kernel';
import type { Contents, Provisions } from './provisions.adapter.js';
import type { Programs } from './spawn-line.rules.js';
import type { UidPool } from './uid-pool.js';

export interface LauncherParts {
  readonly provisions: Provisions;
  readonly contents: Contents;
  readonly programs: Programs;
  readonly timers: Timers;
  /** Null where the host is not root. */
  readonly uids: UidPool | null;
  readonly engineUnchecked?: boolean;
}

export function startRefused(error: unknown): Error {
  if (error instanceof Rejection) return error;
  return rejected('SANDBOX_START_FAILED', { reason: error instanceof Error ? error.message : String(error) });
}
