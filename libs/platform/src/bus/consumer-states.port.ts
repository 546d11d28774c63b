// What must survive a restart of a consumer group: its place in the log, and the messages it could not handle.
import type { Position } from '@kari/kernel';

export interface ParkedMessage {
  readonly group: string;
  readonly key: string;
  readonly position: Position;
  readonly eventId: string;
  /** 0 for one that only waits behind a failed one. */
  readonly attempts: number;
  readonly reason: string;
}

export interface ConsumerStates {
  place(group: string): Promise<Position | null>;
  /** Never moves back. */
  keepPlace(group: string, position: Position): Promise<void>;
  /** In the order of the log. */
  parked(group: string, key?: string): Promise<readonly ParkedMessage[]>;
  /** Adds the message, or updates attempts and reason of one that is there. */
  park(message: ParkedMessage): Promise<void>;
  /** Handled after all. */
  release(group: string, key: string, position: Position): Promise<void>;
}
