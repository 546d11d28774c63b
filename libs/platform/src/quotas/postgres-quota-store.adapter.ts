// The count that all processes share: one row a key, changed by one statement under its row lock, on the database's clock alone.
import type { SystemDatabase } from '../database/index.js';
import type { QuotaStore } from './quota-store.port.js';
import { lease, type Leased, type Rate } from './quota.rules.js';

// `greatest` against the time of a caller that waited for the lock longer than one that came later.
const FULL = `least($3, b.tokens + $2 * extract(epoch from greatest(excluded.at - b.at, interval '0')))`;
const GRANTED = `case when ${FULL} >= $5 then $5 when ${FULL} >= $4 then floor(${FULL}) else 0 end`;

const LEASE = `
  insert into quotas.bucket as b (key, tokens, granted, at)
  values ($1, $3::float8 - least($5::float8, $3), least($5::float8, $3), clock_timestamp())
  on conflict (key) do update set
    granted = ${GRANTED},
    tokens = ${FULL} - (${GRANTED}),
    at = greatest(b.at, excluded.at)
  returning tokens, granted`;

// A key that was quiet so long has a full bucket, which is what a missing row means.
const FORGET = `delete from quotas.bucket where at < clock_timestamp() - interval '1 hour'`;

export class PostgresQuotaStore implements QuotaStore {
  constructor(private readonly database: SystemDatabase) {}

  async lease(key: string, rate: Rate, need: number, want: number): Promise<Leased> {
    const [row] = await this.database.query<{ tokens: number; granted: number }>(LEASE, [key, rate.perSecond, rate.burst, need, want]);
    const { tokens, granted } = row ?? { tokens: 0, granted: 0 };
    if (granted > 0) return { granted, retryMs: 0 };
    return { granted: 0, retryMs: lease({ tokens, at: 0 }, rate, 0, need, want).retryMs };
  }

  async forgetQuiet(): Promise<void> {
    await this.database.query(FORGET);
  }
}
