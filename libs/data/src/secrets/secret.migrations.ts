// Sealed values and the tenants' fingerprint keys. No role that reads for a caller may see these tables: they have no policy for it.
import type { Migration } from '@kari/platform/registry';

export const secretMigrations: readonly Migration[] = [
  {
    name: '0002-secret',
    sql: `
create table data.sealed_secret (
  id uuid primary key,
  tenant uuid not null,
  extension text not null,
  name text not null,
  sealed text not null,
  sealed_at timestamptz not null
);
create index on data.sealed_secret (tenant, extension, name);
create table data.secret_key (tenant uuid primary key, sealed text not null);
alter table data.sealed_secret enable row level security;
alter table data.sealed_secret force row level security;
alter table data.secret_key enable row level security;
alter table data.secret_key force row level security;
`,
  },
];
