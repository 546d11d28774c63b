// Leases in memory, for simulations and specs: workers of one process share a table and a clock that the test owns.
import type { Clock, Timer, Timers } from '@kari/kernel';
import { HeldLease } from './held-lease.js';
import { EXPIRY_MS, HEARTBEAT_MS, LeaseLost, type Lease, type Leases, type LeaseTimes } from './leases.js';

/** What the database's table is to the other adapter. */
export class LeaseTable {
  readonly rows = new Map<string, { fence: bigint; expiresAt: number }>();
}

export class MemoryLeases implements Leases {
  readonly guarding = null;
  private readonly held = new Map<string, HeldLease>();
  private readonly heartbeatMs: number;
  private readonly expiryMs: number;
  private beating: Timer | null = null;

  constructor(
    private readonly table: LeaseTable,
    private readonly clock: Clock,
    private readonly timers: Timers,
    times: LeaseTimes = {},
  ) {
    this.heartbeatMs = times.heartbeatMs ?? HEARTBEAT_MS;
    this.expiryMs = times.expiryMs ?? EXPIRY_MS;
  }

  acquire(shard: string, onHeld?: (freeInMs: number) => void): Promise<Lease | null> {
    const now = this.clock.monotonic();
    const row = this.table.rows.get(shard);
    if (row !== undefined && row.expiresAt >= now) {
      onHeld?.(row.expiresAt - now);
      return Promise.resolve(null);
    }
    const fence = (row?.fence ?? 0n) + 1n;
    this.table.rows.set(shard, { fence, expiresAt: now + this.expiryMs });
    const lease = new HeldLease(shard, fence, now, (given) => this.release(given));
    this.held.set(shard, lease);
    this.beating ??= this.timers.every(this.heartbeatMs, () => this.renew());
    return Promise.resolve(lease);
  }

  guard(lease: Lease): Promise<void> {
    if (this.table.rows.get(lease.shard)?.fence === lease.fence) return Promise.resolve();
    this.lose(lease.shard, lease.fence);
    return Promise.reject(new LeaseLost(lease.shard));
  }

  async stop(): Promise<void> {
    this.beating?.cancel();
    this.beating = null;
    for (const lease of [...this.held.values()]) await lease.release();
  }

  private release(lease: HeldLease): Promise<void> {
    this.lose(lease.shard, lease.fence);
    const row = this.table.rows.get(lease.shard);
    if (row?.fence === lease.fence) row.expiresAt = Number.NEGATIVE_INFINITY;
    return Promise.resolve();
  }

  private renew(): void {
    const now = this.clock.monotonic();
    for (const lease of this.held.values()) {
      const row = this.table.rows.get(lease.shard);
      if (row?.fence === lease.fence) row.expiresAt = now + this.expiryMs;
      else this.lose(lease.shard, lease.fence);
    }
  }

  private lose(shard: string, fence: bigint): void {
    const lease = this.held.get(shard);
    if (lease?.fence !== fence) return;
    this.held.delete(shard);
    lease.lose();
  }
}
