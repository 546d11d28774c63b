// The newest stretch of the log, read once for all followers that stand at its end: an append wakes many, and each would ask the database alone.
import { categoryOf, type EventFilter, type LogPage, type RecordedEvent, type StreamId } from '@kari/kernel';
import type { EventRow } from './rows.js';

const PAGE = 500;
const MOST_EVENTS = 2_000;
const MOST_CHARACTERS = 4 * 1024 * 1024;

export interface RecentRows {
  readonly rows: readonly (EventRow & { readonly position: string })[];
  /** Nothing stands between the last row and this place. */
  readonly scannedTo: bigint;
}

export interface RecentLogParts {
  /** How far the log is known to reach. */
  reach(): bigint;
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

export class RecentLog {
  /** What is kept lies behind `from` and goes on to `to`; null until somebody has come to the end of the log. */
  private from: bigint | null = null;
  private to = 0n;
  private entries: Entry[] = [];
  private characters = 0;
  private reading: Promise<void> | null = null;

  constructor(private readonly parts: RecentLogParts) {}

  /** Somebody has read up to the end by himself: what follows is kept. */
  beginAt(head: bigint): void {
    if (this.from !== null) return;
    this.from = head;
    this.to = head;
  }

  /** Events have left the log. */
  forget(): void {
    this.from = null;
    this.entries = [];
    this.characters = 0;
  }

  /** Null for a place that is not kept. */
  async page(after: bigint, filter: EventFilter | undefined, limit: number): Promise<LogPage | null> {
    if (this.from !== null && after === this.to && this.to < this.parts.reach()) await this.readOn();
    // A log that has become shorter was restored from a backup: what is kept may be of the one before.
    if (this.to > this.parts.reach()) this.forget();
    if (this.from === null || after < this.from || after > this.to) return null;
    const found: Entry[] = [];
    for (let index = this.indexBehind(after); index < this.entries.length && found.length < limit; index += 1) {
      const entry = this.entries[index] as Entry;
      if (lets(filter, entry.row)) found.push(entry);
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
    for (const row of rows) {
      this.entries.push({ position: BigInt(row.position), row, event: null });
      this.characters += weightOf(row);
    }
    if (scannedTo > this.to) this.to = scannedTo;
    let surplus = 0;
    for (let { characters } = this; this.entries.length - surplus > MOST_EVENTS || characters > MOST_CHARACTERS; surplus += 1)
      characters -= weightOf((this.entries[surplus] as Entry).row);
    for (const { position, row } of this.entries.splice(0, surplus)) {
      this.from = position;
      this.characters -= weightOf(row);
    }
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

function lets(filter: EventFilter | undefined, row: EventRow): boolean {
  if (filter?.types !== undefined && !filter.types.includes(row.type)) return false;
  return filter?.categories === undefined || filter.categories.includes(categoryOf(row.stream as StreamId));
}

function weightOf(row: EventRow): number {
  return (row.data?.length ?? 0) + row.meta.length;
}

function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const inner of Object.values(value)) frozen(inner);
  return Object.freeze(value);
}
