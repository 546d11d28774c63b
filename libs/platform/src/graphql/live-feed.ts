// One reader of the log per process, fanned out to watchers. A watcher's queue is bounded; one that overflows is dropped, and its watcher reads the log
// at its own pace until it has caught up. So nothing is lost, nothing grows, and a slow reader slows nobody but itself.
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { comparePositions, EVENT_STORE, rejected, TIMERS } from '@kari/kernel';
import type { EventFilter, EventStore, Position, RecordedEvent, Subscription, SubscriptionBatch, Timers } from '@kari/kernel';
import { LOGGER, type Logger } from '@kari/platform/telemetry';
import type { LiveFeed, LiveFeedRequest } from './live-feed.port.js';
import { Watcher } from './watcher.js';

const RETRY_AFTER = 1_000;

@Injectable()
export class StoreLiveFeed implements LiveFeed, OnApplicationBootstrap, OnModuleDestroy {
  private readonly watchers = new Map<string, Set<Watcher>>();
  private opening: Promise<void> | null = null;
  private tail: Subscription | null = null;
  /** Everything up to here was offered to the watchers. */
  private seen: Position | null = null;
  private stopped = false;

  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(TIMERS) private readonly timers: Timers,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  watch(request: LiveFeedRequest): AsyncIterable<RecordedEvent> {
    if (request.after !== undefined && request.after !== null && !/^\d{1,19}$/.test(request.after)) {
      throw rejected('REQUEST_INVALID', { operation: 'the subscription', reason: '"after" is not a position of the log' });
    }
    const watcher = new Watcher(request, {
      ready: () => this.opened(),
      seen: () => this.seen,
      read: (after, limit) => this.store.readAll({ after, limit, filter: filterOf(request) }),
      leave: (gone) => this.remove(gone),
    });
    this.add(watcher);
    return watcher;
  }

  /** Watchers at hand, for the process's own figures. */
  get size(): number {
    let size = 0;
    for (const watchers of this.watchers.values()) size += watchers.size;
    return size;
  }

  /** Follows the log before anybody watches, so that a watch knows at once what "from now on" means. A store that is away then is tried again by the first watcher. */
  async onApplicationBootstrap(): Promise<void> {
    await this.opened().catch((error: unknown) => this.logger.warn({ error }, 'the live feed cannot follow the log yet'));
  }

  async onModuleDestroy(): Promise<void> {
    this.stopped = true;
    for (const watchers of [...this.watchers.values()]) for (const watcher of [...watchers]) watcher.end();
    await this.opening?.catch(() => undefined);
    await this.tail?.stop();
  }

  private add(watcher: Watcher): void {
    const { tenant } = watcher.request;
    const watchers = this.watchers.get(tenant) ?? new Set();
    watchers.add(watcher);
    this.watchers.set(tenant, watchers);
    // A failure to open shows at the watcher's first `next`.
    this.opened().catch(() => undefined);
    if (this.stopped) watcher.end();
  }

  private remove(watcher: Watcher): void {
    const watchers = this.watchers.get(watcher.request.tenant);
    watchers?.delete(watcher);
    if (watchers?.size === 0) this.watchers.delete(watcher.request.tenant);
  }

  private opened(): Promise<void> {
    this.opening ??= this.open().catch((error: unknown) => {
      this.opening = null;
      throw error;
    });
    return this.opening;
  }

  private async open(): Promise<void> {
    this.seen ??= await this.store.head();
    this.follow(this.seen);
  }

  private follow(after: Position): void {
    if (this.stopped) return;
    this.tail = this.store.subscribe({ after }, (batch) => this.fanOut(batch));
    this.tail.ended.catch((error: unknown) => {
      if (this.stopped) return;
      this.logger.warn({ error }, 'the live feed lost the log and follows it again from where it was');
      this.timers.after(RETRY_AFTER, () => this.follow(this.seen ?? after));
    });
  }

  private fanOut(batch: SubscriptionBatch): Promise<void> {
    for (const event of batch.events) for (const watcher of this.watchers.get(event.meta.tenant) ?? []) watcher.offer(event);
    if (this.seen === null || comparePositions(batch.position, this.seen) > 0) this.seen = batch.position;
    return Promise.resolve();
  }
}

function filterOf(request: LiveFeedRequest): EventFilter {
  return {
    ...(request.types === undefined ? {} : { types: request.types }),
    ...(request.categories === undefined ? {} : { categories: request.categories }),
  };
}
