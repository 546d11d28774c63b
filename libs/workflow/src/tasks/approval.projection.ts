// What workflows ask people to approve, and how it was decided.
import { idOf, type Projection, type RecordedEvent } from '@kari/kernel';
import type { RunEvent } from '../run/run.events.js';
import type { RunKind } from '../run/run.projection.js';

export type ApprovalRowStatus = 'open' | 'approved' | 'rejected' | 'expired' | 'withdrawn';

export type ApprovalRow = Readonly<{
  tenant: string;
  approval: string;
  run: string;
  task: string;
  title: string;
  details: unknown;
  rights: readonly string[];
  status: ApprovalRowStatus;
  comment: string | null;
  decided_by: string | null;
  requested_at: string;
  expires_at: string | null;
  closed_at: string | null;
  run_kind: Exclude<RunKind, 'replay'>;
  position: string;
}>;

export const approvalProjection: Projection<ApprovalRow> = {
  name: 'workflow.approval',
  version: 2,
  table: {
    name: 'workflow.approval',
    columns: {
      tenant: 'text',
      approval: 'uuid',
      run: 'uuid',
      task: 'text',
      title: 'text',
      details: 'json?',
      rights: 'json',
      status: 'text',
      comment: 'text?',
      decided_by: 'text?',
      requested_at: 'timestamp',
      expires_at: 'timestamp?',
      closed_at: 'timestamp?',
      run_kind: 'text',
      position: 'bigint',
    },
    key: ['tenant', 'approval'],
    tenantColumn: 'tenant',
    indexes: [
      ['tenant', 'status', 'position'],
      ['tenant', 'run'],
    ],
  },
  handles: ['ApprovalRequested', 'ApprovalGiven', 'ApprovalClosed', 'RunSummarised'],
  /** A summary brings its approvals along: who decided what is kept. */
  spread(recorded) {
    const event = recorded as RecordedEvent & RunEvent;
    return event.type === 'RunSummarised' ? event.data.approvals.map((approval) => ({ ...recorded, data: approval })) : [recorded];
  },
  keyOf: (recorded) => [recorded.meta.tenant, (recorded as RecordedEvent & { data: { approval: string } }).data.approval],
  evolve(row, recorded) {
    if (recorded.type === 'RunSummarised') return row ?? (recorded.data as ApprovalRow);
    const event = recorded as RecordedEvent & RunEvent;
    switch (event.type) {
      case 'ApprovalRequested':
        // Nobody is asked by a replay: its decisions stand in its recording.
        if (event.data.runKind === 'replay') return null;
        return {
          tenant: event.meta.tenant,
          approval: event.data.approval,
          run: idOf(event.stream),
          task: event.data.task,
          title: event.data.title,
          details: event.data.details ?? null,
          rights: event.data.rights,
          status: 'open',
          comment: null,
          decided_by: null,
          requested_at: event.meta.occurredAt,
          expires_at: event.data.expiresAt,
          closed_at: null,
          run_kind: event.data.runKind ?? 'ordinary',
          position: event.position,
        };
      case 'ApprovalGiven':
        return row === null
          ? null
          : {
              ...row,
              status: event.data.decision,
              comment: event.data.comment,
              decided_by: event.data.by,
              closed_at: event.meta.occurredAt,
            };
      case 'ApprovalClosed':
        return row === null ? null : { ...row, status: event.data.reason, closed_at: event.meta.occurredAt };
      default:
        return row;
    }
  },
};
