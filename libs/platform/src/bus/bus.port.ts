// The stream of facts as the outside hears it: CloudEvents, one topic per context, in order per key, at least once.
import type { CloudEvent } from './cloud-event.js';

export const BUS = Symbol('Bus');

export interface BusMessage {
  /** `kari.<context>.v1`. */
  readonly topic: string;
  /** The stream: order is kept per key. */
  readonly key: string;
  readonly event: CloudEvent;
  /** 1 on the first delivery. */
  readonly attempt: number;
}

export interface BusConsumer {
  /** Durable name: its place in the log is stored under it. */
  readonly group: string;
  readonly topics: readonly string[];
  /** Where a group that has no place yet begins. Default `start`. */
  readonly from?: 'start' | 'now';
  /** Tries before the key is parked. Default 5. `Unavailable` never counts: it is retried until it passes. */
  readonly tries?: number;
  /** Must be idempotent by `event.id`. Called for several keys at once, for one key in order. */
  handle(message: BusMessage): Promise<void>;
}

/** A key whose message could not be handled; its later messages wait behind it. */
export interface ParkedKey {
  readonly group: string;
  readonly key: string;
  /** Position of the message that failed. */
  readonly position: string;
  readonly eventId: string;
  readonly attempts: number;
  readonly reason: string;
  /** Messages waiting, the failed one included. */
  readonly waiting: number;
}

export interface BusSubscription {
  /** Lets the messages in hand finish, stores the place, resolves. */
  stop(): Promise<void>;
  /** Resolves once everything up to that position is handled or parked, and stored as such. */
  reached(position: string): Promise<void>;
}

export interface Bus {
  /** A group has one subscription at a time in a process. */
  subscribe(consumer: BusConsumer): BusSubscription;
  parked(group: string): Promise<readonly ParkedKey[]>;
  /** Hands the parked messages of a key to its running consumer again, in order; answers whether the key was parked. */
  redrive(group: string, key: string): Promise<boolean>;
}
