import type { MigrationSet } from '../registry/index.js';

export const leaseMigrations: MigrationSet = {
  context: 'leases',
  migrations: [
    {
      name: '0001-lease',
      // A row stays when its lease ends: the fence must rise for as long as the shard exists.
      sql: `
        create table leases.lease (
          shard text primary key,
          holder text not null,
          fence bigint not null,
          expires_at timestamptz not null
        );`,
    },
  ],
};
