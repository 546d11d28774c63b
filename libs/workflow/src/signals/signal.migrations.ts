// Who waits for which events, and events that somebody may wait for. Ordinary tables: the log makes them anew from its beginning.
import { protect } from '@kari/platform/database';
import type { MigrationSet } from '@kari/platform/registry';

export const workflowMigrations: MigrationSet = {
  context: 'workflow',
  migrations: [
    {
      name: '0001-listeners',
      sql: `
create table workflow.listener (
  tenant uuid not null,
  run uuid not null,
  task text not null,
  place uuid not null,
  filter integer not null,
  type text not null,
  shape uuid not null,
  key uuid not null,
  form jsonb not null,
  wanted jsonb not null,
  position bigint not null,
  primary key (tenant, run, place, filter)
);
create index listener_index on workflow.listener (tenant, type, shape, key, position);
create table workflow.signal (
  position bigint primary key,
  tenant uuid not null,
  event_id uuid not null,
  correlation_id text not null,
  document jsonb not null
);
create index signal_tenant on workflow.signal (tenant, position);
${protect('workflow.listener', 'tenant')}
${protect('workflow.signal', 'tenant')}
`,
    },
  ],
};
