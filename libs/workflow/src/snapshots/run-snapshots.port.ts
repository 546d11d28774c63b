// Where snapshots of runs are kept. Two adapters: a table, and memory for tests and simulations.
import type { RunSnapshot } from './run-snapshot.rules.js';

/** Token of `RunSnapshots`. */
export const RUN_SNAPSHOTS = Symbol('RunSnapshots');

export interface RunSnapshots {
  /** As it was kept, however old or damaged. Throws `Unavailable`. */
  find(tenant: string, run: string): Promise<RunSnapshot | null>;
  /** In place of an older one; a newer one stays. Throws `Unavailable`. */
  keep(tenant: string, run: string, snapshot: RunSnapshot): Promise<void>;
  /** Throws `Unavailable`. */
  forget(tenant: string, run: string): Promise<void>;
  /** Throws `Unavailable`. */
  forgetTenant(tenant: string): Promise<void>;
}
