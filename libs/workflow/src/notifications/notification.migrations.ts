// The queue of notifications: one row for each state of an approval. An ordinary table; what people decide about it is in the log.
import { protect } from '@kari/platform/database';
import type { MigrationSet } from '@kari/platform/registry';

/** Of the set of the context, in the order of the names. */
export const notificationMigrations: MigrationSet['migrations'] = [
  {
    name: '0003-notification',
    sql: `
      create table workflow.notification (
        tenant text not null,
        id uuid not null,
        run uuid not null,
        approval uuid not null,
        type text not null,
        body text not null,
        correlation_id text not null,
        state text not null default 'pending' check (state in ('pending', 'delivered', 'parked', 'dropped')),
        attempts integer not null default 0,
        last_code text,
        next_at timestamptz not null default now(),
        leased_until timestamptz,
        queued_at timestamptz not null default now(),
        done_at timestamptz,
        primary key (tenant, id)
      );
      create index notification_due on workflow.notification (next_at) where state = 'pending';
      create index notification_queued on workflow.notification (tenant, queued_at desc, id);
      ${protect('workflow.notification', 'tenant')}`,
  },
];
