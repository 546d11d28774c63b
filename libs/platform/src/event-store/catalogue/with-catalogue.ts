// Any event store, with the catalogue at its door: bodies are checked and personal fields encrypted on the way in, decrypted and lifted to
// the version written now on the way out. The store behind it never sees a personal field in clear.
import {
  categoryOf,
  rejected,
  Unavailable,
  type AppendItem,
  type AppendResult,
  type EventStore,
  type NewEvent,
  type ReadAllOptions,
  type ReadStreamOptions,
  type RecordedEvent,
  type StreamId,
  type SubscribeOptions,
  type Subscription,
  type SubscriptionBatch,
  type Timers,
} from '@kari/kernel';
import type { Keys } from '@kari/platform/crypto';
import { ahead } from './ahead.js';
import { checkedBody } from './checked-body.js';
import type { EventCatalogue } from './event-catalogue.js';
import { isInClear, protectPersonal, revealPersonal } from './personal-data.js';

export interface CatalogueOptions {
  readonly catalogue: EventCatalogue;
  readonly keys: Keys;
  readonly timers: Timers;
  /** By category, the type of the event that must stand where its streams are truncated: it tells what was before it. */
  readonly summaries?: Readonly<Record<string, string>>;
}

const RETRY_MILLISECONDS = 250;

export function withCatalogue(store: EventStore, options: CatalogueOptions): EventStore {
  return new CataloguedEventStore(store, options);
}

class CataloguedEventStore implements EventStore {
  constructor(
    private readonly store: EventStore,
    private readonly options: CatalogueOptions,
  ) {}

  get capabilities(): EventStore['capabilities'] {
    return this.store.capabilities;
  }

  async append(items: readonly AppendItem[]): Promise<readonly AppendResult[]> {
    const admitted = await Promise.all(items.map((item) => this.admit(item)));
    const accepted = admitted.filter((item): item is AppendItem => !(item instanceof Error));
    const results = accepted.length === 0 ? [] : await this.store.append(accepted);
    let next = 0;
    return admitted.map((item) => (item instanceof Error ? { ok: false, error: item } : (results[next++] as AppendResult)));
  }

  async *readStream(stream: StreamId, options?: ReadStreamOptions): AsyncIterable<RecordedEvent> {
    yield* ahead(this.store.readStream(stream, options), (event) => this.reveal(event));
  }

  async *readAll(options?: ReadAllOptions): AsyncIterable<RecordedEvent> {
    yield* ahead(this.store.readAll(options), (event) => this.reveal(event));
  }

  subscribe(options: SubscribeOptions, onBatch: (batch: SubscriptionBatch) => Promise<void>): Subscription {
    return this.store.subscribe(options, async (batch) => {
      // Nearly every batch: what is in clear and as it is written now takes no detour, however many follow it.
      if (batch.events.every((event) => this.isAsItIsRead(event))) return onBatch(batch);
      const revealed: RecordedEvent[] = [];
      for await (const event of ahead(batch.events, (each) => this.revealInTime(each))) revealed.push(event);
      await onBatch({ events: revealed, position: batch.position });
    });
  }

  head(): ReturnType<EventStore['head']> {
    return this.store.head();
  }

  async truncateBefore(stream: StreamId, revision: bigint): Promise<void> {
    const wanted = this.options.summaries?.[categoryOf(stream)];
    if (wanted !== undefined && (await this.typeAt(stream, revision)) !== wanted) {
      throw rejected('EVENT_STREAM_UNSUMMARISED', { stream, revision: revision.toString(), wanted });
    }
    return this.store.truncateBefore(stream, revision);
  }

  async tombstone(stream: StreamId): Promise<void> {
    const category = categoryOf(stream);
    // What has to leave a summary cannot go without a trace.
    if (this.options.summaries?.[category] !== undefined) throw rejected('EVENT_STREAM_PERMANENT', { category, stream });
    return this.store.tombstone(stream);
  }

  streamMetadata(stream: StreamId): ReturnType<EventStore['streamMetadata']> {
    return this.store.streamMetadata(stream);
  }

  private async typeAt(stream: StreamId, revision: bigint): Promise<string | null> {
    for await (const { type } of this.store.readStream(stream, { from: revision, to: revision, limit: 1 })) return type;
    return null;
  }

  private async admit(item: AppendItem): Promise<AppendItem | Error> {
    try {
      const events: NewEvent[] = [];
      for (const event of item.events) events.push(await this.admitEvent(event));
      return { ...item, events };
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  private async admitEvent(event: NewEvent): Promise<NewEvent> {
    const definition = this.options.catalogue.definition(event.type);
    const checked = { ...event, data: checkedBody(event, definition) };
    return definition === undefined ? checked : protectPersonal(this.options.keys, definition, checked);
  }

  /** A subscription outlives an outage of the key table as it does one of the log. */
  private async revealInTime(event: RecordedEvent): Promise<RecordedEvent> {
    for (;;) {
      try {
        return await this.reveal(event);
      } catch (error) {
        if (!(error instanceof Unavailable && error.retryable)) throw error;
        await this.options.timers.sleep(RETRY_MILLISECONDS);
      }
    }
  }

  private isAsItIsRead(event: RecordedEvent): boolean {
    return isInClear(event) && this.options.catalogue.isCurrent(event.type, event.version);
  }

  private async reveal(event: RecordedEvent): Promise<RecordedEvent> {
    const open = await revealPersonal(this.options.keys, event);
    const { version, data } = this.options.catalogue.lift(open.type, open.version, open.data);
    return version === open.version ? open : { ...open, version, data };
  }
}
