// Wishes for many runs as the list shows them: how far each has come, and who was refused.
import { idOf, type Projection, type RecordedEvent } from '@kari/kernel';
import type { BulkAction, BulkEvent } from './bulk.events.js';

export type BulkRow = Readonly<{
  tenant: string;
  bulk: string;
  action: BulkAction;
  status: 'running' | 'ended';
  reason: string | null;
  total: number;
  done: number;
  refused: number;
  refusals: readonly { readonly run: string; readonly code: string }[];
  started_by: string;
  started_at: string;
  ended_at: string | null;
  correlation_id: string;
  position: string;
}>;

export const bulkProjection: Projection<BulkRow> = {
  name: 'workflow.bulk',
  version: 1,
  table: {
    name: 'workflow.bulk',
    columns: {
      tenant: 'text',
      bulk: 'uuid',
      action: 'text',
      status: 'text',
      reason: 'text?',
      total: 'integer',
      done: 'integer',
      refused: 'integer',
      refusals: 'json',
      started_by: 'text',
      started_at: 'timestamp',
      ended_at: 'timestamp?',
      correlation_id: 'text',
      position: 'bigint',
    },
    key: ['tenant', 'bulk'],
    tenantColumn: 'tenant',
    indexes: [['tenant', 'position']],
  },
  handles: ['BulkRunsStarted', 'BulkRunsProgressed', 'BulkRunsEnded'],
  keyOf: (event) => [event.meta.tenant, idOf(event.stream)],
  evolve(row, recorded) {
    const event = recorded as RecordedEvent & BulkEvent;
    if (event.type === 'BulkRunsStarted') {
      return {
        tenant: event.meta.tenant,
        bulk: idOf(event.stream),
        action: event.data.action,
        status: 'running',
        reason: event.data.reason,
        total: event.data.runs.length,
        done: 0,
        refused: 0,
        refusals: [],
        started_by: event.meta.actor,
        started_at: event.meta.occurredAt,
        ended_at: null,
        correlation_id: event.meta.correlationId,
        position: event.position,
      };
    }
    if (row === null) return null;
    if (event.type === 'BulkRunsEnded') return { ...row, status: 'ended', ended_at: event.meta.occurredAt };
    const { done, refused } = event.data;
    return { ...row, done: row.done + done.length, refused: row.refused + refused.length, refusals: [...row.refusals, ...refused] };
  },
};
