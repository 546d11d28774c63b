import { describe, expect, it } from '@jest/globals';
import type { Projection, ProjectionRow, RecordedEvent } from '@kari/kernel';
import { assign, foldBatch, idOfKey } from './fold-batch.rules.js';
import { A, bookProjection, bookStream, fact, note } from './testing/notes.js';

const projection = bookProjection() as unknown as Projection;

function recorded(
  event: ReturnType<typeof note>,
  position: number,
  stream = bookStream((event.data as { book: string }).book),
): RecordedEvent {
  return { ...event, stream, revision: BigInt(position), position: String(position), recordedAt: event.meta.occurredAt };
}

function fold(
  events: readonly RecordedEvent[],
  options: { before?: ProjectionRow[]; parked?: string[]; by?: Projection; condemned?: Map<string, string> } = {},
) {
  const by = options.by ?? projection;
  const before = new Map((options.before ?? []).map((row) => [idOfKey([String(row['tenant']), String(row['book'])]), row]));
  return foldBatch(by, assign(by, events), before, new Set(options.parked), options.condemned);
}

describe('folding a batch', () => {
  it('folds all events of a key into one write', () => {
    const { upserts, removals, changed, faults } = fold([recorded(note('x', 1), 1), recorded(note('x', 2), 2), recorded(note('y', 3), 3)]);
    expect(upserts).toMatchObject([
      { book: 'x', notes: 2, total: '3', last: 'note 2', tags: { tag1: 1, tag2: 1 } },
      { book: 'y', notes: 1, total: '3' },
    ]);
    expect([removals, changed, faults]).toEqual([
      [],
      [
        [A, 'x'],
        [A, 'y'],
      ],
      [],
    ]);
  });

  it('does not depend on how the events were cut into batches', () => {
    const events = Array.from({ length: 20 }, (_, index) => recorded(note('x', index), index + 1));
    const whole = fold(events).upserts;
    let row: readonly ProjectionRow[] = [];
    for (const event of events) row = fold([event], { before: [...row] }).upserts;
    expect(JSON.stringify(row)).toBe(JSON.stringify(whole));
  });

  it('removes a row that was there, and says nothing of one that never was', () => {
    const burn = recorded(fact('BookBurned', { book: 'x' }), 2);
    const [row] = fold([recorded(note('x', 1), 1)]).upserts;
    expect(fold([burn], { before: [row as ProjectionRow] })).toMatchObject({ upserts: [], removals: [[A, 'x']], changed: [[A, 'x']] });
    expect(fold([recorded(note('x', 1), 1), burn])).toMatchObject({ upserts: [], removals: [], changed: [] });
  });

  it('parks the key of an event it cannot take; the rest of the key waits, other keys go on (D-14)', () => {
    const poison = recorded(fact('Poison', { book: 'x' }), 2);
    const [before, after, other] = [recorded(note('x', 1), 1), recorded(note('x', 2), 3), recorded(note('y', 3), 4)];
    const { upserts, faults, waiting } = fold([before, poison, after, other]);
    expect(upserts).toMatchObject([
      { book: 'x', notes: 1 },
      { book: 'y', notes: 1 },
    ]);
    expect(faults).toEqual([{ parkKey: idOfKey([A, 'x']), event: poison, reason: 'indigestible' }]);
    expect(waiting.map(({ event }) => event.position)).toEqual(['2', '3']);
  });

  it('queues events of a key that is parked already', () => {
    const { upserts, waiting, faults } = fold([recorded(note('x', 1), 1)], { parked: [idOfKey([A, 'x'])] });
    expect([upserts, waiting.length, faults]).toEqual([[], 1, []]);
  });

  it('parks the stream when not even the key can be told', () => {
    const by = {
      ...projection,
      keyOf: (event: RecordedEvent) => (event.type === 'Poison' ? ['too', 'many', 'values'] : projection.keyOf(event)),
    };
    const { faults, waiting } = fold([recorded(fact('Poison', { book: 'x' }), 1), recorded(note('x', 1), 2)], { by });
    expect(faults).toMatchObject([{ parkKey: `stream ${bookStream('x')}`, reason: 'keyOf answered 3 of 2 values' }]);
    expect(waiting).toHaveLength(2);
  });

  it('holds an event for guilty that the database refused', () => {
    const event = recorded(note('x', 1), 1);
    expect(fold([event], { condemned: new Map([[event.id, 'index row too big']]) }).faults).toMatchObject([
      { reason: 'index row too big' },
    ]);
  });

  it.each([
    ['another key', { book: 'z' }, "the row's book is not the one that keyOf answered"],
    ['a missing value', { notes: undefined }, 'column notes may not be empty'],
    ['a wrong kind', { notes: 1.5 }, 'column notes takes no such integer: number 1.5'],
    ['an unknown column', { colour: 'red' }, 'column colour is not in table notes.book'],
  ])('parks a row with %s', (_, change, reason) => {
    const by = {
      ...projection,
      evolve: (row: ProjectionRow | null, event: RecordedEvent) => ({ ...projection.evolve(row, event), ...change }),
    };
    expect(fold([recorded(note('x', 1), 1)], { by }).faults).toMatchObject([{ reason }]);
  });
});

describe('one event that stands for several', () => {
  const sorted: Projection = {
    name: 'notes.sorted',
    version: 1,
    table: { name: 'notes.sorted', columns: { book: 'text', n: 'bigint' }, key: ['book'], tenantColumn: null, numberColumn: 'n' },
    handles: '*',
    spread: (event) =>
      event.type === 'BooksCarried' ? (event.data as { books: object[] }).books.map((data) => ({ ...event, data })) : [event],
    carried: { types: ['BooksCarried'], numbersOf: () => [] },
    keyOf: ({ data }) => [(data as { book: string }).book],
    evolve: (row, { data }) => row ?? { n: null, ...(data as { book: string }) },
  };
  const numbers = (events: readonly RecordedEvent[], carried: readonly string[] = []) =>
    foldBatch(sorted, assign(sorted, events), new Map(), new Set(), new Map(), 1n, new Set(carried)).upserts.map(({ book, n }) => [
      book,
      n,
    ]);
  const of = (type: string, data: object, position: number) => recorded(fact(type, data), position, bookStream('x'));

  it('concerns each of its rows, and rows that it carries keep their numbers; no other gets them (D-18)', () => {
    const later = of(
      'BooksCarried',
      {
        books: [
          { book: 'b', n: '2' },
          { book: 'd', n: '4' },
        ],
      },
      9,
    );
    const others = [of('BookAdded', { book: 'a' }, 1), of('BookAdded', { book: 'c' }, 3), of('BookAdded', { book: 'e' }, 5)];
    expect(numbers([...others, later], ['2', '4'])).toEqual([
      ['a', '1'],
      ['c', '3'],
      ['e', '5'],
      ['b', '2'],
      ['d', '4'],
    ]);
  });

  it('that cannot be spread is parked like any other that cannot be taken', () => {
    const broken = of('BooksCarried', { book: 'x' }, 1);
    const { faults, upserts } = foldBatch(sorted, assign(sorted, [broken]), new Map(), new Set());
    expect([faults.length, upserts]).toEqual([1, []]);
  });
});
