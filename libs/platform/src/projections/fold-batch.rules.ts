// Folds one batch of events into rows, in memory. An event that a projection cannot take parks its key; what follows on that key waits behind it.
import { derivedId, type Projection, type ProjectionRow, type RecordedEvent } from '@kari/kernel';
import { inForm } from './row-form.rules.js';
import { columnsOf } from './columns.rules.js';

export interface Fault {
  readonly parkKey: string;
  readonly event: RecordedEvent;
  readonly reason: string;
}

export interface Waiting {
  readonly parkKey: string;
  readonly event: RecordedEvent;
}

export interface Folded {
  readonly upserts: readonly ProjectionRow[];
  /** Keys of rows that are gone. */
  readonly removals: readonly (readonly string[])[];
  /** Keys of everything that changed, removed ones included. */
  readonly changed: readonly (readonly string[])[];
  readonly faults: readonly Fault[];
  /** Events behind a parked key, in log order, those of the faults first among their key. */
  readonly waiting: readonly Waiting[];
}

export interface Assigned {
  readonly event: RecordedEvent;
  readonly key: readonly string[] | null;
  readonly parkKey: string;
  /** Why not even the key could be told. */
  readonly fault: string | null;
}

/** First step: which row each event concerns, so that the rows can be loaded at once. Events of no row are left out. */
export function assign(projection: Projection, events: readonly RecordedEvent[]): readonly Assigned[] {
  return events.flatMap((event) => {
    try {
      return (projection.spread?.(event) ?? [event]).flatMap((one) => assigned(projection, one));
    } catch (error) {
      return [unassigned(event, error)];
    }
  });
}

function assigned(projection: Projection, event: RecordedEvent): readonly Assigned[] {
  try {
    const key = projection.keyOf(event);
    if (key === null) return [];
    if (key.length !== projection.table.key.length)
      throw new TypeError(`keyOf answered ${key.length} of ${projection.table.key.length} values`);
    return [{ event, key, parkKey: idOfKey(key), fault: null }];
  } catch (error) {
    return [unassigned(event, error)];
  }
}

/** Without a key the stream is the best that is known of what must not be overtaken. */
function unassigned(event: RecordedEvent, error: unknown): Assigned {
  return { event, key: null, parkKey: streamKey(event), fault: reasonOf(error) };
}

/** Second step. `condemned`: events that the database refused, by id, with its reason. `nextNumber`: of the first new row, where rows are numbered. `carried`: numbers of rows that later events bring along. */
export function foldBatch(
  projection: Projection,
  assigned: readonly Assigned[],
  before: ReadonlyMap<string, ProjectionRow>,
  parked: ReadonlySet<string>,
  condemned: ReadonlyMap<string, string> = new Map(),
  nextNumber = 1n,
  carried: ReadonlySet<string> = new Set(),
): Folded {
  const { numberColumn } = projection.table;
  let number = nextNumber;
  const columns = columnsOf(projection.table);
  const rows = new Map<string, ProjectionRow | null>();
  const keys = new Map<string, readonly string[]>();
  const faults: Fault[] = [];
  const waiting: Waiting[] = [];
  const stopped = new Set(parked);
  const park = (parkKey: string, event: RecordedEvent, reason: string): void => {
    faults.push({ parkKey, event, reason });
    waiting.push({ parkKey, event });
    stopped.add(parkKey);
  };
  for (const { event, key, parkKey, fault } of assigned) {
    const behind = stopped.size === 0 ? null : stopped.has(parkKey) ? parkKey : stopped.has(streamKey(event)) ? streamKey(event) : null;
    if (behind !== null) {
      waiting.push({ parkKey: behind, event });
      continue;
    }
    if (key === null) {
      park(parkKey, event, fault ?? 'no key');
      continue;
    }
    const refused = condemned.get(event.id);
    if (refused !== undefined) {
      park(parkKey, event, refused);
      continue;
    }
    try {
      const row = rows.has(parkKey) ? (rows.get(parkKey) ?? null) : (before.get(parkKey) ?? null);
      const evolved = projection.evolve(row, event);
      const isNew = numberColumn !== undefined && row === null && evolved !== null && (evolved[numberColumn] ?? null) === null;
      while (isNew && carried.has(number.toString())) number += 1n;
      const after = isNew ? { ...evolved, [numberColumn]: number.toString() } : evolved;
      rows.set(parkKey, after === null ? null : formed(projection, after, key, columns));
      keys.set(parkKey, key);
      if (isNew) number += 1n;
    } catch (error) {
      park(parkKey, event, reasonOf(error));
    }
  }
  return collect(rows, keys, before, faults, waiting);
}

/** The same for equal keys, different for different ones. */
export function idOfKey(key: readonly string[]): string {
  const id = JSON.stringify(key);
  // A key too long for an index is what some events are parked for: its name must fit one all the same.
  return id.length <= LONGEST_ID ? id : `${id.slice(0, LONGEST_ID)} ${derivedId(id)}`;
}

const LONGEST_ID = 300;

function streamKey(event: RecordedEvent): string {
  return `stream ${event.stream}`;
}

function formed(projection: Projection, row: ProjectionRow, key: readonly string[], columns: ReturnType<typeof columnsOf>): ProjectionRow {
  const result = inForm(projection.table, row, columns);
  projection.table.key.forEach((name, index) => {
    if (String(result[name]) !== key[index]) throw new TypeError(`the row's ${name} is not the one that keyOf answered`);
  });
  return result;
}

function collect(
  rows: ReadonlyMap<string, ProjectionRow | null>,
  keys: ReadonlyMap<string, readonly string[]>,
  before: ReadonlyMap<string, ProjectionRow>,
  faults: readonly Fault[],
  waiting: readonly Waiting[],
): Folded {
  const upserts: ProjectionRow[] = [];
  const removals: (readonly string[])[] = [];
  const changed: (readonly string[])[] = [];
  for (const [id, row] of rows) {
    const key = keys.get(id) ?? [];
    if (row !== null) upserts.push(row);
    else if (before.has(id)) removals.push(key);
    else continue;
    changed.push(key);
  }
  return { upserts, removals, changed, faults, waiting };
}

function reasonOf(error: unknown): string {
  return (error instanceof Error || typeof (error as Error | null)?.message === 'string' ? (error as Error).message : String(error)).slice(
    0,
    500,
  );
}
