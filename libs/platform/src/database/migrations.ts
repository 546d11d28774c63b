// Brings a database to the schema of this release: ordered, each once, checked against what was applied before. Run by the owner alone.
import { createHash } from 'node:crypto';
import type { Client } from 'pg';
import type { Migration, MigrationSet } from '../registry/index.js';
import { quoteName } from './row-security.js';

/** The migrations of this release and the database do not go together. */
export class MigrationRefused extends Error {
  constructor(
    readonly migration: string,
    reason: string,
    options?: ErrorOptions,
  ) {
    super(`Migration ${migration} ${reason}`, options);
    this.name = 'MigrationRefused';
  }
}

const NAME = /^\d{4}-[a-z0-9]+(-[a-z0-9]+)*$/;
const CONTEXT = /^[a-z][a-z0-9_]*$/;

/** Answers what was applied now. The caller holds the lock that keeps concurrent starters apart. */
export async function applyMigrations(client: Client, sets: readonly MigrationSet[]): Promise<readonly string[]> {
  await client.query(`
    create table if not exists kari.migration (
      context text not null, name text not null, checksum text not null, applied_at timestamptz not null default now(),
      primary key (context, name)
    )`);
  const { rows } = await client.query<{ context: string; name: string; checksum: string }>(
    'select context, name, checksum from kari.migration',
  );
  const applied = new Map(rows.map((row) => [`${row.context}/${row.name}`, row.checksum]));
  const done: string[] = [];
  for (const set of sets) {
    const last = rows.reduce((latest, row) => (row.context === set.context && row.name > latest ? row.name : latest), '');
    for (const migration of ordered(set)) {
      const id = `${set.context}/${migration.name}`;
      const before = applied.get(id);
      if (before === undefined) {
        // One that slipped in before an applied one would give this database another history than a fresh one.
        if (migration.name < last)
          throw new MigrationRefused(id, `is new but comes before ${last}, which is applied: give it a later number.`);
        await applyOne(client, set.context, migration);
        done.push(id);
      } else if (before !== checksumOf(migration)) {
        throw new MigrationRefused(id, 'was changed after it had been applied: restore its text and write the change as a new migration.');
      }
    }
  }
  return done;
}

/** Line ends are no change: a checkout may turn them. */
export function checksumOf(migration: Migration): string {
  return createHash('sha256').update(migration.sql.replaceAll('\r\n', '\n')).digest('hex');
}

function ordered(set: MigrationSet): readonly Migration[] {
  if (!CONTEXT.test(set.context)) throw new MigrationRefused(set.context, 'names no context.');
  const names = new Set<string>();
  for (const { name } of set.migrations) {
    if (!NAME.test(name)) throw new MigrationRefused(`${set.context}/${name}`, 'is not named like 0001-what-it-does.');
    if (names.has(name)) throw new MigrationRefused(`${set.context}/${name}`, 'is there twice.');
    names.add(name);
  }
  return [...set.migrations].sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function applyOne(client: Client, context: string, migration: Migration): Promise<void> {
  const id = `${context}/${migration.name}`;
  await client.query('begin');
  try {
    await client.query(`create schema if not exists ${quoteName(context)}`);
    await client.query(migration.sql);
    await client.query('insert into kari.migration (context, name, checksum) values ($1, $2, $3)', [
      context,
      migration.name,
      checksumOf(migration),
    ]);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw new MigrationRefused(id, `failed and left nothing behind: ${(error as Error).message}`, { cause: error });
  }
}
