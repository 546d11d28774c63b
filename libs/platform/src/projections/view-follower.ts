// Follows the log into one table of a view for as long as its worker holds the lease. Batches and other work on the rows take turns.
import { comparePositions, type EventStore, type Position, type Projection, type Subscription } from '@kari/kernel';
import type { Lease } from '../leases/index.js';
import { BatchWriter, type Written, type WriterParts } from './batch-writer.js';
import type { Checkpoint, IdleCheckpoints } from './idle-checkpoints.js';
import { wishes } from './parking.js';
import { physicalName, type View } from './view-catalogue.js';
import { ViewTable } from './view-table.js';

export interface FollowerParts extends WriterParts {
  readonly store: EventStore;
  readonly checkpoints: IdleCheckpoints;
}

const BATCH = 1000;
/**
 * Between the batches of a view that stands at the end of the log: what comes meanwhile is written together. The first one never waits, and the
 * more one held, the more is worth waiting for: rows that change again are then written once.
 */
const PACE_MS = 5;
const PACE_PER_EVENT_MS = 0.1;
const LONGEST_PACE_MS = 40;

export class ViewFollower {
  position: Position;
  private readonly writer: BatchWriter;
  private readonly stopping = new AbortController();
  private readonly signal: AbortSignal;
  private turn: Promise<unknown> = Promise.resolve();
  private running: Promise<void> = Promise.resolve();
  private readonly checkpoint: Checkpoint;
  private subscription: Subscription | null = null;

  constructor(
    private readonly parts: FollowerParts,
    private readonly projection: Projection,
    readonly view: View,
    lease: Lease,
    signal: AbortSignal,
    private readonly onWritten: (written: Written) => void,
  ) {
    this.position = view.position;
    this.checkpoint = parts.checkpoints.follow(view);
    this.signal = AbortSignal.any([signal, this.stopping.signal]);
    const table = new ViewTable(projection.table, physicalName(projection, view.status), view.generation);
    this.writer = new BatchWriter(parts, projection, view, table, lease);
  }

  /** Rejects when the lease is lost or the store cannot go on; resolves after `stop`. */
  run(): Promise<void> {
    this.running = this.follow();
    return this.running;
  }

  private async follow(): Promise<void> {
    const { handles, carried } = this.projection;
    if (carried !== undefined) this.writer.carried = await this.carriedNumbers(carried);
    const filter = handles === '*' ? {} : { filter: { types: handles } };
    const subscription = this.parts.store.subscribe({ after: this.position, batch: BATCH, ...filter }, async (batch) => {
      if (batch.events.length === 0) this.passed(batch.position);
      else
        await this.inTurn(async () => {
          this.written(await this.writer.write(batch.events, { from: this.position, to: batch.position }, this.signal));
          this.checkpoint.stored = batch.position;
        });
      const pace = Math.min(LONGEST_PACE_MS, PACE_MS + batch.events.length * PACE_PER_EVENT_MS);
      if (batch.events.length < BATCH / 2) await this.parts.timers.sleep(pace, this.signal).catch(() => undefined);
    });
    this.subscription = subscription;
    try {
      await Promise.race([subscription.ended, aborted(this.signal)]);
    } catch (error) {
      // An end that was asked for is no failure, whatever the batch in hand said on its way out.
      if (!this.signal.aborted) throw error;
    } finally {
      this.stopping.abort();
      await subscription.stop().catch(() => undefined);
      await this.turn.catch(() => undefined);
      await this.parts.checkpoints.leave(this.checkpoint);
    }
  }

  /** What later events will bring along: their own events may be gone from the log, so that nothing in it keeps their place. */
  private async carriedNumbers(carried: NonNullable<Projection['carried']>): Promise<ReadonlySet<string>> {
    const numbers = new Set<string>();
    for await (const event of this.parts.store.readAll({ after: this.position, filter: { types: carried.types } })) {
      for (const number of carried.numbersOf(event)) numbers.add(number);
    }
    return numbers;
  }

  /** Resolves when the batch in hand is written, or given up. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running.catch(() => undefined);
  }

  /** Resolves once everything up to that position is in the table. */
  async reached(position: Position): Promise<void> {
    while (comparePositions(this.position, position) < 0) await this.parts.timers.sleep(2, this.signal);
  }

  /** Somebody waits for it to come so far: it moves on over foreign events at once. */
  wanted(position: Position): void {
    this.subscription?.reached(position).catch(() => undefined);
  }

  /** Fulfils what operators wish of parked keys. */
  async fulfilWishes(): Promise<void> {
    for (const { parkKey, what } of await wishes(this.parts.database.pool, this.view)) {
      await this.inTurn(async () => {
        this.written({ position: this.position, changed: await this.writer.redrive(parkKey, what, this.parts.store) });
      });
    }
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = this.turn.catch(() => undefined).then(work);
    this.turn = next;
    return next;
  }

  private written(written: Written): void {
    this.position = written.position;
    this.checkpoint.reached = written.position;
    this.onWritten(written);
  }

  private passed(position: Position): void {
    this.written({ position, changed: [] });
    this.parts.checkpoints.passed(this.checkpoint);
  }
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
