// Wrapped keys in PostgreSQL. A destroyed key is overwritten in place; its row stays as the mark of the erasure.
import type { SystemDatabase } from '@kari/platform/database';
import type { MigrationSet } from '@kari/platform/registry';
import type { KeyTable, WrappedKey } from './key-table.port.js';

export const keyMigrations: MigrationSet = {
  context: 'keys',
  migrations: [
    {
      name: '0001-data-keys',
      sql: `
        create table keys.data_key (
          tenant text not null,
          owner text not null,
          wrapped text,
          master text not null,
          created_at timestamptz not null default now(),
          destroyed_at timestamptz,
          primary key (tenant, owner),
          check ((wrapped is null) = (destroyed_at is not null))
        );
        create index data_key_master on keys.data_key (master) where wrapped is not null;`,
    },
  ],
};

export function postgresKeyTable(database: Pick<SystemDatabase, 'query'>): KeyTable {
  const find = async (tenant: string, owner: string): Promise<WrappedKey | null> => {
    const [row] = await database.query<WrappedKey>(
      'select tenant, owner, wrapped, master from keys.data_key where tenant = $1 and owner = $2',
      [tenant, owner],
    );
    return row ?? null;
  };
  return {
    find,
    insert: async (key) => {
      await database.query(
        `insert into keys.data_key (tenant, owner, wrapped, master, destroyed_at)
         values ($1, $2, $3, $4, case when $3::text is null then now() end) on conflict (tenant, owner) do nothing`,
        [key.tenant, key.owner, key.wrapped, key.master],
      );
      return (await find(key.tenant, key.owner)) ?? key;
    },
    destroy: async (tenant, owner) => {
      await database.query(
        `insert into keys.data_key (tenant, owner, wrapped, master, destroyed_at) values ($1, $2, null, '', now())
         on conflict (tenant, owner) do update set wrapped = null, master = '', destroyed_at = coalesce(keys.data_key.destroyed_at, now())`,
        [tenant, owner],
      );
    },
    notUnder: (master, limit) =>
      database.query<WrappedKey>(
        'select tenant, owner, wrapped, master from keys.data_key where wrapped is not null and master <> $1 order by tenant, owner limit $2',
        [master, limit],
      ),
    replace: async (old, wrapped, master) => {
      const rows = await database.query(
        'update keys.data_key set wrapped = $4, master = $5 where tenant = $1 and owner = $2 and wrapped = $3 returning 1',
        [old.tenant, old.owner, old.wrapped, wrapped, master],
      );
      return rows.length === 1;
    },
  };
}
