// A wish to change state, and who wishes it. Everything that changes state is one of these, on one bus.
import type { ActorKind } from './event.js';

export interface Command<Type extends string = string, Data = unknown> {
  readonly type: Type;
  readonly data: Data;
}

/** Who asks: built once at the edge from a proven credential, never from a parameter. */
export interface Principal {
  /** Opaque id; the `actor` of its events. */
  readonly id: string;
  readonly kind: ActorKind;
  /** The credential it came with, by id: what is asked for is counted per credential. Default: its own id. */
  readonly credential?: string;
  /** Whether the principal holds a right (`<thing>.<verb>`) in that tenant (`_` for the platform's own rights). */
  may(right: string, tenant: string): boolean;
  /** Whether it has one of those tenant roles there: what rights that extensions declare are decided by. Absent: none. */
  hasRole?(roles: readonly string[], tenant: string): boolean;
}

/** What travels with a command or a query from the edge inwards. */
export interface RequestContext {
  readonly principal: Principal;
  /** The tenant acted on: a uuid, or `_` for the platform. */
  readonly tenant: string;
  readonly correlationId: string;
  readonly causationId?: string;
  /** Given by the caller to make a retry safe; made at the edge otherwise. */
  readonly commandId?: string;
  readonly traceparent?: string;
}

/** What a decider may know besides its command and state: when, and stable ids. */
export interface CommandMetadata {
  readonly commandId: string;
  readonly tenant: string;
  readonly actor: string;
  readonly actorKind: ActorKind;
  readonly correlationId: string;
  readonly causationId?: string;
  readonly traceparent?: string;
  /** ISO 8601, from the clock port. */
  readonly now: string;
}
