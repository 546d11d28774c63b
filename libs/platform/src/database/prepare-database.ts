// Makes a database ready for this release, whoever starts first: roles, schemas, migrations, grants, all under one lock.
import { Client } from 'pg';
import type { MigrationSet } from '../registry/index.js';
import { typed } from './connection-loss.js';
import { applyMigrations, MigrationRefused } from './migrations.js';
import { ensureRoles, grantSchemas } from './roles.js';
import { urlsOf, withoutPassword, type DatabaseUrls } from './url.js';

export interface Preparation {
  readonly ownerUrl: string;
  readonly migrations: readonly MigrationSet[];
  /** Schemas beyond those of the migrations: the ones of projections. */
  readonly schemas: readonly string[];
}

export interface Prepared extends DatabaseUrls {
  /** `<context>/<name>` of the migrations applied now. */
  readonly applied: readonly string[];
}

const LOCK = 0x6b617269;
const OLDEST = 150_000;

/** Throws `MigrationRefused` or `Unavailable`. */
export async function prepareDatabase(preparation: Preparation): Promise<Prepared> {
  const client = new Client({
    connectionString: preparation.ownerUrl,
    connectionTimeoutMillis: 10_000,
    application_name: 'kari migrations',
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await refuseOldServers(client, preparation.ownerUrl);
    // Held by the session, not by a transaction: each migration commits on its own, and a killed starter frees it.
    await client.query('select pg_advisory_lock($1)', [LOCK]);
    await client.query('create schema if not exists kari');
    await ensureRoles(client, preparation.ownerUrl);
    const applied = await applyMigrations(client, preparation.migrations);
    const schemas = new Set(['kari', ...preparation.migrations.map((set) => set.context), ...preparation.schemas]);
    await grantSchemas(client, [...schemas]);
    return { ...urlsOf(preparation.ownerUrl), applied };
  } catch (error) {
    throw typed(error);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function refuseOldServers(client: Client, url: string): Promise<void> {
  const { rows } = await client.query<{ number: string; name: string }>(
    `select current_setting('server_version_num') as number, current_setting('server_version') as name`,
  );
  const found = rows[0];
  if (found !== undefined && Number(found.number) >= OLDEST) return;
  throw new MigrationRefused('of any context', `needs PostgreSQL 15 or newer; ${withoutPassword(url)} is ${found?.name ?? 'unknown'}.`);
}
