// Follows the log one event at a time from a durable checkpoint, for one worker of all that run it.
import { comparePositions, type Position, type RecordedEvent } from '@kari/kernel';
import type { Lease } from '../leases/index.js';
import { loadCheckpoint, saveCheckpoint } from './reaction-records.js';
import type { ReactionParts } from './reaction-parts.js';

export interface Steps {
  /** Handles the event and stores the checkpoint behind it. Log order; the next one comes when this has resolved. */
  react(event: RecordedEvent): Promise<void>;
  /** Other work between two events, about once a second and whenever `wake` is called. */
  lookAround?(): Promise<void>;
}

const BATCH = 100;
const LOOK_MS = 1000;

export class LeasedFollower {
  private wakeUp: (() => void) | null = null;
  private position: Position | null = null;

  constructor(
    private readonly parts: ReactionParts,
    private readonly name: string,
    private readonly handles: readonly string[],
  ) {}

  /** How far it is; null unless this process runs it. */
  get reached(): Position | null {
    return this.position;
  }

  /** Look around now. */
  wake(): void {
    this.wakeUp?.();
  }

  /** Rejects when the lease is lost or a step failed; resolves with the signal. */
  async follow(lease: Lease, outer: AbortSignal, steps: Steps): Promise<void> {
    const over = new AbortController();
    const signal = AbortSignal.any([outer, over.signal]);
    const { store, database, leases } = this.parts;
    const after = await loadCheckpoint(database.pool, this.name);
    let saved = after;
    let seen = after;
    this.position = after;
    // One thing at a time: an event, a look around, a checkpoint.
    let turn: Promise<unknown> = Promise.resolve();
    const inTurn = (work: () => Promise<void>): Promise<void> => {
      const next = turn.catch(() => undefined).then(() => (signal.aborted ? undefined : work()));
      turn = next;
      return next;
    };
    const subscription = store.subscribe({ after, batch: BATCH, filter: { types: this.handles } }, async (batch) => {
      for (const event of batch.events) {
        await inTurn(async () => {
          await steps.react(event);
          saved = event.position;
        });
        signal.throwIfAborted();
        this.position = event.position;
      }
      seen = batch.position;
      this.position = batch.position;
    });
    const looking = (async () => {
      while (!signal.aborted) {
        await this.pause(signal);
        await inTurn(async () => {
          await steps.lookAround?.();
          // Stretches without an event of ours: written now and then, so that a restart does not read them again.
          if (comparePositions(seen, saved) <= 0) return;
          const position = seen;
          await database.transaction(async (client) => {
            await leases.guard(lease, client);
            await saveCheckpoint(client, this.name, position);
          });
          saved = position;
        });
      }
    })();
    try {
      await Promise.race([subscription.ended, looking]);
    } catch (error) {
      if (!outer.aborted) throw error;
    } finally {
      over.abort();
      this.position = null;
      await subscription.stop().catch(() => undefined);
      await looking.catch(() => undefined);
    }
  }

  private async pause(signal: AbortSignal): Promise<void> {
    const woken = new AbortController();
    this.wakeUp = () => woken.abort();
    await this.parts.timers.sleep(LOOK_MS, AbortSignal.any([signal, woken.signal])).catch(() => undefined);
    this.wakeUp = null;
  }
}
