// What an event store is, said as plainly as possible: arrays, linear searches, no cleverness. Positions count from the start of the run.
import { isDeepStrictEqual } from 'node:util';
import type { AppendItem, EventFilter, EventStoreCapabilities, NewEvent } from '@kari/kernel';
import { TRUNCATABLE } from './facts.js';

export interface ModelEvent {
  readonly id: string;
  readonly stream: string;
  readonly revision: number;
  readonly position: number;
  readonly type: string;
  readonly version: number;
  readonly data: unknown;
}

export type ModelResult =
  | { readonly outcome: 'appended' | 'repeated'; readonly revision: number; readonly position: number }
  | { readonly outcome: 'WrongExpectedVersion'; readonly actual: number }
  | { readonly outcome: 'DuplicateConflict'; readonly eventId: string }
  | { readonly outcome: 'StreamDeleted' };

interface ModelStream {
  last: number;
  deleted: boolean;
  truncatedBefore: number | null;
}

export class ReferenceModel {
  /** In the order of the log; truncated events are gone from it. */
  events: ModelEvent[] = [];
  /** Of the last event that ever was. */
  head = 0;
  /** What was sent and accepted, for repeats. */
  readonly sent: AppendItem[] = [];
  private readonly streams = new Map<string, ModelStream>();

  constructor(readonly idempotency: EventStoreCapabilities['idempotency']) {}

  /** Null where the adapter's declaration leaves the answer open: such an item is not sent. */
  append(item: AppendItem): ModelResult | null {
    const stream = this.stream(item.stream);
    if (stream.deleted) return { outcome: 'StreamDeleted' };
    const known = item.events.map((event) => this.events.find((candidate) => candidate.id === event.id));
    if (known.some((event) => event !== undefined)) return this.appendKnown(item, known);
    if (!this.isExpected(item, stream)) return { outcome: 'WrongExpectedVersion', actual: stream.last };
    for (const event of item.events) {
      stream.last += 1;
      this.head += 1;
      this.events.push({
        id: event.id,
        stream: item.stream,
        revision: stream.last,
        position: this.head,
        type: event.type,
        version: event.version,
        data: event.data,
      });
    }
    this.streams.set(item.stream, stream);
    this.sent.push(item);
    return { outcome: 'appended', revision: stream.last, position: this.head };
  }

  readStream(name: string, low: number, high: number, backwards: boolean, limit: number): readonly ModelEvent[] | 'StreamDeleted' {
    if (this.stream(name).deleted) return 'StreamDeleted';
    const found = this.events.filter((event) => event.stream === name && event.revision >= low && event.revision <= high);
    return (backwards ? found.toReversed() : found).slice(0, limit);
  }

  readAll(after: number, filter: EventFilter, limit: number): readonly ModelEvent[] {
    return this.events
      .filter((event) => event.position > after)
      .filter((event) => filter.types === undefined || filter.types.includes(event.type))
      .filter((event) => filter.categories === undefined || filter.categories.some((category) => event.stream.startsWith(`${category}-`)))
      .slice(0, limit);
  }

  truncate(name: string, before: number): 'done' | 'StreamDeleted' | 'EVENT_STREAM_PERMANENT' {
    if (!name.startsWith(`${TRUNCATABLE}-`)) return 'EVENT_STREAM_PERMANENT';
    const stream = this.stream(name);
    if (stream.deleted) return 'StreamDeleted';
    const wanted = Math.min(before, stream.last + 1);
    if (wanted > (stream.truncatedBefore ?? 0)) {
      stream.truncatedBefore = wanted;
      this.events = this.events.filter((event) => event.stream !== name || event.revision >= wanted);
    }
    return 'done';
  }

  tombstone(name: string): 'done' | 'EVENT_STREAM_PERMANENT' {
    if (!name.startsWith(`${TRUNCATABLE}-`)) return 'EVENT_STREAM_PERMANENT';
    const stream = this.stream(name);
    stream.deleted = true;
    this.streams.set(name, stream);
    this.events = this.events.filter((event) => event.stream !== name);
    return 'done';
  }

  metadata(name: string): { truncateBefore?: number; tombstoned?: true } {
    const { truncatedBefore, deleted } = this.stream(name);
    return { ...(truncatedBefore === null ? {} : { truncateBefore: truncatedBefore }), ...(deleted ? { tombstoned: true } : {}) };
  }

  last(name: string): number {
    return this.stream(name).last;
  }

  private appendKnown(item: AppendItem, known: readonly (ModelEvent | undefined)[]): ModelResult | null {
    const firstKnown = known.findIndex((event) => event !== undefined);
    const first =
      item.expected === 'none'
        ? 0
        : typeof item.expected === 'bigint'
          ? Number(item.expected) + 1
          : (known[firstKnown]?.revision ?? 0) - firstKnown;
    const isSame = (event: ModelEvent, sent: NewEvent, index: number): boolean =>
      event.stream === item.stream &&
      event.revision === first + index &&
      event.type === sent.type &&
      event.version === sent.version &&
      isDeepStrictEqual(event.data, sent.data);
    const different = item.events.findIndex((sent, index) => {
      const event = known[index];
      return event !== undefined && !isSame(event, sent, index);
    });
    const last = known.at(-1);
    const isFullRepeat = different < 0 && last !== undefined && !known.includes(undefined);
    const isExplicit = item.expected === 'none' || typeof item.expected === 'bigint';
    if (this.idempotency === 'explicitOnly' && !(isFullRepeat && isExplicit)) return null;
    if (isFullRepeat) return { outcome: 'repeated', revision: last.revision, position: last.position };
    return { outcome: 'DuplicateConflict', eventId: item.events[different < 0 ? firstKnown : different]?.id ?? '' };
  }

  private isExpected(item: AppendItem, stream: ModelStream): boolean {
    if (item.expected === 'any') return true;
    if (item.expected === 'none') return stream.last === -1;
    if (item.expected === 'exists') return stream.last >= 0;
    return Number(item.expected) === stream.last;
  }

  private stream(name: string): ModelStream {
    return this.streams.get(name) ?? this.remember(name);
  }

  private remember(name: string): ModelStream {
    const stream: ModelStream = { last: -1, deleted: false, truncatedBefore: null };
    this.streams.set(name, stream);
    return stream;
  }
}
