// What is told of an approval, and what follows when telling it fails.
import { derivedId, idOf, type RecordedEvent } from '@kari/kernel';
import type { RunEvent } from '../run/run.events.js';

export const NOTIFIED = ['ApprovalRequested', 'ApprovalGiven', 'ApprovalClosed'] as const;

export interface Notification {
  /** One for each state of an approval, for ever: whoever receives it twice knows it by its name. */
  readonly id: string;
  readonly tenant: string;
  readonly run: string;
  readonly approval: string;
  /** `approval.requested`, `approval.approved`, `approval.rejected`, `approval.expired` or `approval.withdrawn`. */
  readonly type: string;
  /** What goes out, as JSON: `type`, `timestamp` and `data`. */
  readonly body: string;
  readonly correlationId: string;
}

/** Details of an approval stay where they are: they may hold what only those who decide may see. */
export function notificationOf(recorded: RecordedEvent): Notification | null {
  const event = recorded as RecordedEvent & RunEvent;
  const { tenant, correlationId, occurredAt } = event.meta;
  const run = idOf(event.stream);
  const told = (type: string, approval: string, data: object): Notification => ({
    id: derivedId('approval-notification', event.id),
    tenant,
    run,
    approval,
    type,
    body: JSON.stringify({ type, timestamp: occurredAt, data: { approval, run, ...data } }),
    correlationId,
  });
  switch (event.type) {
    case 'ApprovalRequested': {
      const { approval, task, title, rights, expiresAt } = event.data;
      return told('approval.requested', approval, { task, title, rights, expiresAt });
    }
    case 'ApprovalGiven': {
      const { approval, decision, by } = event.data;
      return told(`approval.${decision}`, approval, { by });
    }
    case 'ApprovalClosed':
      return told(`approval.${event.data.reason}`, event.data.approval, {});
    default:
      return null;
  }
}

export const MOST_ATTEMPTS = 10;
const FIRST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 3_600_000;

/** Milliseconds until the next attempt, or `park`. `chance` in [0, 1) spreads those that failed together; `GONE` is an answer for good. */
export function afterFailure(code: string, attempts: number, chance: number): number | 'park' {
  if (code === GONE || attempts >= MOST_ATTEMPTS) return 'park';
  return Math.round(Math.min(FIRST_PAUSE_MS * 2 ** (attempts - 1), LONGEST_PAUSE_MS) * (1 - chance / 2));
}

export const GONE = 'STATUS_410';
