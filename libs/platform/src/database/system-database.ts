// The platform's own connection: sees every tenant, so no caller's input ever chooses what it reads without a tenant in the condition.
import { Pool, type PoolClient, type QueryResultRow } from 'pg';
import { reachable, typed } from './connection-loss.js';

export const SYSTEM_DATABASE = Symbol('SystemDatabase');

export interface SystemDatabase {
  /** Throws `Unavailable` when the database is out of reach. */
  query<Row extends QueryResultRow>(sql: string, parameters?: readonly unknown[]): Promise<Row[]>;
  /** Commits when the work resolves, rolls back when it throws. */
  transaction<T>(work: (client: PoolClient) => Promise<T>, options?: TransactionOptions): Promise<T>;
  readonly pool: Pool;
  /** Waits for what is under way. */
  close(): Promise<void>;
}

export interface TransactionOptions {
  /**
   * False: whole or not at all, but a power cut may take the last moments of it. For what can be derived again from the log, its checkpoint
   * included; it spares the wait for the disk. Default true.
   */
  readonly durable?: boolean;
}

export interface PoolLimits {
  readonly max?: number;
  readonly name?: string;
}

export function openSystemDatabase(url: string, limits: PoolLimits = {}): SystemDatabase {
  const pool = new Pool({
    connectionString: url,
    max: limits.max ?? 12,
    connectionTimeoutMillis: 10_000,
    application_name: limits.name ?? 'kari',
  });
  // An idle connection that breaks is replaced on next use; without a listener it would end the process.
  pool.on('error', () => undefined);
  // Also one that breaks between being opened and being handed out.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return {
    pool,
    query: async <Row extends QueryResultRow>(sql: string, parameters: readonly unknown[] = []) =>
      (await reachable(pool.query<Row>(sql, [...parameters]))).rows,
    transaction: (work, given) => inTransaction(pool, work, given ?? {}),
    close: () => pool.end(),
  };
}

export async function inTransaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>, options: TransactionOptions): Promise<T> {
  const client = await reachable(pool.connect());
  let broken: Error | undefined;
  // A connection that breaks between two queries tells it here alone.
  const onError = (error: Error): void => {
    broken = error;
  };
  client.on('error', onError);
  try {
    await client.query(options.durable === false ? 'begin; set local synchronous_commit to off' : 'begin');
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch((failure: Error) => (broken = failure));
    throw typed(error);
  } finally {
    client.off('error', onError);
    client.release(broken);
  }
}
