// The audit trail as rows: one per operation, numbered in log order. A change is the events of one command; everything else wrote its entry.
import { categoryOf, idOf, type ActorKind, type Projection, type RecordedEvent } from '@kari/kernel';
import { auditEvents, LEAF_CARRIERS, type AuditLeaf } from '../contract.js';
import type { AuditEntryRecorded } from './entry.events.js';
import { isOperation, subjectOfEvent } from './operation.rules.js';

export interface EntryRow extends Record<string, unknown> {
  readonly tenant: string;
  /** The command's id for a change, the entry's own id otherwise. */
  readonly operation_id: string;
  /** 1, 2, 3 ... over the whole log; the runner's. */
  readonly number: string | null;
  readonly occurred_at: string;
  readonly actor: string;
  readonly actor_kind: ActorKind;
  readonly operation: string;
  readonly outcome: 'allowed' | 'denied' | 'failed';
  readonly code: string | null;
  readonly subject: string | null;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly events: readonly string[];
  readonly correlation_id: string;
  readonly command_id: string | null;
  readonly traceparent: string | null;
  /** Where in the log its first event stands. */
  readonly position: string;
}

export const entryProjection: Projection<EntryRow> = {
  name: 'audit.entry',
  version: 1,
  table: {
    name: 'audit.entry',
    columns: {
      tenant: 'text',
      operation_id: 'text',
      number: 'bigint',
      occurred_at: 'timestamp',
      actor: 'text',
      actor_kind: 'text',
      operation: 'text',
      outcome: 'text',
      code: 'text?',
      subject: 'text?',
      facts: 'json',
      events: 'json',
      correlation_id: 'text',
      command_id: 'text?',
      traceparent: 'text?',
      position: 'bigint',
    },
    key: ['tenant', 'operation_id'],
    tenantColumn: 'tenant',
    numberColumn: 'number',
    indexes: [
      ['number'],
      ['tenant', 'number'],
      ['tenant', 'actor', 'number'],
      ['tenant', 'operation', 'number'],
      ['tenant', 'correlation_id'],
    ],
  },
  handles: '*',
  carried: { types: LEAF_CARRIERS, numbersOf: (event) => leavesOf(event).map(({ number }) => number) },
  /** The carrier is an operation itself, and brings the entries of those it stands for. */
  spread: (event) => [event, ...leavesOf(event).map((leaf) => ({ ...event, type: LEAF, data: leaf }))],
  keyOf(event) {
    if (isLeaf(event)) return [event.meta.tenant, event.data.operation_id];
    if (isRecorded(event)) return [event.meta.tenant, event.data.entry];
    return isOperation(categoryOf(event.stream)) ? [event.meta.tenant, event.meta.commandId] : null;
  },
  evolve(row, event) {
    if (isLeaf(event)) {
      const { tenant } = event.meta;
      const about = { outcome: 'allowed', code: null, facts: {}, command_id: event.data.operation_id } as const;
      return row ?? { tenant, ...about, ...event.data };
    }
    if (row !== null) return row.events.includes(event.type) ? row : { ...row, events: [...row.events, event.type] };
    const { meta } = event;
    const common = {
      tenant: meta.tenant,
      number: null,
      occurred_at: meta.occurredAt,
      actor: meta.actor,
      actor_kind: meta.actorKind,
      correlation_id: meta.correlationId,
      traceparent: meta.traceparent ?? null,
      position: event.position,
    };
    if (isRecorded(event)) {
      const { entry, operation, outcome, code, subject, facts, commandId } = event.data;
      return { ...common, operation_id: entry, operation, outcome, code, subject, facts, events: [], command_id: commandId };
    }
    return {
      ...common,
      operation_id: meta.commandId,
      operation: meta.commandType,
      outcome: 'allowed',
      code: null,
      subject: subjectOfEvent(categoryOf(event.stream), idOf(event.stream), event.data),
      facts: {},
      events: [event.type],
      command_id: meta.commandId,
    };
  },
};

/** What the spread calls an entry that its carrier holds; no event of this name is ever written. */
const LEAF = 'audit.leaf';

function leavesOf({ type, data }: RecordedEvent): readonly AuditLeaf[] {
  return LEAF_CARRIERS.includes(type) ? (data as { auditLeaves: readonly AuditLeaf[] }).auditLeaves : [];
}

function isLeaf(event: RecordedEvent): event is RecordedEvent & { readonly type: typeof LEAF; readonly data: AuditLeaf } {
  return event.type === LEAF;
}

function isRecorded(event: RecordedEvent): event is RecordedEvent & AuditEntryRecorded {
  return event.type === auditEvents.entryRecorded;
}
