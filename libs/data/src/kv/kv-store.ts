// Rows of the key-value store. Writers of one (tenant, extension) queue on its usage row, so bytes are counted before each write and no
// two writers count the same free space. Reads go through the tenant's own role.
import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, isoNow, rejected, type Clock } from '@kari/kernel';
import { READ_DATABASE, SYSTEM_DATABASE, type ReadDatabase, type SystemDatabase } from '@kari/platform/database';
import type { PoolClient } from 'pg';
import { judgeWrite, type ExpectedVersion, type StoredEntry, type Usage } from './kv.rules.js';

/** Whose rows: set by the host from the process that asks, never from a parameter. */
export interface Owner {
  readonly tenant: string;
  readonly extension: string;
}

export interface KvEntry {
  readonly value: unknown;
  readonly version: number;
}

export interface KvListing {
  readonly entries: readonly { readonly key: string; readonly version: number; readonly bytes: number }[];
  /** Pass as `after` for the next page; null at the end. */
  readonly next: string | null;
}

@Injectable()
export class KvStore {
  constructor(
    @Inject(SYSTEM_DATABASE) private readonly system: SystemDatabase,
    @Inject(READ_DATABASE) private readonly database: ReadDatabase,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async get({ tenant, extension }: Owner, key: string): Promise<KvEntry | null> {
    const [row] = await this.read<{ value: string; version: string }>(
      tenant,
      'select value, version from data.kv where tenant = $1 and extension = $2 and key = $3',
      [tenant, extension, key],
    );
    return row === undefined ? null : { value: JSON.parse(row.value) as unknown, version: Number(row.version) };
  }

  /** Answers the new version: larger than any this extension has seen in this tenant, so that a deleted and rewritten key is never mistaken. */
  async set(owner: Owner, key: string, value: string, quota: number, expected: ExpectedVersion): Promise<number> {
    const { tenant, extension } = owner;
    const bytes = Buffer.byteLength(key) + Buffer.byteLength(value);
    return this.system.transaction(async (client) => {
      const usage = await lockUsage(client, owner);
      const verdict = judgeWrite(usage, await entryOf(client, owner, key), bytes, quota, expected);
      if (!verdict.ok) {
        throw verdict.code === 'DATA_KV_QUOTA'
          ? rejected('DATA_KV_QUOTA', { extension, key, needed: verdict.needed, quota })
          : rejected('DATA_KV_CONFLICT', { key, expected: expected ?? null, actual: verdict.actual });
      }
      await saveUsage(client, owner, verdict.usage);
      await client.query(
        `insert into data.kv (tenant, extension, key, value, version, bytes, updated_at) values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (tenant, extension, key) do update
           set value = excluded.value, version = excluded.version, bytes = excluded.bytes, updated_at = excluded.updated_at`,
        [tenant, extension, key, value, verdict.usage.lastVersion, bytes, isoNow(this.clock)],
      );
      return verdict.usage.lastVersion;
    });
  }

  async delete(owner: Owner, key: string): Promise<boolean> {
    return this.system.transaction(async (client) => {
      const usage = await lockUsage(client, owner);
      const { rows } = await client.query<{ bytes: number }>(
        'delete from data.kv where tenant = $1 and extension = $2 and key = $3 returning bytes',
        [owner.tenant, owner.extension, key],
      );
      const [gone] = rows;
      if (gone === undefined) return false;
      await saveUsage(client, owner, { ...usage, bytes: usage.bytes - gone.bytes });
      return true;
    });
  }

  async list({ tenant, extension }: Owner, prefix: string, after: string | null, limit: number): Promise<KvListing> {
    const rows = await this.read<{ key: string; version: string; bytes: number }>(
      tenant,
      `select key, version, bytes from data.kv
       where tenant = $1 and extension = $2 and key >= $3 and starts_with(key, $3) and ($4::text is null or key > $4)
       order by key limit $5`,
      [tenant, extension, prefix, after, limit + 1],
    );
    const entries = rows.slice(0, limit).map(({ key, version, bytes }) => ({ key, version: Number(version), bytes }));
    return { entries, next: rows.length > limit ? (entries.at(-1)?.key ?? null) : null };
  }

  async usedBytes({ tenant, extension }: Owner): Promise<number> {
    const [row] = await this.read<{ bytes: string }>(tenant, 'select bytes from data.kv_usage where tenant = $1 and extension = $2', [
      tenant,
      extension,
    ]);
    return Number(row?.bytes ?? 0);
  }

  /** Everything an erased tenant has left behind. */
  async forgetTenant(tenant: string): Promise<void> {
    await this.system.query('delete from data.kv where tenant = $1', [tenant]);
    await this.system.query('delete from data.kv_usage where tenant = $1', [tenant]);
  }

  private read<Row>(tenant: string, sql: string, parameters: readonly unknown[]): Promise<Row[]> {
    return this.database.readAs(tenant, (manager) => manager.query<Row[]>(sql, [...parameters]));
  }
}

async function lockUsage(client: PoolClient, { tenant, extension }: Owner): Promise<Usage> {
  await client.query('insert into data.kv_usage (tenant, extension) values ($1, $2) on conflict do nothing', [tenant, extension]);
  const { rows } = await client.query<{ bytes: string; last_version: string }>(
    'select bytes, last_version from data.kv_usage where tenant = $1 and extension = $2 for update',
    [tenant, extension],
  );
  return { bytes: Number(rows[0]?.bytes ?? 0), lastVersion: Number(rows[0]?.last_version ?? 0) };
}

async function saveUsage(client: PoolClient, { tenant, extension }: Owner, usage: Usage): Promise<void> {
  await client.query('update data.kv_usage set bytes = $3, last_version = $4 where tenant = $1 and extension = $2', [
    tenant,
    extension,
    usage.bytes,
    usage.lastVersion,
  ]);
}

async function entryOf(client: PoolClient, { tenant, extension }: Owner, key: string): Promise<StoredEntry | null> {
  const { rows } = await client.query<{ version: string; bytes: number }>(
    'select version, bytes from data.kv where tenant = $1 and extension = $2 and key = $3',
    [tenant, extension, key],
  );
  const [row] = rows;
  return row === undefined ? null : { version: Number(row.version), bytes: row.bytes };
}
