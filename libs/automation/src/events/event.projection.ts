// What extensions of a tenant have published, by place in the log.
import type { Projection, RecordedEvent } from '@kari/kernel';
import type { ExtensionEvent } from './extension-event.events.js';

export type EventRow = Readonly<{
  tenant: string;
  position: string;
  event_id: string;
  extension: string;
  type: string;
  key: string;
  data: unknown;
  published_at: string;
  correlation_id: string;
}>;

export const eventProjection: Projection<EventRow> = {
  name: 'automation.events',
  version: 1,
  table: {
    name: 'automation.events',
    columns: {
      tenant: 'text',
      position: 'bigint',
      event_id: 'uuid',
      extension: 'text',
      type: 'text',
      key: 'text',
      data: 'json',
      published_at: 'timestamp',
      correlation_id: 'text',
    },
    key: ['tenant', 'position'],
    tenantColumn: 'tenant',
    indexes: [['tenant', 'type', 'position']],
  },
  handles: ['ExtensionEventPublished'],
  keyOf: ({ meta, position }) => [meta.tenant, position],
  evolve(_row, recorded) {
    const { extension, type, key, data } = (recorded as RecordedEvent & ExtensionEvent).data;
    const { tenant, occurredAt, correlationId } = recorded.meta;
    return {
      tenant,
      position: recorded.position,
      event_id: recorded.id,
      extension,
      type,
      key,
      data,
      published_at: occurredAt,
      correlation_id: correlationId,
    };
  },
};
