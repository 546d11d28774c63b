// What workflows have emitted and what was sent in, by place in the log.
import type { Projection, RecordedEvent } from '@kari/kernel';
import type { CloudEventPublished } from './cloud-event.events.js';
import { dressed } from './cloud-event.rules.js';

export type CloudEventRow = Readonly<{
  tenant: string;
  position: string;
  event_id: string;
  source: string;
  type: string;
  origin: string;
  workflow: string | null;
  run: string | null;
  /** As who listens sees it. */
  document: unknown;
  published_at: string;
  correlation_id: string;
}>;

export const cloudEventProjection: Projection<CloudEventRow> = {
  name: 'automation.cloud_events',
  version: 1,
  table: {
    name: 'automation.cloud_events',
    columns: {
      tenant: 'text',
      position: 'bigint',
      event_id: 'text',
      source: 'text',
      type: 'text',
      origin: 'text',
      workflow: 'text?',
      run: 'uuid?',
      document: 'json',
      published_at: 'timestamp',
      correlation_id: 'text',
    },
    key: ['tenant', 'position'],
    tenantColumn: 'tenant',
    indexes: [
      ['tenant', 'type', 'position'],
      ['tenant', 'run', 'position'],
    ],
  },
  handles: ['CloudEventPublished'],
  keyOf: ({ meta, position }) => [meta.tenant, position],
  evolve(_row, recorded) {
    const { origin, by, event } = (recorded as RecordedEvent & CloudEventPublished).data;
    const { tenant, occurredAt, correlationId } = recorded.meta;
    return {
      tenant,
      position: recorded.position,
      event_id: event.id,
      source: event.source,
      type: event.type,
      origin,
      workflow: by?.workflow ?? null,
      run: by?.run ?? null,
      document: dressed(recorded),
      published_at: occurredAt,
      correlation_id: correlationId,
    };
  },
};
