// Brings one batch of events into one table of a view: rows, parked keys, checkpoint and fence in one transaction, or nothing of it. Nearly every
// batch is rows and nothing else: its transaction is one statement.
import { Unavailable, type EventStore, type Position, type Projection, type RecordedEvent, type Timers } from '@kari/kernel';
import type { PoolClient } from 'pg';
import { reachable, type SystemDatabase } from '../database/index.js';
import { LeaseLost, type Lease, type Leases } from '../leases/index.js';
import type { Logger } from '../telemetry/logger.port.js';
import { assign, foldBatch, type Folded } from './fold-batch.rules.js';
import { park, parkedKeys, unpark, waitingBehind, wishRefused, type Place, type Wish } from './parking.js';
import { saveCheckpoint, type View } from './view-catalogue.js';
import type { ViewTable } from './view-table.js';

/** How often a batch that was refused is tried again before somebody is held guilty. */
const TRIES = 3;
const FIRST_PAUSE = 50;
const LONGEST_PAUSE = 5000;

export interface WriterParts {
  readonly database: SystemDatabase;
  readonly leases: Leases;
  readonly timers: Timers;
  readonly logger: Logger;
}

/** Everything up to `from` is in the table; with the batch, everything up to `to`. */
export interface Stretch {
  readonly from: Position;
  readonly to: Position;
}

interface Rules {
  readonly mayPark: boolean;
  /** Events that the database refused, by id, with its reason. */
  readonly condemned?: ReadonlyMap<string, string>;
}

export interface Written {
  readonly position: Position;
  readonly changed: readonly (readonly string[])[];
}

export class BatchWriter {
  private parked: Set<string> | null = null;
  /** Numbers that no new row may get: set once, before the first batch. */
  carried: ReadonlySet<string> = new Set();

  constructor(
    private readonly parts: WriterParts,
    private readonly projection: Projection,
    private readonly view: View,
    private readonly table: ViewTable,
    private readonly lease: Lease,
  ) {}

  /** Throws `LeaseLost`, or the signal's reason. Everything else is waited out or parked. */
  async write(events: readonly RecordedEvent[], stretch: Stretch, signal: AbortSignal, tries = TRIES): Promise<Written> {
    for (let failures = 0; ;) {
      signal.throwIfAborted();
      try {
        return await this.attempt(events, stretch, { mayPark: failures + 1 >= tries });
      } catch (error) {
        if (error instanceof LeaseLost) throw error;
        // The way to the database never makes an event guilty.
        if (!(error instanceof Unavailable)) {
          failures += 1;
          if (failures >= tries) return this.writeHalves(events, stretch, error, signal);
        }
        this.parts.logger.warn(
          { projection: this.projection.name, position: stretch.to, failures, error },
          'a batch was not written, trying again',
        );
        await this.parts.timers.sleep(Math.min(LONGEST_PAUSE, FIRST_PAUSE * 4 ** Math.min(failures, 5)), signal);
      }
    }
  }

  /** Folds what waits behind a parked key, its first event left out if so wished; parks it again where it still cannot go on. */
  async redrive(parkKey: string, what: Wish, store: EventStore): Promise<Written['changed']> {
    this.parked = null;
    try {
      const places = await waitingBehind(this.parts.database.pool, this.view, parkKey);
      const events = await eventsAt(store, what === 'skip' ? places.slice(1) : places);
      return await this.parts.database.transaction(async (client) => {
        await this.parts.leases.guard(this.lease, client);
        await unpark(client, this.view, parkKey);
        return (await this.apply(client, events)).changed;
      });
    } catch (error) {
      if (error instanceof LeaseLost || error instanceof Unavailable) throw error;
      this.parts.logger.error({ projection: this.projection.name, key: parkKey, error }, 'a parked key could not be redriven');
      await wishRefused(this.parts.database.pool, this.view, parkKey, (error as Error).message);
      return [];
    } finally {
      this.parked = null;
    }
  }

  private async apply(client: PoolClient, events: readonly RecordedEvent[], rules: Rules = { mayPark: true }): Promise<Folded> {
    const folded = await this.fold(client, events, rules);
    await this.table.write(client, folded.upserts, folded.removals);
    await park(client, this.view, folded.faults, folded.waiting);
    return folded;
  }

  private async fold(client: Pick<PoolClient, 'query'>, events: readonly RecordedEvent[], rules: Rules): Promise<Folded> {
    const assigned = assign(this.projection, events);
    const keys = new Map(assigned.flatMap(({ key, parkKey }) => (key === null ? [] : [[parkKey, key] as const])));
    const before = await this.table.load(client, [...keys.values()]);
    this.parked ??= await parkedKeys(client, this.view);
    const next = await this.table.nextNumber(client);
    const folded = foldBatch(this.projection, assigned, before, this.parked, rules.condemned, next, this.carried);
    const [fault] = folded.faults;
    if (fault !== undefined && !rules.mayPark) throw new Error(`${fault.event.type} at ${fault.event.position}: ${fault.reason}`);
    return folded;
  }

  /** The database refuses the batch for what is in it: halve it until the event that does it stands alone. */
  private async writeHalves(
    events: readonly RecordedEvent[],
    { from, to }: Stretch,
    refusal: unknown,
    signal: AbortSignal,
  ): Promise<Written> {
    const [first] = events;
    if (first === undefined) throw refusal;
    if (events.length === 1)
      return this.attempt(events, { from, to }, { mayPark: true, condemned: new Map([[first.id, (refusal as Error).message]]) });
    const middle = Math.ceil(events.length / 2);
    const between = (events[middle - 1] as RecordedEvent).position;
    const left = await this.write(events.slice(0, middle), { from, to: between }, signal, 1);
    const right = await this.write(events.slice(middle), { from: between, to }, signal, 1);
    return { position: right.position, changed: [...left.changed, ...right.changed] };
  }

  private async attempt(events: readonly RecordedEvent[], stretch: Stretch, rules: Rules): Promise<Written> {
    const position = stretch.to;
    try {
      const folded = (await this.straight(events, stretch, rules)) ?? (await this.wholly(events, position, rules));
      for (const { parkKey, event, reason } of folded.faults) {
        this.parked?.add(parkKey);
        const fields = {
          projection: this.projection.name,
          key: parkKey,
          event: event.id,
          type: event.type,
          position: event.position,
          reason,
        };
        this.parts.logger.error(fields, 'a projection cannot take an event; its key is parked');
      }
      return { position, changed: folded.changed };
    } catch (error) {
      this.parked = null;
      throw error;
    }
  }

  /** Null where the batch is more than rows. What it read may be old by the time it writes, unless the fence still holds: then nobody else wrote. */
  private async straight(events: readonly RecordedEvent[], { from, to }: Stretch, rules: Rules): Promise<Folded | null> {
    const { leases, database } = this.parts;
    const { lease, view } = this;
    const { guarding } = leases;
    if (guarding === null) return null;
    const folded = await reachable(this.fold(database.pool, events, rules));
    if (folded.faults.length + folded.waiting.length > 0) return null;
    const { upserts, removals } = folded;
    const rows = { upserts, removals, lease, guarding, view, from, to };
    const { held, moved, at } = await reachable(this.table.writeFenced(database.pool, rows));
    // It tells the lease's owner, too.
    if (!held) await leases.guard(lease);
    // A try before this one was written, and its answer lost: folding its events again would count them twice.
    const isWritten = moved || (held && at === to);
    if (!isWritten) throw new LeaseLost(lease.shard);
    return folded;
  }

  private wholly(events: readonly RecordedEvent[], position: Position, rules: Rules): Promise<Folded> {
    return this.parts.database.transaction(
      async (client) => {
        await this.parts.leases.guard(this.lease, client);
        const result = await this.apply(client, events, rules);
        if (!(await saveCheckpoint(client, this.view, position))) throw new LeaseLost(this.lease.shard);
        return result;
      },
      // Derived from the log, which is durable: a power cut may take it back, rows and checkpoint together.
      { durable: false },
    );
  }
}

async function eventsAt(store: EventStore, places: readonly Place[]): Promise<readonly RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for (const { stream, revision } of places) {
    // One that was truncated since is no longer there to be folded.
    for await (const event of store.readStream(stream, { from: revision, to: revision, limit: 1 })) events.push(event);
  }
  return events;
}
