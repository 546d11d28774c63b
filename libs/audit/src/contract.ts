// Published names of the audit context; the recording port itself is the kernel's `Audit`.
import type { Position } from '@kari/kernel';
import { z } from 'zod';

export const auditEvents = { entryRecorded: 'AuditEntryRecorded' } as const;

/** One entry of the trail as an event carries it whose own events are given up: with it the trail is rebuilt as it was, number included. */
export const auditLeaf = z.strictObject({
  operation_id: z.string(),
  number: z.string().regex(/^\d{1,19}$/),
  occurred_at: z.iso.datetime(),
  actor: z.string(),
  actor_kind: z.enum(['user', 'service-account', 'extension', 'system']),
  operation: z.string(),
  subject: z.string().nullable(),
  events: z.array(z.string()),
  correlation_id: z.string(),
  traceparent: z.string().nullable(),
  position: z.string(),
});
export type AuditLeaf = z.infer<typeof auditLeaf>;

/** Event types whose bodies hold leaves in the field `auditLeaves`. */
export const LEAF_CARRIERS: readonly string[] = ['RunSummarised'];

/** Token of `AuditLeaves`. */
export const AUDIT_LEAVES = Symbol('AuditLeaves');

export interface AuditLeaves {
  /**
   * The entries that commands left by their events, in log order, once the trail has come to that position. Throws `Unavailable` when it does
   * not come there in time, or when an entry is missing.
   */
  of(tenant: string, commandIds: readonly string[], upTo: Position): Promise<readonly AuditLeaf[]>;
}
