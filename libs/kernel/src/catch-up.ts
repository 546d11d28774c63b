// The catch-up subscription, once for every adapter: read on, hand over, wait at the end. Pull-based: a slow handler reads nothing ahead.
import { comparePositions, START, type Position, type RecordedEvent } from './event.js';
import type { EventFilter, SubscribeOptions, Subscription, SubscriptionBatch } from './event-store.port.js';

export interface LogPage {
  readonly events: readonly RecordedEvent[];
  /** Nothing that the filter lets through stands between the events given and this place. */
  readonly scannedTo: Position;
}

/** What an adapter lends to the loop. */
export interface LogReader {
  read(after: Position, filter: EventFilter | undefined, limit: number): Promise<LogPage>;
  /**
   * Resolves when the log may reach beyond that position, or when the signal aborts. It may take its time over what the filter leaves out, unless
   * `awaited`: somebody waits for the follower to move on.
   */
  grownBeyond(position: Position, signal: AbortSignal, awaited: boolean): Promise<void>;
  /** Called when a read failed: waits before the next try, or rethrows what no waiting will mend. */
  afterFailedRead(failure: unknown, attempt: number, signal: AbortSignal): Promise<void>;
}

const DEFAULT_BATCH = 500;

interface Waiter {
  readonly position: Position;
  resolve(): void;
  reject(error: Error): void;
}

export function catchUp(reader: LogReader, options: SubscribeOptions, onBatch: (batch: SubscriptionBatch) => Promise<void>): Subscription {
  const stopping = new AbortController();
  const waiters = new Set<Waiter>();
  let position = options.after ?? START;
  let caughtUp = false;
  let over = false;
  let pause: AbortController | null = null;

  const ended = run().finally(() => {
    over = true;
    for (const waiter of waiters) waiter.reject(new Error('the subscription has ended'));
    waiters.clear();
  });
  // Whoever cares awaits `ended`; a handler's failure must not take the process down when nobody does.
  ended.catch(() => undefined);

  return {
    ended,
    get caughtUp() {
      return caughtUp;
    },
    async stop() {
      stopping.abort();
      pause?.abort();
      await ended.catch(() => undefined);
    },
    reached(wanted) {
      if (comparePositions(position, wanted) >= 0) return Promise.resolve();
      if (over) return Promise.reject(new Error('the subscription has ended'));
      return new Promise((resolve, reject) => {
        waiters.add({ position: wanted, resolve, reject });
        pause?.abort();
      });
    },
  };

  async function run(): Promise<void> {
    const { signal } = stopping;
    const limit = options.batch ?? DEFAULT_BATCH;
    for (let failures = 0; !signal.aborted;) {
      let page: LogPage;
      try {
        page = await reader.read(position, options.filter, limit);
        failures = 0;
      } catch (failure) {
        if (signal.aborted) return;
        failures += 1;
        await reader.afterFailedRead(failure, failures, signal);
        continue;
      }
      if (signal.aborted) return;
      if (comparePositions(page.scannedTo, position) > 0) {
        caughtUp &&= page.events.length < limit;
        await onBatch({ events: page.events, position: page.scannedTo });
        position = page.scannedTo;
        settle();
      } else {
        caughtUp = true;
        pause = new AbortController();
        await reader.grownBeyond(position, pause.signal, waiters.size > 0);
        pause = null;
      }
    }
  }

  function settle(): void {
    for (const waiter of waiters) {
      if (comparePositions(position, waiter.position) < 0) continue;
      waiters.delete(waiter);
      waiter.resolve();
    }
  }
}
