// Keeps one worker of a shard alive somewhere: takes the lease when it is free, works until it is lost, tries again until told to stop.
import type { Timers } from '@kari/kernel';
import type { Lease, Leases } from './leases.js';

export interface HoldOptions {
  readonly timers: Timers;
  /** Ends the holding. The work sees it as the abort of its own signal. */
  readonly signal: AbortSignal;
  /** Between two tries for a shard that somebody else holds. Default 1 s. */
  readonly retryMs?: number;
  /** Told of every failure of the work or of the lease; the next try follows. */
  readonly onError: (error: unknown) => void;
}

/** The work must end soon after its signal aborts. Resolves when told to stop and the work has ended; never rejects. */
export async function holdShard(
  leases: Leases,
  shard: string,
  options: HoldOptions,
  work: (lease: Lease, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  while (!options.signal.aborted) {
    try {
      const lease = await leases.acquire(shard);
      if (lease !== null) {
        try {
          await work(lease, AbortSignal.any([lease.signal, options.signal]));
        } finally {
          await lease.release();
        }
        continue;
      }
    } catch (error) {
      options.onError(error);
    }
    await options.timers.sleep(options.retryMs ?? 1000, options.signal).catch(() => undefined);
  }
}
