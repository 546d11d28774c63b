// Runs one reactor: either in one process of all, from a durable checkpoint, or in each process, in memory. Its effect is tried until it succeeds.
import { START, type EventStore, type Position, type RecordedEvent, type Timers } from '@kari/kernel';
import { LeaseLost, type Lease } from '../leases/index.js';
import type { Reactor } from '../registry/index.js';
import type { Logger } from '../telemetry/logger.port.js';
import { LeasedFollower } from './leased-follower.js';
import { saveCheckpoint } from './reaction-records.js';
import type { ReactionParts } from './reaction-parts.js';

const FIRST_PAUSE = 50;
const LONGEST_PAUSE = 10_000;

/** `runs: 'once'`. */
export class OnceReactorWorker {
  private readonly follower: LeasedFollower;

  constructor(
    private readonly parts: ReactionParts,
    private readonly reactor: Reactor,
  ) {
    this.follower = new LeasedFollower(parts, reactor.name, reactor.handles);
  }

  get reached(): Position | null {
    return this.follower.reached;
  }

  async work(lease: Lease, signal: AbortSignal): Promise<void> {
    await this.follower.follow(lease, signal, {
      react: async (event) => {
        await reactUntilDone(this.reactor, event, this.parts.timers, this.parts.logger, signal);
        await this.parts.database.transaction(
          async (client) => {
            await this.parts.leases.guard(lease, client);
            await saveCheckpoint(client, this.reactor.name, event.position);
          },
          { durable: false },
        );
      },
    });
  }
}

export interface EverywhereParts {
  readonly store: EventStore;
  readonly timers: Timers;
  readonly logger: Logger;
}

/** `runs: 'everywhere'`. */
export class EverywhereReactorWorker {
  private position: Position = START;
  private caughtUpWith: (() => void)[] = [];

  constructor(
    private readonly parts: EverywhereParts,
    private readonly reactor: Reactor,
  ) {}

  get reached(): Position {
    return this.position;
  }

  /** Resolves with the signal. The place to begin is fixed before the first await, by the caller. */
  async work(from: Position, signal: AbortSignal): Promise<void> {
    this.position = from;
    for (let pause = FIRST_PAUSE; !signal.aborted; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
      const subscription = this.parts.store.subscribe({ after: this.position, filter: { types: this.reactor.handles } }, async (batch) => {
        for (const event of batch.events) {
          await reactUntilDone(this.reactor, event, this.parts.timers, this.parts.logger, signal);
          this.position = event.position;
        }
        this.position = batch.position;
        pause = FIRST_PAUSE;
        for (const tell of this.caughtUpWith.splice(0)) tell();
      });
      try {
        await Promise.race([subscription.ended, aborted(signal)]);
      } catch (error) {
        if (!signal.aborted) this.parts.logger.warn({ reactor: this.reactor.name, error }, 'a reactor stands still, trying again');
      } finally {
        await subscription.stop().catch(() => undefined);
      }
      await this.parts.timers.sleep(pause, signal).catch(() => undefined);
    }
    for (const tell of this.caughtUpWith.splice(0)) tell();
  }

  /** Resolves when it has handled another batch. */
  progress(): Promise<void> {
    return new Promise((resolve) => this.caughtUpWith.push(resolve));
  }
}

async function reactUntilDone(reactor: Reactor, event: RecordedEvent, timers: Timers, logger: Logger, signal: AbortSignal): Promise<void> {
  for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    signal.throwIfAborted();
    try {
      return await reactor.react(event);
    } catch (error) {
      if (error instanceof LeaseLost || signal.aborted) throw error;
      logger.warn(
        { reactor: reactor.name, event: event.id, type: event.type, position: event.position, error },
        'a reactor failed, trying again',
      );
    }
    await timers.sleep(pause, signal);
  }
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
