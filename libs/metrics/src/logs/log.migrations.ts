// The table of extensions' log lines: ordinary rows with a retention, no events.
import { protect } from '@kari/platform/database';
import type { MigrationSet } from '@kari/platform/registry';

const LOG = `
create table metrics.log (
  tenant text not null,
  id uuid not null,
  extension text not null,
  version text not null,
  written_at timestamptz not null,
  level smallint not null,
  source text not null,
  message text not null,
  fields jsonb,
  correlation text,
  primary key (tenant, id)
);
create index log_by_extension on metrics.log (tenant, extension, id);
create index log_by_correlation on metrics.log (tenant, correlation, id) where correlation is not null;
create index log_by_time on metrics.log (written_at);
${protect('metrics.log', 'tenant')}
`;

export const metricsMigrations: MigrationSet = { context: 'metrics', migrations: [{ name: '0001-log', sql: LOG }] };
