// What runs of tasks tell and answer: ordinary rows that go with their run, no events.
import { protect } from '@kari/platform/database';
import type { MigrationSet } from '@kari/platform/registry';

const OUTPUT = `
create table schedule.task_output (
  tenant text not null,
  run uuid not null,
  fraction double precision,
  note text,
  told_at timestamptz,
  answer jsonb,
  written_at timestamptz not null,
  primary key (tenant, run)
);
create index task_output_by_time on schedule.task_output (written_at);
${protect('schedule.task_output', 'tenant')}
`;

export const scheduleMigrations: MigrationSet = { context: 'schedule', migrations: [{ name: '0001-task-output', sql: OUTPUT }] };
