// Work on rows that a tenant's extensions write themselves: as the tenant's own role, under row-level security in both directions.
import { Pool, type PoolClient } from 'pg';
import { inTransaction, type PoolLimits } from './system-database.js';

export const TENANT_DATABASE = Symbol('TenantDatabase');

/** Whose rows: set by the host, never by a parameter of a caller. */
export interface TenantScope {
  readonly tenant: string;
  /** Null: rows that belong to a user are not seen. */
  readonly user: string | null;
  /** Milliseconds for each statement. */
  readonly timeoutMs: number;
}

export interface TenantDatabase {
  /** Commits when the work resolves, rolls back when it throws. Throws `Unavailable` when the database is out of reach. */
  transaction<T>(scope: TenantScope, work: (client: PoolClient) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export function openTenantDatabase(url: string, limits: PoolLimits = {}): TenantDatabase {
  const pool = new Pool({
    connectionString: url,
    max: limits.max ?? 12,
    connectionTimeoutMillis: 10_000,
    application_name: limits.name ?? 'kari tables',
  });
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return {
    transaction: ({ tenant, user, timeoutMs }, work) =>
      inTransaction(
        pool,
        async (client) => {
          // For this transaction alone: the connection goes back to the pool without them.
          await client.query(
            `select set_config('kari.tenant', $1, true), set_config('kari.user', $2, true), set_config('statement_timeout', $3, true)`,
            [tenant, user ?? '', String(Math.max(1, Math.ceil(timeoutMs)))],
          );
          return work(client);
        },
        {},
      ),
    close: () => pool.end(),
  };
}
