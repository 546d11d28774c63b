// How long each tenant keeps the histories of its runs; no row: for ever.
import type { Projection, RecordedEvent } from '@kari/kernel';
import type { RetentionEvent } from './retention.events.js';

export type RetentionRow = Readonly<{ tenant: string; days: number; set_at: string; set_by: string; position: string }>;

export const retentionProjection: Projection<RetentionRow> = {
  name: 'workflow.retention',
  version: 1,
  table: {
    name: 'workflow.retention',
    columns: { tenant: 'text', days: 'integer', set_at: 'timestamp', set_by: 'text', position: 'bigint' },
    key: ['tenant'],
    tenantColumn: 'tenant',
  },
  handles: ['RetentionOfRunsSet'],
  keyOf: ({ meta }) => [meta.tenant],
  evolve(_row, recorded) {
    const { data, meta, position } = recorded as RecordedEvent & RetentionEvent;
    return data.days === null ? null : { tenant: meta.tenant, days: data.days, set_at: meta.occurredAt, set_by: meta.actor, position };
  },
};
