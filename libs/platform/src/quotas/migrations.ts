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
  ],
};
