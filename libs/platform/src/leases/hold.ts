// Keeps one worker of a shard alive somewhere: takes the lease when it is free, works until it is lost, tries again until told to stop.
import type { Timers } from '@kari/kernel';
import type { Lease, Leases } from './leases.js';

const RETRY_MS = 1_000;
const JUST_AFTER_MS = 10;

export interface HoldOptions {
  readonly timers: Timers;
  /** Ends the holding. The work sees it as the abort of its own signal. */
  readonly signal: AbortSignal;
  /** Between two tries for a shard that somebody else holds; the last one comes when the lease runs out. Default 1 s. */
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
    let pause = options.retryMs ?? RETRY_MS;
    try {
      const lease = await leases.acquire(shard, (freeInMs) => (pause = Math.min(pause, Math.max(0, freeInMs) + JUST_AFTER_MS)));
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
    await options.timers.sleep(pause, options.signal).catch(() => undefined);
  }
}
