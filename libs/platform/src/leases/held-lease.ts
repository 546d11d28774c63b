// A lease in the hands of its holder.
import type { Lease } from './leases.js';

export class HeldLease implements Lease {
  private readonly ending = new AbortController();

  constructor(
    readonly shard: string,
    readonly fence: bigint,
    /** Monotonic time at which the last renewal that succeeded was asked for. */
    public renewedAt: number,
    private readonly giveUp: (lease: HeldLease) => Promise<void>,
  ) {}

  get signal(): AbortSignal {
    return this.ending.signal;
  }

  async release(): Promise<void> {
    if (!this.ending.signal.aborted) await this.giveUp(this);
  }

  lose(): void {
    this.ending.abort();
  }
}
