// Tables of the key-value store: ordinary rows, behind the second wall. The usage row is the lock that makes counting and writing one step.
import { protect } from '@kari/platform/database';
import type { Migration } from '@kari/platform/registry';

export const kvMigrations: readonly Migration[] = [
  {
    name: '0001-kv',
    sql: `
create table data.kv_usage (
  tenant uuid not null,
  extension text not null,
  bytes bigint not null default 0,
  last_version bigint not null default 0,
  primary key (tenant, extension)
);
create table data.kv (
  tenant uuid not null,
  extension text not null,
  key text collate "C" not null,
  value text not null,
  version bigint not null,
  bytes integer not null,
  updated_at timestamptz not null,
  primary key (tenant, extension, key)
);
${protect('data.kv_usage', 'tenant')}
${protect('data.kv', 'tenant')}
`,
  },
];
