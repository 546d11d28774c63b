// One worker at a time for each shard, proved in the store and not on anybody's clock: a worker that slept through its lease cannot write.
import type { PoolClient } from 'pg';

export const LEASES = Symbol('Leases');

export interface Lease {
  readonly shard: string;
  /** Rises with every holder of the shard. */
  readonly fence: bigint;
  /** Aborts when the lease is lost or released: stop working. A hint, not the proof; that is `guard`. */
  readonly signal: AbortSignal;
  /** Gives the shard up at once, instead of letting it expire. */
  release(): Promise<void>;
}

export interface Leases {
  /** Null when somebody else holds the shard; `onHeld` is told in how many milliseconds it is free, if it shows no sign of life until then. Throws `Unavailable`. */
  acquire(shard: string, onHeld?: (freeInMs: number) => void): Promise<Lease | null>;
  /**
   * Throws `LeaseLost` unless the lease is still the newest of its shard. With a client: as part of its transaction, and no other worker can
   * take the shard until that has ended.
   */
  guard(lease: Lease, client?: PoolClient): Promise<void>;
  /**
   * What `guard` asks, as a query to stand in a larger statement: a row while the lease is the newest, locked as there. The arguments are the
   * placeholders of shard and fence. Null where leases are no rows of the database.
   */
  readonly guarding: ((shard: string, fence: string) => string) | null;
  /** Releases everything held. */
  stop(): Promise<void>;
}

/** Another worker has the shard: what was about to be written must not be. */
export class LeaseLost extends Error {
  constructor(readonly shard: string) {
    super(`the lease of ${shard} is lost`);
    this.name = 'LeaseLost';
  }
}

export interface LeaseTimes {
  /** Between two signs of life. Default 2 s. */
  readonly heartbeatMs?: number;
  /** From the last sign of life to the end of the lease. Default 6 s. */
  readonly expiryMs?: number;
}

export const HEARTBEAT_MS = 2000;
export const EXPIRY_MS = 6000;
