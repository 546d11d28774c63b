// The newest stretch of the log, for all followers that stand at its end: what this process wrote is there already, the rest is read once for all.
// Most events are none of most followers' business: who has none among the new ones sleeps on, and moves on now and then.
import { categoryOf, type EventFilter, type LogPage, type RecordedEvent, type StreamId, type Timer, type Timers } from '@kari/kernel';
import type { EventRow, PlacedRow } from './rows.js';

const PAGE = 500;
const MOST_EVENTS = 2_000;
const MOST_CHARACTERS = 4 * 1024 * 1024;
/** How long a follower may stand still while the log grows by what is none of its business. */
const STANDING_MS = 20;

export interface RecentRows {
  readonly rows: readonly PlacedRow[];
  /** Nothing stands between the last row and this place. */
  readonly scannedTo: bigint;
}

export interface RecentLogParts {
  /** How far the log is known to reach. */
  reach(): bigint;
  /** Resolves when the log may reach beyond that place, or when the signal aborts. */
  grownBeyond(position: bigint, signal: AbortSignal): Promise<void>;
  readonly timers: Pick<Timers, 'after'>;
  /** Every event behind that place, in order. */
  read(after: bigint, limit: number): Promise<RecentRows>;
  decode(row: EventRow): Promise<RecordedEvent>;
}

interface Entry {
  readonly position: bigint;
  readonly row: EventRow;
  /** Decoded for the first who wants it, and shared: nobody may change it. */
  event: Promise<RecordedEvent> | null;
}

interface Sleeper {
  readonly after: bigint;
  readonly concerns: Concerns;
  wake(): void;
}

type Concerns = (row: EventRow) => boolean;

export class RecentLog {
  /** What is kept lies behind `from` and goes on to `to`; null until somebody has come to the end of the log. */
  private from: bigint | null = null;
  private to = 0n;
  private entries: Entry[] = [];
  private characters = 0;
  private reading: Promise<void> | null = null;
  private readonly sleepers = new Set<Sleeper>();
  private watching = false;
  private moving: Timer | null = null;

  constructor(private readonly parts: RecentLogParts) {}

  /** Somebody has read up to the end by himself: what follows is kept. */
  beginAt(head: bigint): void {
    if (this.from !== null) return;
    this.from = head;
    this.to = head;
  }

  /** This process wrote these, one behind the other. Where others came between, they will be read. */
  wrote(rows: readonly PlacedRow[]): void {
    const [first] = rows;
    if (first === undefined || this.from === null || BigInt(first.position) !== this.to + 1n) return;
    this.grow(rows, BigInt((rows.at(-1) ?? first).position));
  }

  /** Events have left the log. */
  forget(): void {
    this.from = null;
    this.entries = [];
    this.characters = 0;
    this.wakeAll();
  }

  /** Resolves when there may be something for that follower behind its place, some time after the log has grown by anything, or with the signal. */
  grownFor(filter: EventFilter | undefined, after: bigint, signal: AbortSignal): Promise<void> {
    if (filter === undefined || this.from === null || after < this.from || after > this.to) return this.parts.grownBeyond(after, signal);
    const concerns = concernsOf(filter);
    if (signal.aborted || this.someBehind(after, concerns)) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        this.sleepers.delete(sleeper);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      const sleeper: Sleeper = { after, concerns, wake };
      this.sleepers.add(sleeper);
      signal.addEventListener('abort', wake, { once: true });
      if (after < this.to) this.moveOnSoon();
      this.watch();
    });
  }

  /** Null for a place that is not kept. */
  async page(after: bigint, filter: EventFilter | undefined, limit: number): Promise<LogPage | null> {
    if (this.from !== null && after === this.to && this.to < this.parts.reach()) await this.readOn();
    // A log that has become shorter was restored from a backup: what is kept may be of the one before.
    if (this.to > this.parts.reach()) this.forget();
    if (this.from === null || after < this.from || after > this.to) return null;
    const concerns = concernsOf(filter);
    const found: Entry[] = [];
    for (let index = this.indexBehind(after); index < this.entries.length && found.length < limit; index += 1) {
      const entry = this.entries[index] as Entry;
      if (concerns(entry.row)) found.push(entry);
    }
    const scannedTo = found.length === limit ? (found.at(-1) as Entry).position : this.to;
    return { events: await Promise.all(found.map((entry) => this.decoded(entry))), scannedTo: scannedTo.toString() };
  }

  /** One read at a time, whoever asks. */
  private readOn(): Promise<void> {
    this.reading ??= this.append().finally(() => (this.reading = null));
    return this.reading;
  }

  private async append(): Promise<void> {
    const after = this.to;
    const { rows, scannedTo } = await this.parts.read(after, PAGE);
    if (this.from === null || this.to !== after) return;
    this.grow(rows, scannedTo);
  }

  private grow(rows: readonly PlacedRow[], to: bigint): void {
    for (const row of rows) {
      this.entries.push({ position: BigInt(row.position), row, event: null });
      this.characters += weightOf(row);
    }
    if (to > this.to) this.to = to;
    for (const sleeper of this.sleepers) if (rows.some(sleeper.concerns)) sleeper.wake();
    if (this.sleepers.size > 0) this.moveOnSoon();
    let surplus = 0;
    for (let { characters } = this; this.entries.length - surplus > MOST_EVENTS || characters > MOST_CHARACTERS; surplus += 1)
      characters -= weightOf((this.entries[surplus] as Entry).row);
    for (const { position, row } of this.entries.splice(0, surplus)) {
      this.from = position;
      this.characters -= weightOf(row);
    }
  }

  /** Of what other processes write it learns for all who sleep. */
  private watch(): void {
    if (this.watching) return;
    this.watching = true;
    const before = this.to;
    void this.parts
      .grownBeyond(before, new AbortController().signal)
      .then(() => (this.from !== null && this.to < this.parts.reach() ? this.readOn() : undefined))
      // Each meets the failure in its own read, and has its own way with it.
      .catch(() => this.wakeAll())
      .finally(() => {
        this.watching = false;
        // A log that tells of growth where there is none is being closed.
        if (this.sleepers.size > 0 && this.parts.reach() > before) this.watch();
      });
  }

  private moveOnSoon(): void {
    this.moving ??= this.parts.timers.after(STANDING_MS, () => {
      this.moving = null;
      for (const sleeper of this.sleepers) if (sleeper.after < this.to) sleeper.wake();
    });
  }

  private wakeAll(): void {
    for (const sleeper of this.sleepers) sleeper.wake();
  }

  private someBehind(after: bigint, concerns: Concerns): boolean {
    for (let index = this.indexBehind(after); index < this.entries.length; index += 1)
      if (concerns((this.entries[index] as Entry).row)) return true;
    return false;
  }

  private indexBehind(after: bigint): number {
    let [low, high] = [0, this.entries.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.entries[middle] as Entry).position <= after) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private decoded(entry: Entry): Promise<RecordedEvent> {
    entry.event ??= this.parts.decode(entry.row).then(
      (event) => frozen(event),
      (error: unknown) => {
        // A blob store out of reach: the next reader tries again.
        entry.event = null;
        throw error;
      },
    );
    return entry.event;
  }
}

/** Followers keep their filters for as long as they follow. */
const known = new WeakMap<EventFilter, Concerns>();

function concernsOf(filter: EventFilter | undefined): Concerns {
  if (filter === undefined) return () => true;
  const before = known.get(filter);
  if (before !== undefined) return before;
  const types = filter.types === undefined ? null : new Set(filter.types);
  const categories = filter.categories === undefined ? null : new Set(filter.categories);
  const concerns: Concerns = ({ type, stream }) => types?.has(type) !== false && categories?.has(categoryOf(stream as StreamId)) !== false;
  known.set(filter, concerns);
  return concerns;
}

function weightOf(row: EventRow): number {
  return (row.data?.length ?? 0) + row.meta.length;
}

function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const inner of Object.values(value)) frozen(inner);
  return Object.freeze(value);
}
