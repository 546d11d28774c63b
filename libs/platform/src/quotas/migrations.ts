import type { MigrationSet } from '../registry/index.js';

export const quotaMigrations: MigrationSet = {
  context: 'quotas',
  migrations: [
    {
      name: '0001-bucket',
      // Unlogged: after a crash every bucket is full again, which is a fair price for never waiting on the disk. No role but the platform's reads it.
      sql: `
        create unlogged table quotas.bucket (
          key text primary key,
          tokens double precision not null,
          granted double precision not null,
          at timestamptz not null
        );
        create index bucket_at on quotas.bucket (at);`,
    },
    {
      name: '0002-reservation',
      // Logged, unlike the buckets: a limit may span days, and a crash of the database must not let all of them begin again.
      sql: `
        create table quotas.reservation (key text primary key, free_at timestamptz not null);
        create index reservation_free on quotas.reservation (free_at);`,
    },
  ],
};
