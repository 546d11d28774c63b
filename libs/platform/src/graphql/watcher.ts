// One reader of the live feed: from the log until it has caught up, then from its own bounded queue, and back to the log whenever that overflows.
import { categoryOf, comparePositions, START, type Position, type RecordedEvent } from '@kari/kernel';
import type { LiveFeedRequest } from './live-feed.port.js';
import { subscriberSignal } from './subscription-scope.js';

const LONGEST_QUEUE = 256;
const PAGE = 200;

interface Feed {
  ready(): Promise<void>;
  /** Everything up to here was offered. */
  seen(): Position | null;
  read(after: Position, limit: number): AsyncIterable<RecordedEvent>;
  leave(watcher: Watcher): void;
}

export class Watcher implements AsyncIterableIterator<RecordedEvent> {
  private readonly types: ReadonlySet<string> | null;
  private readonly categories: ReadonlySet<string> | null;
  private readonly queue: RecordedEvent[] = [];
  /** Events after the queue's last one were dropped: the log has them. */
  private overflowed: boolean;
  /** Read from the log, not handed over yet. */
  private page: RecordedEvent[] = [];
  /** Nothing up to here is to be handed over any more; null until the feed is ready. */
  private last: Position | null;
  /** The log was read up to here, events of others included. */
  private scanned: Position = START;
  private ended = false;
  private wake: (() => void) | null = null;
  private readonly signals: readonly AbortSignal[];
  private readonly onAbort = (): void => this.end();

  constructor(
    readonly request: LiveFeedRequest,
    private readonly feed: Feed,
  ) {
    this.types = request.types === undefined ? null : new Set(request.types);
    this.categories = request.categories === undefined ? null : new Set(request.categories);
    this.last = request.after ?? feed.seen();
    // What lies between `after` and now is in the log.
    this.overflowed = request.after !== undefined && request.after !== null;
    this.signals = [request.signal, subscriberSignal()].filter((signal) => signal !== undefined);
    for (const signal of this.signals) {
      if (signal.aborted) this.ended = true;
      signal.addEventListener('abort', this.onAbort, { once: true });
    }
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** From the tail reader, in log order. */
  offer(event: RecordedEvent): void {
    if (this.ended || this.overflowed || !this.concerns(event)) return;
    if (this.queue.length >= LONGEST_QUEUE) this.overflowed = true;
    else this.queue.push(event);
    this.wake?.();
  }

  async next(): Promise<IteratorResult<RecordedEvent>> {
    await this.feed.ready();
    this.last ??= this.feed.seen() ?? START;
    while (!this.isEnded()) {
      const event = this.page.shift() ?? this.queue.shift();
      if (event !== undefined) {
        // The log and the queue overlap where one hands over to the other.
        if (comparePositions(event.position, this.last) <= 0) continue;
        this.last = event.position;
        return { done: false, value: event };
      }
      if (this.overflowed) await this.catchUp(later(this.last, this.scanned));
      else await this.offered();
    }
    return { done: true, value: undefined };
  }

  return(): Promise<IteratorResult<RecordedEvent>> {
    this.end();
    return Promise.resolve({ done: true, value: undefined });
  }

  end(): void {
    if (!this.ended) this.feed.leave(this);
    this.ended = true;
    this.queue.length = 0;
    this.page = [];
    for (const signal of this.signals) signal.removeEventListener('abort', this.onAbort);
    this.wake?.();
  }

  // Reads one page. The queue is opened again before the read: what the read does not see, because it was written later, the queue is offered.
  private async catchUp(after: Position): Promise<void> {
    this.overflowed = false;
    const page: RecordedEvent[] = [];
    let read = 0;
    let reached = after;
    for await (const event of this.feed.read(after, PAGE)) {
      read += 1;
      reached = event.position;
      if (this.concerns(event)) page.push(event);
    }
    this.page = page;
    this.scanned = reached;
    if (read < PAGE) return;
    // More to come from the log: the queue would only fill with what the next pages hold.
    this.queue.length = 0;
    this.overflowed = true;
  }

  private concerns(event: RecordedEvent): boolean {
    return (
      event.meta.tenant === this.request.tenant &&
      (this.types === null || this.types.has(event.type)) &&
      (this.categories === null || this.categories.has(categoryOf(event.stream)))
    );
  }

  private isEnded(): boolean {
    return this.ended;
  }

  private offered(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = () => {
        this.wake = null;
        resolve();
      };
      if (this.ended || this.queue.length > 0 || this.overflowed) this.wake();
    });
  }
}

function later(a: Position, b: Position): Position {
  return comparePositions(a, b) > 0 ? a : b;
}
