// Every read on behalf of a caller: its own role, under row-level security. A forgotten tenant shows no rows, never all of them.
import { Client, type ClientConfig } from 'pg';
import type { DataSource, EntityManager, EntitySchema } from 'typeorm';
import { rejected } from '@kari/kernel';
import { typed } from './connection-loss.js';

export const READ_DATABASE = Symbol('ReadDatabase');

export interface ReadDatabase {
  /** Rows of that tenant (`_`: of the platform) and no others. Throws `Unavailable` when the database is out of reach. */
  readAs<T>(tenant: string, work: (manager: EntityManager) => Promise<T>): Promise<T>;
  /** Rows of every tenant: only for callers whose right is one of the platform. */
  readAsPlatform<T>(work: (manager: EntityManager) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface ReadOptions {
  /** Views to map; default: every class that carries `@Entity`. */
  readonly entities?: readonly (EntitySchema | (new () => unknown))[];
  readonly max?: number;
}

/** Not of that type, out of its range, not of this character set, also inside JSON, no such moment. */
const STRANGE_VALUES = new Set(['22P02', '22003', '22021', '22P05', '22007', '22008']);

const TENANT = /^(_|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/;

export function openReadDatabase(url: string, options: ReadOptions = {}): ReadDatabase {
  // Opened on first use, when every module has declared its views; a failure is tried again by the next reader.
  let opened: Promise<DataSource> | null = null;
  async function source(): Promise<DataSource> {
    opened ??= open(url, options);
    try {
      return await opened;
    } catch (error) {
      opened = null;
      throw error;
    }
  }

  async function read<T>(setting: string, value: string, work: (manager: EntityManager) => Promise<T>): Promise<T> {
    try {
      return await (
        await source()
      ).transaction(async (manager) => {
        // For this transaction alone: the connection goes back to the pool without it.
        await manager.query('select set_config($1, $2, true)', [setting, value]);
        return work(manager);
      });
    } catch (error) {
      if (isStrangeValue(error))
        throw rejected('REQUEST_INVALID', { operation: 'the read', reason: 'a value has not the form it must have' });
      throw typed(error);
    }
  }

  return {
    readAs: async (tenant, work) => {
      if (!TENANT.test(tenant)) throw new TypeError('a read needs one tenant: its uuid, or "_"');
      return read('kari.tenant', tenant, work);
    },
    readAsPlatform: (work) => read('kari.platform', 'on', work),
    close: async () => {
      const closing = opened;
      opened = null;
      if (closing !== null) await (await closing).destroy();
    },
  };
}

/** A caller's text where a uuid, a number or a moment stands, or with a NUL in it: told by the class of the database's refusal. */
function isStrangeValue(error: unknown): boolean {
  const { code, driverError } = error as { code?: unknown; driverError?: { code?: unknown } };
  const state = driverError?.code ?? code;
  return typeof state === 'string' && STRANGE_VALUES.has(state);
}

/** TypeORM listens to a connection from a moment after it gets it until it hears of the first error; a second one, or an earlier one, would end the process. */
class ReadClient extends Client {
  constructor(config?: string | ClientConfig) {
    super(config);
    this.on('error', () => undefined);
  }
}

async function open(url: string, options: ReadOptions): Promise<DataSource> {
  // Half a second of loading that a worker, which reads for nobody, is spared.
  const { DataSource, getMetadataArgsStorage } = await import('typeorm');
  const declared = getMetadataArgsStorage().tables.map((table) => table.target as new () => unknown);
  const source = new DataSource({
    type: 'postgres',
    url,
    entities: [...(options.entities ?? declared)],
    synchronize: false,
    logging: false,
    poolErrorHandler: () => undefined,
    extra: { Client: ReadClient, max: options.max ?? 12, connectionTimeoutMillis: 10_000, application_name: 'kari reads' },
  });
  return source.initialize();
}
