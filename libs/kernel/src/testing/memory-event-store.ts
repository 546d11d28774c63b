// The log of record in memory: the same promises as PostgreSQL's, and a scheduler seam that lets a seed decide every interleaving.
import { encodeItem, type EncodedEvent, type EncodedItem } from '../append-item.js';
import { catchUp } from '../catch-up.js';
import type { Clock } from '../clock.port.js';
import { DuplicateConflict, rejected, StreamDeleted, WrongExpectedVersion } from '../errors.js';
import { categoryOf, START, type EventMeta, type RecordedEvent, type StreamId } from '../event.js';
import type {
  AppendItem,
  AppendResult,
  EventFilter,
  EventStore,
  ReadAllOptions,
  ReadStreamOptions,
  StreamMetadata,
  SubscribeOptions,
  Subscription,
  SubscriptionBatch,
} from '../event-store.port.js';
import { unscheduled, type Scheduler } from '../scheduler.port.js';
import { manualClock } from './manual-clock.js';

export interface MemoryEventStoreOptions {
  readonly clock?: Clock;
  readonly scheduler?: Scheduler;
  /** Categories whose streams may be truncated and deleted. Default: none. */
  readonly truncatable?: readonly string[];
}

interface Stored extends EncodedEvent {
  readonly stream: StreamId;
  readonly category: string;
  readonly revision: bigint;
  readonly position: bigint;
  readonly recordedAt: string;
  /** As readers get it, made for the first of them. */
  recorded: RecordedEvent | null;
}

interface Stream {
  revision: bigint;
  events: Stored[];
  truncateBefore: bigint | null;
  tombstoned: boolean;
}

export class MemoryEventStore implements EventStore {
  readonly capabilities = { multiStreamAtomic: false, transactionalEffects: false, contiguous: true, idempotency: 'full' } as const;
  private log: Stored[] = [];
  private last = 0n;
  private readonly streams = new Map<StreamId, Stream>();
  private readonly byId = new Map<string, Stored>();
  private readonly waiting = new Set<() => void>();
  private readonly clock: Clock;
  private readonly scheduler: Scheduler;
  private readonly truncatable: ReadonlySet<string>;

  constructor(options: MemoryEventStoreOptions = {}) {
    this.clock = options.clock ?? manualClock();
    this.scheduler = options.scheduler ?? unscheduled;
    this.truncatable = new Set(options.truncatable);
  }

  async append(items: readonly AppendItem[]): Promise<readonly AppendResult[]> {
    const results: AppendResult[] = [];
    for (const item of items) {
      await this.scheduler.turn(`append ${item.stream}`);
      results.push(this.attempt(item));
    }
    // The acknowledgement travels too: readers may see an event before its writer knows.
    await this.scheduler.turn('acknowledge');
    return results;
  }

  async *readStream(id: StreamId, options: ReadStreamOptions = {}): AsyncIterable<RecordedEvent> {
    await this.scheduler.turn(`read ${id}`);
    const stream = this.streams.get(id);
    if (stream === undefined) return;
    if (stream.tombstoned) throw new StreamDeleted(id);
    const { from, to, direction = 'forwards', limit = Infinity } = options;
    const low = direction === 'forwards' ? from : to;
    const high = direction === 'forwards' ? to : from;
    const chosen = stream.events.filter(
      (event) => (low === undefined || event.revision >= low) && (high === undefined || event.revision <= high),
    );
    if (direction === 'backwards') chosen.reverse();
    for (const event of chosen.slice(0, limit)) yield recorded(event);
  }

  async *readAll(options: ReadAllOptions = {}): AsyncIterable<RecordedEvent> {
    await this.scheduler.turn('read all');
    const after = BigInt(options.after ?? START);
    const chosen = this.log.slice(this.indexAfter(after)).filter((event) => passes(event, options.filter));
    for (const event of chosen.slice(0, options.limit ?? Infinity)) yield recorded(event);
  }

  subscribe(options: SubscribeOptions, onBatch: (batch: SubscriptionBatch) => Promise<void>): Subscription {
    return catchUp(
      {
        read: async (after, filter, limit) => {
          await this.scheduler.turn('deliver');
          const events: RecordedEvent[] = [];
          for (let index = this.indexAfter(BigInt(after)); index < this.log.length; index += 1) {
            const event = this.log[index];
            if (event === undefined || !passes(event, filter)) continue;
            events.push(recorded(event));
            if (events.length === limit) return { events, scannedTo: event.position.toString() };
          }
          return { events, scannedTo: this.last > BigInt(after) ? this.last.toString() : after };
        },
        grownBeyond: (position, signal) => this.grownBeyond(BigInt(position), signal),
        afterFailedRead: (failure) => Promise.reject(failure instanceof Error ? failure : new Error(String(failure))),
      },
      options,
      onBatch,
    );
  }

  async head(): Promise<string> {
    await this.scheduler.turn('head');
    return this.last.toString();
  }

  async truncateBefore(id: StreamId, revision: bigint): Promise<void> {
    this.checkTruncatable(id);
    await this.scheduler.turn(`truncate ${id}`);
    const stream = this.streams.get(id);
    if (stream === undefined) return;
    if (stream.tombstoned) throw new StreamDeleted(id);
    const wanted = revision > stream.revision + 1n ? stream.revision + 1n : revision;
    if (wanted <= (stream.truncateBefore ?? 0n)) return;
    stream.truncateBefore = wanted;
    this.forget(stream, (event) => event.revision < wanted);
  }

  async tombstone(id: StreamId): Promise<void> {
    this.checkTruncatable(id);
    await this.scheduler.turn(`tombstone ${id}`);
    const stream = this.streamOf(id);
    this.streams.set(id, stream);
    stream.tombstoned = true;
    this.forget(stream, () => true);
  }

  async streamMetadata(id: StreamId): Promise<StreamMetadata> {
    await this.scheduler.turn(`metadata ${id}`);
    const stream = this.streams.get(id);
    return {
      ...(typeof stream?.truncateBefore === 'bigint' ? { truncateBefore: stream.truncateBefore } : {}),
      ...(stream?.tombstoned === true ? { tombstoned: true } : {}),
    };
  }

  private attempt(item: AppendItem): AppendResult {
    try {
      return this.write(encodeItem(item));
    } catch (error) {
      return { ok: false, error: error instanceof Error ? error : new Error(String(error)) };
    }
  }

  private write(item: EncodedItem): AppendResult {
    const stream = this.streamOf(item.stream);
    if (stream.tombstoned) throw new StreamDeleted(item.stream);
    const known = this.repeatOf(item);
    if (known !== null) return { ok: true, revision: known.revision, position: known.position.toString(), repeated: true };
    if (!isExpected(item.expected, stream.revision)) throw new WrongExpectedVersion(item.stream, stream.revision);
    const recordedAt = new Date(this.clock.now()).toISOString();
    const written = item.events.map((event, index): Stored => {
      const place = BigInt(index + 1);
      return {
        ...event,
        stream: item.stream,
        category: item.category,
        revision: stream.revision + place,
        position: this.last + place,
        recordedAt,
        recorded: null,
      };
    });
    for (const event of written) this.byId.set(event.id, event);
    this.log.push(...written);
    this.last += BigInt(written.length);
    stream.events.push(...written);
    stream.revision += BigInt(written.length);
    this.streams.set(item.stream, stream);
    for (const wake of [...this.waiting]) wake();
    return { ok: true, revision: stream.revision, position: this.last.toString(), repeated: false };
  }

  /** The last event of the item when all of it stands where the item would put it; null when none of it is known. */
  private repeatOf(item: EncodedItem): Stored | null {
    const known = item.events.map((event) => this.byId.get(event.id));
    const firstKnown = known.findIndex((event) => event !== undefined);
    if (firstKnown < 0) return null;
    const start = startOf(item, known[firstKnown]?.revision ?? 0n, firstKnown);
    item.events.forEach((event, index) => {
      const stored = known[index];
      if (stored !== undefined && !isSame(stored, event, item.stream, start + BigInt(index))) throw new DuplicateConflict(event.id);
    });
    const last = known.at(-1);
    if (last === undefined || known.includes(undefined)) throw new DuplicateConflict(item.events[firstKnown]?.id ?? '');
    return last;
  }

  private streamOf(id: StreamId): Stream {
    return this.streams.get(id) ?? { revision: -1n, events: [], truncateBefore: null, tombstoned: false };
  }

  private forget(stream: Stream, gone: (event: Stored) => boolean): void {
    const forgotten = new Set(stream.events.filter(gone));
    for (const event of forgotten) this.byId.delete(event.id);
    stream.events = stream.events.filter((event) => !forgotten.has(event));
    this.log = this.log.filter((event) => !forgotten.has(event));
  }

  private checkTruncatable(id: StreamId): void {
    const category = categoryOf(id);
    if (!this.truncatable.has(category)) throw rejected('EVENT_STREAM_PERMANENT', { category, stream: id });
  }

  /** Index of the first event behind a position: a binary search, since truncation leaves holes. */
  private indexAfter(position: bigint): number {
    let low = 0;
    let high = this.log.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.log[middle]?.position ?? 0n) <= position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private grownBeyond(position: bigint, signal: AbortSignal): Promise<void> {
    if (this.last > position || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        this.waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.waiting.add(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }
}

/** The revision at which the item's first event must stand for the item to be a repeat. */
function startOf(item: EncodedItem, revisionOfKnown: bigint, indexOfKnown: number): bigint {
  if (item.expected === 'none') return 0n;
  if (typeof item.expected === 'bigint') return item.expected + 1n;
  return revisionOfKnown - BigInt(indexOfKnown);
}

function isSame(stored: Stored, event: EncodedEvent, stream: StreamId, revision: bigint): boolean {
  return (
    stored.stream === stream &&
    stored.revision === revision &&
    stored.type === event.type &&
    stored.version === event.version &&
    stored.data === event.data
  );
}

function isExpected(expected: EncodedItem['expected'], revision: bigint): boolean {
  if (expected === 'any') return true;
  if (expected === 'none') return revision < 0n;
  if (expected === 'exists') return revision >= 0n;
  return revision === expected;
}

function passes(event: Stored, filter: EventFilter | undefined): boolean {
  if (filter?.types !== undefined && !filter.types.includes(event.type)) return false;
  return filter?.categories === undefined || filter.categories.includes(event.category);
}

/** All readers share one: whoever wrote into it would be found out at once. */
function recorded(event: Stored): RecordedEvent {
  event.recorded ??= frozen({
    id: event.id,
    stream: event.stream,
    revision: event.revision,
    position: event.position.toString(),
    type: event.type,
    version: event.version,
    data: JSON.parse(event.data) as unknown,
    meta: JSON.parse(event.meta) as EventMeta,
    recordedAt: event.recordedAt,
  });
  return event.recorded;
}

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(frozen);
  return value;
}
