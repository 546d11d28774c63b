// Everything that ever happened to extensions in a tenant, one row per fact: what was the state at any past moment is a fold of these.
import { idOf, tenantOf, type Projection } from '@kari/kernel';
import { extensionEventTypes, type ExtensionEvent } from '../lifecycle/extension.events.js';

export interface HistoryRow extends Record<string, unknown> {
  readonly tenant: string;
  readonly extension: string;
  readonly revision: string;
  readonly type: string;
  readonly at: string;
  readonly actor: string;
  readonly actor_kind: string;
  readonly correlation_id: string;
  readonly data: ExtensionEvent['data'];
}

export const historyProjection: Projection<HistoryRow> = {
  name: 'extension.history',
  version: 1,
  table: {
    name: 'extension.history',
    columns: {
      tenant: 'text',
      extension: 'text',
      revision: 'bigint',
      type: 'text',
      at: 'timestamp',
      actor: 'text',
      actor_kind: 'text',
      correlation_id: 'text',
      data: 'json',
    },
    key: ['tenant', 'extension', 'revision'],
    tenantColumn: 'tenant',
    indexes: [['tenant', 'at']],
  },
  handles: extensionEventTypes,
  keyOf: (event) => [tenantOf(event.stream), idOf(event.stream), event.revision.toString()],
  evolve: (_, event) => ({
    tenant: tenantOf(event.stream),
    extension: idOf(event.stream),
    revision: event.revision.toString(),
    type: event.type,
    at: event.meta.occurredAt,
    actor: event.meta.actor,
    actor_kind: event.meta.actorKind,
    correlation_id: event.meta.correlationId,
    data: event.data as ExtensionEvent['data'],
  }),
};
