// An answer is refused rather than kept waiting for a slow audit trail.
import { Unavailable, rejected, type Audit, type AuditRecord, type Timers } from '@kari/kernel';
import { withinDeadline } from './deadline.js';

const AUDIT_WITHIN_MS = 1_500;

/** Resolves once the entry is durable; throws `Rejection` REQUEST_UNAVAILABLE when it is not in time. */
export async function recordInTime(audit: Audit, timers: Timers, entry: AuditRecord): Promise<void> {
  const recorded = audit.record(entry);
  recorded.catch(() => undefined);
  try {
    await withinDeadline(timers, AUDIT_WITHIN_MS, 'the audit trail', recorded);
  } catch (error) {
    throw rejected('REQUEST_UNAVAILABLE', {
      reason: 'the audit trail does not answer',
      retryable: error instanceof Unavailable && error.retryable,
    });
  }
}
