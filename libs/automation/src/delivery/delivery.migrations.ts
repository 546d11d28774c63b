// The queue of deliveries: one row for each event and subscriber. An ordinary table; what people decide about it is in the log.
import { protect } from '@kari/platform/database';
import type { MigrationSet } from '@kari/platform/registry';

export const automationMigrations: MigrationSet = {
  context: 'automation',
  migrations: [
    {
      name: '0001-delivery',
      sql: `
create table automation.delivery (
  tenant uuid not null,
  subscriber text not null,
  event_id uuid not null,
  stream text not null,
  position bigint not null,
  extension text not null,
  type text not null,
  key text not null,
  data text not null,
  published_at timestamptz not null,
  correlation_id text not null,
  state text not null default 'pending' check (state in ('pending', 'delivered', 'parked', 'dropped', 'skipped')),
  failures integer not null default 0,
  crashes integer not null default 0,
  waits integer not null default 0,
  parkings integer not null default 0,
  last_code text,
  next_at timestamptz not null,
  lease uuid,
  leased_until timestamptz,
  queued_at timestamptz not null,
  done_at timestamptz,
  primary key (tenant, subscriber, event_id)
);
create index delivery_open on automation.delivery (tenant, subscriber, stream, position) where state in ('pending', 'parked');
create index delivery_done on automation.delivery (done_at) where done_at is not null;
create index delivery_event on automation.delivery (tenant, event_id);
${protect('automation.delivery', 'tenant')}
`,
    },
    {
      name: '0002-automations',
      sql: `
alter table automation.delivery add column document jsonb, add column result jsonb;
create table automation.trigger (
  tenant uuid not null,
  subscriber text not null,
  types text[] not null,
  enabled boolean not null default true,
  form jsonb not null,
  primary key (tenant, subscriber)
);
${protect('automation.trigger', 'tenant')}
`,
    },
  ],
};
