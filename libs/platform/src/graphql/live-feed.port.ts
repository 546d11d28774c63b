// Events as they happen, for subscriptions: one reader of the log per process, fanned out by tenant and topic.
import type { EventFilter, Position, RecordedEvent } from '@kari/kernel';

export const LIVE_FEED = Symbol('LiveFeed');

export interface LiveFeedRequest extends EventFilter {
  /** Only events of this tenant (`_`: the platform's own). */
  readonly tenant: string;
  /** Exclusive; everything after it is delivered first, without loss. Default: only what happens from now on. */
  readonly after?: Position | null;
  /** Ends the watch. */
  readonly signal?: AbortSignal;
}

export interface LiveFeed {
  /**
   * Events in log order, each once, at the pace of the reader: one that falls behind its bounded queue is served from the log until it has
   * caught up, so that a slow reader costs neither memory nor events. Throws REQUEST_INVALID for an `after` that is no position.
   */
  watch(request: LiveFeedRequest): AsyncIterable<RecordedEvent>;
}
