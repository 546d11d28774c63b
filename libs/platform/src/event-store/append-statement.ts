// One group of items as the arguments of `log.append_group`, and its answers as results and as the rows that stand in the log since.
import {
  DuplicateConflict,
  StreamDeleted,
  Unavailable,
  WrongExpectedVersion,
  type AppendResult,
  type EncodedEvent,
  type EncodedItem,
  type ExpectedVersion,
} from '@kari/kernel';
import { blobOf, type PlacedRow } from './rows.js';

export function appendStatement(group: readonly EncodedItem[]): { name: string; text: string; values: unknown[] } {
  const places = new Map<string, number>();
  const categories: string[] = [];
  const events: EncodedEvent[] = [];
  for (const item of group) {
    if (!places.has(item.stream)) {
      places.set(item.stream, places.size + 1);
      categories.push(item.category);
    }
    events.push(...item.events);
  }
  return {
    name: 'log-append',
    text: 'select * from log.append_group($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)',
    values: [
      [...places.keys()],
      categories,
      group.map((item) => places.get(item.stream)),
      group.map((item) => encodedExpectation(item.expected)),
      group.map((item) => item.events.length),
      events.map((event) => event.id),
      events.map((event) => event.type),
      events.map((event) => event.version),
      events.map((event) => (blobOf(event) === null ? event.data : null)),
      events.map(blobOf),
      events.map((event) => event.meta),
    ],
  };
}

export interface AnswerRow {
  readonly outcome: string;
  readonly revision: string | null;
  readonly position: string | null;
  readonly event_id: string | null;
  /** Milliseconds since the epoch; null where nothing of the group was new. */
  readonly recorded_at: string | null;
}

export interface Answered {
  readonly results: AppendResult[];
  /** The place of the last event that is known to be durable. */
  readonly last: bigint;
  /** What is new in the log, in its order: nothing stands between the first and the last of them. */
  readonly written: readonly PlacedRow[];
}

export function resultsOf(group: readonly EncodedItem[], rows: readonly AnswerRow[]): Answered {
  let last = 0n;
  const written: PlacedRow[] = [];
  const results = group.map((item, index): AppendResult => {
    const row = rows[index];
    switch (row?.outcome) {
      case 'appended':
      case 'repeated': {
        const position = row.position ?? '0';
        if (BigInt(position) > last) last = BigInt(position);
        if (row.outcome === 'appended') written.push(...rowsOf(item, row));
        return { ok: true, revision: BigInt(row.revision ?? -1), position, repeated: row.outcome === 'repeated' };
      }
      case 'wrong':
        return { ok: false, error: new WrongExpectedVersion(item.stream, BigInt(row.revision ?? -1)) };
      case 'conflict':
        return { ok: false, error: new DuplicateConflict(row.event_id ?? '') };
      case 'deleted':
        return { ok: false, error: new StreamDeleted(item.stream) };
      default:
        return { ok: false, error: new Unavailable('the event store gave no answer', false) };
    }
  });
  return { results, last, written };
}

/** As a read would give them. */
function rowsOf({ stream, events }: EncodedItem, { revision, position, recorded_at }: AnswerRow): readonly PlacedRow[] {
  const [lastRevision, lastPosition] = [BigInt(revision ?? -1), BigInt(position ?? 0)];
  return events.map((event, index): PlacedRow => {
    const behind = BigInt(events.length - 1 - index);
    const blob = blobOf(event);
    return {
      position: (lastPosition - behind).toString(),
      id: event.id,
      stream,
      revision: (lastRevision - behind).toString(),
      type: event.type,
      version: String(event.version),
      data: blob === null ? event.data : null,
      blob,
      meta: event.meta,
      recorded_at: recorded_at ?? '0',
    };
  });
}

function encodedExpectation(expected: ExpectedVersion): string {
  if (expected === 'none') return '-1';
  if (expected === 'any') return '-2';
  if (expected === 'exists') return '-4';
  return expected.toString();
}
