// A fresh, migrated database for one spec, cloned from a template in some ten milliseconds.
import { createHash } from 'node:crypto';
import { Client } from 'pg';
import type { MigrationSet } from '../../registry/index.js';
import { systemIds } from '../../time/index.js';
import { checksumOf } from '../migrations.js';
import { prepareDatabase } from '../prepare-database.js';
import { openReadDatabase, type ReadDatabase, type ReadOptions } from '../read-database.js';
import { openSystemDatabase, type SystemDatabase } from '../system-database.js';
import { openTenantDatabase, type TenantDatabase } from '../tenant-database.js';
import { closeDatabase } from '../roles.js';
import { urlsOf } from '../url.js';
import { testServer } from './test-server.js';

export interface TestDatabaseOptions {
  readonly migrations?: readonly MigrationSet[];
  /** Schemas beyond those of the migrations: the ones of projections. */
  readonly schemas?: readonly string[];
  readonly entities?: NonNullable<ReadOptions['entities']>;
}

export interface TestDatabase {
  readonly ownerUrl: string;
  readonly systemUrl: string;
  readonly tenantUrl: string;
  /** Open as long as the database is. */
  readonly system: SystemDatabase;
  readonly read: ReadDatabase;
  readonly rows: TenantDatabase;
  /** Closes them and removes the database, other connections notwithstanding. */
  drop(): Promise<void>;
}

const LOCK = 0x74657374;

export async function testDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const server = await testServer();
  const template = await ensureTemplate(server, options);
  const name = `test_${systemIds.next().replaceAll('-', '')}`;
  await administer(server, async (client) => {
    await client.query(`create database ${name} template ${template} strategy file_copy`);
    // A clone has the template's tables, but not its rights as a database.
    await closeDatabase(client, name);
  });
  const urls = urlsOf(inDatabase(server, name));
  const system = openSystemDatabase(urls.system);
  const read = openReadDatabase(urls.tenant, options.entities === undefined ? {} : { entities: options.entities });
  const rows = openTenantDatabase(urls.tenant);
  return {
    ownerUrl: urls.owner,
    systemUrl: urls.system,
    tenantUrl: urls.tenant,
    system,
    read,
    rows,
    drop: async () => {
      await Promise.all([system.close(), read.close(), rows.close()]);
      await administer(server, (client) => client.query(`drop database if exists ${name} with (force)`));
    },
  };
}

async function ensureTemplate(server: string, options: TestDatabaseOptions): Promise<string> {
  const migrations = options.migrations ?? [];
  const schemas = options.schemas ?? [];
  const content = migrations.map((set) => [set.context, set.migrations.map((migration) => [migration.name, checksumOf(migration)])]);
  const template = `template_${createHash('sha256')
    .update(JSON.stringify([content, schemas]))
    .digest('hex')
    .slice(0, 24)}`;
  await administer(server, async (client) => {
    // Released with the connection: other workers wait for a template that is whole.
    await client.query('select pg_advisory_lock($1)', [LOCK]);
    const found = await client.query('select 1 from pg_database where datname = $1', [template]);
    if (found.rowCount !== 0) return;
    const draft = `${template}_draft`;
    await client.query(`drop database if exists ${draft} with (force)`);
    await client.query(`create database ${draft}`);
    await prepareDatabase({ ownerUrl: inDatabase(server, draft), migrations, schemas });
    await client.query(`alter database ${draft} rename to ${template}`);
  });
  return template;
}

async function administer<T>(server: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: inDatabase(server, 'postgres') });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function inDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}
