// One consumer group at work: a lane per key, so that a failing key delays only itself; the stored place never passes an unhandled message.
import {
  comparePositions,
  START,
  Unavailable,
  type EventStore,
  type Position,
  type RecordedEvent,
  type Scheduler,
  type Subscription,
  type Timers,
} from '@kari/kernel';
import type { BusConsumer } from './bus.port.js';
import { cloudEventOf, topicOf } from './cloud-event.js';
import type { ConsumerStates } from './consumer-states.port.js';
import { Progress } from './progress.js';
import { Slots } from './slots.js';

export interface ConsumerGroupOptions {
  readonly store: EventStore;
  readonly states: ConsumerStates;
  readonly timers: Timers;
  readonly scheduler: Scheduler;
  readonly onFault?: (error: unknown, what: string) => void;
}

const DEFAULT_TRIES = 5;
/** Messages taken in but not yet handled; the log waits beyond. */
const WINDOW = 1_000;
/** Handlers running at once. */
const CONCURRENCY = 32;
const FIRST_PAUSE = 20;
const LONGEST_PAUSE = 5_000;
const LONGEST_REASON = 500;
/** How long a place that moved over foreign messages alone may stay unwritten. */
const PLACE_LINGER_MS = 100;

/** The group is stopping: whatever is not handled yet stays unhandled, and comes again after the next start. */
class Stopping extends Error {}

export class ConsumerGroup {
  private readonly stopping = new AbortController();
  private readonly lanes = new Map<string, Promise<void>>();
  private readonly parked = new Set<string>();
  private readonly progress: Progress;
  private readonly slots = new Slots(CONCURRENCY);
  private subscription: Subscription | null = null;
  private started: Promise<void> = Promise.resolve();

  constructor(
    private readonly consumer: BusConsumer,
    private readonly options: ConsumerGroupOptions,
  ) {
    this.progress = new Progress(
      (position) => this.persistently('keeping the place', () => options.states.keepPlace(consumer.group, position)),
      (work) => options.timers.after(PLACE_LINGER_MS, work),
    );
  }

  start(): void {
    this.started = this.open().catch((error: unknown) => {
      this.collapse(error, `starting ${this.consumer.group}`);
    });
  }

  async reached(position: Position): Promise<void> {
    // Before the group has its place, an empty log would look handled, and what is appended next would be older than the group.
    await this.started;
    await this.progress.stored(position);
  }

  async stop(): Promise<void> {
    this.stopping.abort(new Stopping());
    this.progress.interrupt();
    await this.started;
    await this.subscription?.stop();
    await Promise.all(this.lanes.values());
    await this.progress.close();
  }

  async redrive(key: string): Promise<boolean> {
    await this.started;
    if (!this.parked.has(key)) return false;
    await this.enter(key, () => this.handleParked(key));
    return true;
  }

  private async open(): Promise<void> {
    const { states, store } = this.options;
    const { group } = this.consumer;
    let place = await this.persistently('reading the place', () => states.place(group));
    if (place === null) {
      place = this.consumer.from === 'now' ? await this.persistently('reading the head', () => store.head()) : START;
      const first = place;
      await this.persistently('keeping the place', () => states.keepPlace(group, first));
    }
    for (const { key } of await this.persistently('reading what is parked', () => states.parked(group))) this.parked.add(key);
    this.progress.begin(place);
    this.subscription = store.subscribe({ after: place }, async ({ events, position }) => {
      for (const event of events) await this.take(event);
      this.progress.seen(position);
    });
    this.subscription.ended.catch((error: unknown) => this.collapse(error, `following the log for ${group}`));
  }

  /** Into the lane of its key; resolves when there is room for the next one. */
  private async take(event: RecordedEvent): Promise<void> {
    if (!this.consumer.topics.includes(topicOf(event))) return;
    const { position } = event;
    this.progress.taken(position);
    void this.enter(event.stream, async () => {
      await this.handle(event);
      this.progress.done(position);
    });
    await this.progress.room(WINDOW);
  }

  /** One task of a key at a time, in the order they came. */
  private enter(key: string, task: () => Promise<void>): Promise<void> {
    const turn = (this.lanes.get(key) ?? Promise.resolve()).then(async () => {
      if (this.stopping.signal.aborted) return;
      await task().catch((error: unknown) => this.collapse(error, `handling ${key}`));
    });
    const lane = turn.finally(() => {
      if (this.lanes.get(key) === lane) this.lanes.delete(key);
    });
    this.lanes.set(key, lane);
    return lane;
  }

  private async handle(event: RecordedEvent): Promise<void> {
    const key = event.stream;
    if (this.parked.has(key)) return this.park(event, 0, 'waits behind a message that failed');
    const failure = await this.attempt(event, 0);
    if (failure === null) return;
    // Parked first, remembered second: were it the other way round, a crash between could let a later message of the key pass.
    await this.park(event, failure.attempts, failure.reason);
    this.parked.add(key);
    this.options.onFault?.(failure.error, `${this.consumer.group} parked ${key} at ${event.position}`);
  }

  private async handleParked(key: string): Promise<void> {
    const { states, store } = this.options;
    const { group } = this.consumer;
    for (;;) {
      const [first] = await this.persistently('reading what is parked', () => states.parked(group, key));
      if (first === undefined) break;
      const event = await this.persistently('reading a parked message', () => eventAt(store, first.position));
      const failure = event === null ? null : await this.attempt(event, first.attempts);
      if (failure !== null && event !== null) return this.park(event, failure.attempts, failure.reason);
      await this.persistently('releasing a message', () => states.release(group, key, first.position));
    }
    this.parked.delete(key);
  }

  /** Null when handled; otherwise why not, after all the tries a message gets in a row. */
  private async attempt(event: RecordedEvent, before: number): Promise<{ attempts: number; reason: string; error: unknown } | null> {
    const tries = this.consumer.tries ?? DEFAULT_TRIES;
    const message = { topic: topicOf(event), key: event.stream, event: cloudEventOf(event) };
    for (let failed = 0, outages = 0; ;) {
      await this.options.scheduler.turn(`${this.consumer.group} ${event.position}`);
      this.stopping.signal.throwIfAborted();
      try {
        await this.slots.during(() => this.consumer.handle({ ...message, attempt: before + failed + 1 }));
        return null;
      } catch (error) {
        if (error instanceof Unavailable && error.retryable) {
          // The road is broken, not the message: parking would only empty the topic into the parking lot.
          outages += 1;
          await this.pause(outages);
          continue;
        }
        failed += 1;
        if (failed >= tries) return { attempts: before + failed, reason: asError(error).message.slice(0, LONGEST_REASON), error };
        await this.pause(failed);
      }
    }
  }

  /** Something that no retry mends: the group ends, and its place stays before whatever was not handled. */
  private collapse(error: unknown, what: string): void {
    if (error instanceof Stopping) return;
    this.stopping.abort(new Stopping());
    this.progress.fail(asError(error));
    void this.subscription?.stop();
    this.options.onFault?.(error, what);
  }

  private park(event: RecordedEvent, attempts: number, reason: string): Promise<void> {
    const message = { group: this.consumer.group, key: event.stream, position: event.position, eventId: event.id, attempts, reason };
    return this.persistently('parking a message', () => this.options.states.park(message));
  }

  private async persistently<T>(what: string, work: () => Promise<T>): Promise<T> {
    for (let failed = 1; ; failed += 1) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof Unavailable && error.retryable)) throw error;
        this.options.onFault?.(error, what);
        await this.pause(failed);
      }
    }
  }

  private async pause(failed: number): Promise<void> {
    const { signal } = this.stopping;
    await this.options.timers.sleep(Math.min(FIRST_PAUSE * 2 ** (failed - 1), LONGEST_PAUSE), signal).catch(() => undefined);
    signal.throwIfAborted();
  }
}

async function eventAt(store: EventStore, position: Position): Promise<RecordedEvent | null> {
  for await (const event of store.readAll({ after: (BigInt(position) - 1n).toString(), limit: 1 })) {
    // Its stream may have been truncated since: then there is nothing left to handle.
    return comparePositions(event.position, position) === 0 ? event : null;
  }
  return null;
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
