// The log of record as the platform sees it. Every adapter passes the suite in test/ports and equals the same reference model.
import type { NewEvent, Position, RecordedEvent, StreamId } from './event.js';

export const EVENT_STORE = Symbol('EventStore');

/** `none`: the stream must not exist; `exists`: it must; a bigint: its last revision; `any`: no check (product code never uses it). */
export type ExpectedVersion = 'any' | 'none' | 'exists' | bigint;

/** The atomic unit of an append: all of its events or none. */
export interface AppendItem {
  readonly stream: StreamId;
  readonly expected: ExpectedVersion;
  readonly events: readonly NewEvent[];
}

export type AppendResult =
  | { readonly ok: true; readonly revision: bigint; readonly position: Position; readonly repeated: boolean }
  | { readonly ok: false; readonly error: Error };

export interface ReadStreamOptions {
  /** First revision read, inclusive. Default: 0n forwards, the last one backwards. */
  readonly from?: bigint;
  readonly to?: bigint;
  /** Default `forwards`. */
  readonly direction?: 'forwards' | 'backwards';
  readonly limit?: number;
}

export interface EventFilter {
  readonly types?: readonly string[];
  /** `extension.installation` and the like. */
  readonly categories?: readonly string[];
}

export interface ReadAllOptions {
  /** Exclusive. Default: the start. */
  readonly after?: Position;
  readonly filter?: EventFilter;
  readonly limit?: number;
}

export interface SubscribeOptions {
  readonly after?: Position;
  readonly filter?: EventFilter;
  /** Most events handed over at once. Default 500. */
  readonly batch?: number;
}

export interface SubscriptionBatch {
  readonly events: readonly RecordedEvent[];
  /** Everything up to here was seen, filtered events included: the checkpoint to store. */
  readonly position: Position;
}

export interface Subscription {
  /** Stops after the batch in hand and resolves then. */
  stop(): Promise<void>;
  /** Resolves once the subscription has handed over everything up to that position. */
  reached(position: Position): Promise<void>;
  /** Whether it has seen the end of the log since it last fell behind. */
  readonly caughtUp: boolean;
  /** Rejects when the handler threw: the subscription has ended. */
  readonly ended: Promise<void>;
}

export interface StreamMetadata {
  readonly truncateBefore?: bigint;
  readonly tombstoned?: boolean;
}

export interface EventStoreCapabilities {
  readonly multiStreamAtomic: boolean;
  readonly transactionalEffects: boolean;
  /** Positions have no holes. */
  readonly contiguous: boolean;
  readonly idempotency: 'full' | 'explicitOnly';
}

export interface EventStore {
  readonly capabilities: EventStoreCapabilities;
  /** Items are independent: a failing one never sinks its neighbours. Throws only `Unavailable`. */
  append(items: readonly AppendItem[]): Promise<readonly AppendResult[]>;
  /** Throws `StreamDeleted`; a stream that never was is empty. */
  readStream(stream: StreamId, options?: ReadStreamOptions): AsyncIterable<RecordedEvent>;
  readAll(options?: ReadAllOptions): AsyncIterable<RecordedEvent>;
  /** Pull-based: the next batch is read after `onBatch` has resolved. */
  subscribe(options: SubscribeOptions, onBatch: (batch: SubscriptionBatch) => Promise<void>): Subscription;
  /** Position of the last event. */
  head(): Promise<Position>;
  /** Only categories that their owner marked truncatable; others throw `Rejection` EVENT_STREAM_PERMANENT. */
  truncateBefore(stream: StreamId, revision: bigint): Promise<void>;
  tombstone(stream: StreamId): Promise<void>;
  streamMetadata(stream: StreamId): Promise<StreamMetadata>;
}
