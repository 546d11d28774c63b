// Deliveries that wait for an operator's decision.
import type { Projection, RecordedEvent } from '@kari/kernel';
import type { ParkedEventEvent } from './parked-event.events.js';

export type ParkedRow = Readonly<{
  tenant: string;
  subscriber: string;
  event_id: string;
  extension: string;
  type: string;
  key: string;
  code: string;
  failures: number;
  crashes: number;
  parked_at: string;
}>;

export const parkedProjection: Projection<ParkedRow> = {
  name: 'automation.parked',
  version: 1,
  table: {
    name: 'automation.parked',
    columns: {
      tenant: 'text',
      subscriber: 'text',
      event_id: 'uuid',
      extension: 'text',
      type: 'text',
      key: 'text',
      code: 'text',
      failures: 'integer',
      crashes: 'integer',
      parked_at: 'timestamp',
    },
    key: ['tenant', 'subscriber', 'event_id'],
    tenantColumn: 'tenant',
  },
  handles: ['EventDeliveryParked', 'EventDeliveryRetried', 'EventDeliveryDropped'],
  keyOf: (recorded) => {
    const { subscriber, event } = (recorded as RecordedEvent & ParkedEventEvent).data;
    return [recorded.meta.tenant, subscriber, event];
  },
  evolve(_row, event) {
    const recorded = event as RecordedEvent & ParkedEventEvent;
    if (recorded.type !== 'EventDeliveryParked') return null;
    const { subscriber, event: id, extension, type, key, code, failures, crashes } = recorded.data;
    return {
      tenant: event.meta.tenant,
      subscriber,
      event_id: id,
      extension,
      type,
      key,
      code,
      failures,
      crashes,
      parked_at: event.meta.occurredAt,
    };
  },
};
