// Where the tables of extensions are noted, and the two doors through which their schemas come and go: the platform's own role may make no
// schema in the database but by these.
import { protect, protectOwn, SYSTEM_ROLE, TENANT_ROLE } from '@kari/platform/database';
import type { Migration } from '@kari/platform/registry';

const NAME = '^x_[0-9a-f]{20}$';

export const tablesMigrations: readonly Migration[] = [
  {
    name: '0003-tables',
    sql: `
create table data.table_space (
  tenant uuid not null,
  extension text not null,
  schema text not null unique check (schema ~ '${NAME}'),
  -- What the schema holds, after the last step that was done.
  inventory jsonb not null,
  -- Version of the extension → its layout.
  layouts jsonb not null,
  -- Versions whose layouts the schema serves now, the oldest first.
  served text[] not null,
  -- How it was before the version that is being prepared.
  undo jsonb,
  changed_at timestamptz not null,
  primary key (tenant, extension)
);
create table data.table_step (
  number bigint generated always as identity primary key,
  tenant uuid not null,
  extension text not null,
  version text not null,
  step text not null,
  done_at timestamptz not null
);
create index table_step_of on data.table_step (tenant, extension, number);
create table data.table_usage (
  tenant uuid not null,
  extension text not null,
  table_name text not null,
  rows bigint not null default 0,
  bytes bigint not null default 0,
  primary key (tenant, extension, table_name)
);
${protect('data.table_space', 'tenant')}
${protect('data.table_step', 'tenant')}
${protectOwn('data.table_usage', { tenantColumn: 'tenant', userColumn: null })}

create function data.make_table_space(name text) returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if name !~ '${NAME}' then raise exception 'not the name of a table space: %', name; end if;
  execute format('create schema if not exists %I', name);
  execute format('revoke all on schema %I from public', name);
  execute format('grant usage, create on schema %I to ${SYSTEM_ROLE}', name);
  execute format('grant usage on schema %I to ${TENANT_ROLE}', name);
end $$;

create function data.drop_table_space(name text) returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if name !~ '${NAME}' then raise exception 'not the name of a table space: %', name; end if;
  execute format('drop schema if exists %I cascade', name);
end $$;
`,
  },
  {
    name: '0004-forgotten-tenants',
    sql: `
-- Tenants whose tables were dropped: an install that was under way makes none anew.
create table data.forgotten_tenant (
  tenant uuid primary key
);
${protect('data.forgotten_tenant', 'tenant')}
`,
  },
];
