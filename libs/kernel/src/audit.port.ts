// Where operations that leave no event of their own leave their trace: refusals, reads, no-op commands, audited broker decisions.
import type { ActorKind } from './event.js';

export const AUDIT = Symbol('Audit');

export interface AuditRecord {
  readonly tenant: string;
  readonly actor: string;
  readonly actorKind: ActorKind;
  /** The operation: a command type, a GraphQL field (`query.extensions`) or a broker call (`http.fetch`). */
  readonly operation: string;
  readonly outcome: 'allowed' | 'denied' | 'failed';
  /** What it was about, as `<thing>:<id>`; null when it concerns no single thing. */
  readonly subject: string | null;
  /** Stable code of the refusal or failure. */
  readonly code?: string;
  /** Values that explain the outcome; never a secret, never a payload. */
  readonly facts?: Readonly<Record<string, unknown>>;
  readonly correlationId: string;
  readonly commandId?: string;
  readonly traceparent?: string;
}

export interface Audit {
  /** Resolves once the entry is durable; throws `Unavailable` when it cannot be: then the operation must not be answered. */
  record(record: AuditRecord): Promise<void>;
}
