// Leases as rows. The database's clock alone decides what has expired, its row locks who comes first.
import type { Clock, Ids, Timer, Timers } from '@kari/kernel';
import type { PoolClient } from 'pg';
import type { SystemDatabase } from '../database/index.js';
import { HeldLease } from './held-lease.js';
import { EXPIRY_MS, HEARTBEAT_MS, LeaseLost, type Lease, type Leases, type LeaseTimes } from './leases.js';

const ACQUIRE = `
  with taken as (
    insert into leases.lease as held (shard, holder, fence, expires_at)
    values ($1, $2, 1, clock_timestamp() + $3 * interval '1 millisecond')
    on conflict (shard) do update set holder = $2, fence = held.fence + 1, expires_at = excluded.expires_at
      where held.expires_at < clock_timestamp()
    returning fence)
  select taken.fence::text as fence, extract(epoch from lease.expires_at - clock_timestamp())::double precision * 1000 as free_in
  from (select) one left join taken on true left join leases.lease on lease.shard = $1 and taken.fence is null`;

const RENEW = `
  update leases.lease held set expires_at = clock_timestamp() + $3 * interval '1 millisecond'
  from unnest($1::text[], $2::bigint[]) as mine (shard, fence)
  where held.shard = mine.shard and held.fence = mine.fence
  returning held.shard`;

// Share, not key share: a takeover updates no key and would pass the weaker lock.
const guarding = (shard: string, fence: string): string =>
  `select 1 from leases.lease where shard = ${shard} and fence = ${fence} for share`;
const GUARD = guarding('$1', '$2');

const RELEASE = `update leases.lease set expires_at = '-infinity' where shard = $1 and fence = $2`;

export interface LeaseParts {
  readonly database: SystemDatabase;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly ids: Ids;
}

export class PostgresLeases implements Leases {
  readonly guarding = guarding;
  private readonly holder: string;
  private readonly heartbeatMs: number;
  private readonly expiryMs: number;
  private readonly held = new Map<string, HeldLease>();
  private beating: Timer | null = null;
  private renewing = false;

  constructor(
    private readonly parts: LeaseParts,
    times: LeaseTimes = {},
  ) {
    this.holder = parts.ids.next();
    this.heartbeatMs = times.heartbeatMs ?? HEARTBEAT_MS;
    this.expiryMs = times.expiryMs ?? EXPIRY_MS;
  }

  async acquire(shard: string, onHeld?: (freeInMs: number) => void): Promise<Lease | null> {
    const asked = this.parts.clock.monotonic();
    const [row] = await this.parts.database.query<{ fence: string | null; free_in: number | null }>(ACQUIRE, [
      shard,
      this.holder,
      this.expiryMs,
    ]);
    if (typeof row?.fence !== 'string') {
      // One that was made and let go in this very moment is not seen here.
      if (typeof row?.free_in === 'number') onHeld?.(row.free_in);
      return null;
    }
    const lease = new HeldLease(shard, BigInt(row.fence), asked, (given) => this.release(given));
    this.held.set(shard, lease);
    this.beating ??= this.parts.timers.every(this.heartbeatMs, () => void this.renew());
    return lease;
  }

  async guard(lease: Lease, client?: PoolClient): Promise<void> {
    const parameters = [lease.shard, lease.fence.toString()];
    const rows = client === undefined ? await this.parts.database.query(GUARD, parameters) : (await client.query(GUARD, parameters)).rows;
    if (rows.length === 1) return;
    this.lose(lease.shard, lease.fence);
    throw new LeaseLost(lease.shard);
  }

  async stop(): Promise<void> {
    this.beating?.cancel();
    this.beating = null;
    // Out of reach means that they expire by themselves.
    await Promise.allSettled([...this.held.values()].map((lease) => lease.release()));
  }

  private async release(lease: HeldLease): Promise<void> {
    this.lose(lease.shard, lease.fence);
    await this.parts.database.query(RELEASE, [lease.shard, lease.fence.toString()]);
  }

  private async renew(): Promise<void> {
    if (this.held.size === 0) return;
    const asked = this.parts.clock.monotonic();
    // Before the database would let another worker in, counted from when the last renewal was asked for.
    for (const lease of this.held.values()) if (asked - lease.renewedAt >= this.expiryMs) this.lose(lease.shard, lease.fence);
    if (this.renewing) return;
    this.renewing = true;
    try {
      const mine = [...this.held.values()];
      const rows = await this.parts.database.query<{ shard: string }>(RENEW, [
        mine.map((lease) => lease.shard),
        mine.map((lease) => lease.fence.toString()),
        this.expiryMs,
      ]);
      const renewed = new Set(rows.map((row) => row.shard));
      for (const lease of mine) {
        if (renewed.has(lease.shard)) lease.renewedAt = asked;
        else this.lose(lease.shard, lease.fence);
      }
    } catch {
      // Out of reach: the next beat tries again, and past the expiry the leases count as lost.
    } finally {
      this.renewing = false;
    }
  }

  private lose(shard: string, fence: bigint): void {
    const lease = this.held.get(shard);
    if (lease?.fence !== fence) return;
    this.held.delete(shard);
    lease.lose();
  }
}
