// The one road for everything that changes state.
import type { ZodType } from 'zod';
import type { Command, RequestContext } from './command.js';
import type { Decider } from './decider.js';
import type { DomainEvent, Position, StreamId } from './event.js';

export const COMMAND_BUS = Symbol('CommandBus');

/** What the bus must know of a command; each context registers its own. */
export interface CommandDefinition<C extends Command = Command, E extends DomainEvent = DomainEvent, S = unknown> {
  readonly type: C['type'];
  readonly schema: ZodType<C['data']>;
  /** `<thing>.<verb>` of `protocol/rights`. */
  readonly right: string;
  /** Whether the right is asked for in the tenant acted on, or on the platform. */
  readonly scope: 'tenant' | 'platform';
  stream(data: C['data'], tenant: string): StreamId;
  readonly decider: Decider<C, E, S>;
  /** What the command is about, as `<thing>:<id>`; by default the aggregate and id of its stream. */
  subject?(data: C['data']): string;
  /** Nearly always the first of its stream: it is decided and written before the stream is read, and read only where it was not. */
  readonly begins?: true;
  /** `system`: an undo or stop that the platform itself must get through while the tenant is suspended or deleted. */
  readonly whileSuspended?: 'system';
}

export interface CommandOutcome<S = unknown> {
  /** The aggregate after the command. */
  readonly state: S;
  /** Revision of its stream, -1n when it has none. */
  readonly revision: bigint;
  /** Position of the last event written; null when nothing changed or the store answered a repeat without one. */
  readonly position: Position | null;
  /** Whether anything was written by this command, now or by an earlier try. */
  readonly changed: boolean;
}

export interface CommandBus {
  /** Throws `Rejection` (bad input, missing right, the domain's no) or `Unavailable`. */
  send<S = unknown>(command: Command, context: RequestContext): Promise<CommandOutcome<S>>;
}
