// One group of items as the arguments of `log.append_batch`, and its answers as results.
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
import { blobOf } from './rows.js';

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
    text: 'select * from log.append_batch($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)',
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
}

export function resultsOf(group: readonly EncodedItem[], rows: readonly AnswerRow[]): { results: AppendResult[]; last: bigint } {
  let last = 0n;
  const results = group.map((item, index): AppendResult => {
    const row = rows[index];
    switch (row?.outcome) {
      case 'appended':
      case 'repeated': {
        const position = row.position ?? '0';
        if (BigInt(position) > last) last = BigInt(position);
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
  return { results, last };
}

function encodedExpectation(expected: ExpectedVersion): string {
  if (expected === 'none') return '-1';
  if (expected === 'any') return '-2';
  if (expected === 'exists') return '-4';
  return expected.toString();
}
