// What goes wrong between an extension and the platform, in both directions.
import type { BrokerErrorCode, BrokerErrorShape } from '@kari/protocol/broker';

/**
 * A call to the platform that did not succeed. `code` says what to do:
 *
 * - `DENIED`: no grant, or it was revoked. Repeating does not help.
 * - `INVALID`: the request breaks a rule; `message` names it. Correct the code.
 * - `LIMIT`: a quota, a rate or a size. Wait, or ask for less.
 * - `DEADLINE`, `CANCELLED`: the time of the whole call is over, or its caller has left.
 * - `UNAVAILABLE`, `CRASHED`, `QUARANTINED`: the other side cannot serve now. A fallback may.
 * - `PROTOCOL`: the runner and the host do not understand each other; never by an extension's fault.
 */
export class KariError extends Error implements BrokerErrorShape {
  /** Stable code of the platform's catalogue (`DATA_KV_CONFLICT`), or the error code that the called plugin declares. */
  readonly reason?: string;
  /** What the message was made from. Never a secret. */
  readonly facts?: Readonly<Record<string, unknown>>;

  constructor(
    readonly code: BrokerErrorCode,
    message: string,
    detail: { readonly reason?: string; readonly facts?: Readonly<Record<string, unknown>> } = {},
  ) {
    super(message);
    this.name = 'KariError';
    if (detail.reason !== undefined) this.reason = detail.reason;
    if (detail.facts !== undefined) this.facts = detail.facts;
  }
}

/**
 * Thrown by a plugin's handler to answer one of the errors of its contract. The caller gets `reason` and `facts`; an error that the
 * contract does not declare reaches the caller as a failure without details.
 *
 * @example throw new PluginError('NOTE_TOO_LONG', 'A note has at most 500 characters.', { length: 731 });
 */
export class PluginError<Reason extends string = string> extends KariError {
  /** `details` must match the schema that the contract gives for this error; default: none. */
  constructor(reason: Reason, message: string, details?: Readonly<Record<string, unknown>>) {
    super('INVALID', message, details === undefined ? { reason } : { reason, facts: details });
    this.name = 'PluginError';
  }
}

/** Whatever the runner rejected with, as the error that authors know. */
export function asKariError(error: unknown): unknown {
  if (error instanceof KariError || typeof error !== 'object' || error === null) return error;
  const { code, message, reason, facts } = error as Partial<BrokerErrorShape>;
  if (typeof code !== 'string' || typeof message !== 'string') return error;
  return new KariError(code, message, { ...(reason === undefined ? {} : { reason }), ...(facts === undefined ? {} : { facts }) });
}
