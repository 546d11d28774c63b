import { describe, expect, it } from '@jest/globals';
import {
  DuplicateConflict,
  encodeItem,
  StreamDeleted,
  Unavailable,
  WrongExpectedVersion,
  type EncodedItem,
  type ExpectedVersion,
  type StreamId,
} from '@kari/kernel';
import { seededIds } from '@kari/kernel/testing';
import { appendStatement, resultsOf, type AnswerRow } from './append-statement.js';

const ids = seededIds(3);
const meta = {
  tenant: '_',
  actor: 'someone',
  actorKind: 'user',
  commandId: 'c',
  commandType: 'TakeNote',
  correlationId: 'r',
  occurredAt: '2026-01-01T00:00:00.000Z',
} as const;
const holding = (stream: string, expected: ExpectedVersion, ...bodies: readonly unknown[]): EncodedItem =>
  encodeItem({
    stream: `test.note-_~${stream}` as StreamId,
    expected,
    events: bodies.map((data) => ({ id: ids.next(), type: 'NoteTaken', version: 2, data, meta })),
  });
const answer = (outcome: string, changes: Partial<AnswerRow> = {}): AnswerRow => ({
  outcome,
  revision: null,
  position: null,
  event_id: null,
  recorded_at: null,
  ...changes,
});

describe('a group of items as one statement', () => {
  const group = [holding('a', 'none', 1, 2), holding('b', 5n, 3), holding('a', 'any', 4), holding('c', 'exists', 5)];
  const [streams, categories, places, expected, counts, eventIds, types, versions, bodies, blobs, metas] = appendStatement(group).values;

  it('names each stream once, and each item by the place of its stream', () => {
    expect(streams).toEqual(['test.note-_~a', 'test.note-_~b', 'test.note-_~c']);
    expect(categories).toEqual(['test.note', 'test.note', 'test.note']);
    expect(places).toEqual([1, 2, 1, 3]);
  });
  it('tells what each item expects, apart from every revision', () => expect(expected).toEqual(['-1', '5', '-2', '-4']));
  it('lines up the events of all items, and says how many belong to each', () => {
    expect(counts).toEqual([2, 1, 1, 1]);
    expect(eventIds).toEqual(group.flatMap(({ events }) => events.map(({ id }) => id)));
    expect([types, versions]).toEqual([Array(5).fill('NoteTaken'), Array(5).fill(2)]);
    expect([bodies, blobs]).toEqual([['1', '2', '3', '4', '5'], Array(5).fill(null)]);
    expect(metas).toEqual(Array(5).fill(group[0]!.events[0]!.meta));
  });
  it('is prepared once under one name, with a place for every argument', () => {
    const { name, text, values } = appendStatement(group);
    expect(name).not.toBe('');
    expect(text.match(/\$\d+/g)).toEqual(values.map((_, index) => `$${index + 1}`));
    expect(text).toContain('log.append_group');
  });
  it('sends the reference of a body that lies elsewhere, and not the body', () => {
    const [item] = group as [EncodedItem];
    const away = { ...item, events: [{ ...item.events[0]!, data: '', blob: 'sha256-x' }, item.events[1]!] };
    const { values } = appendStatement([away]);
    expect([values[8], values[9]]).toEqual([
      [null, '2'],
      ['sha256-x', null],
    ]);
  });
});

describe('the answers to it', () => {
  const group = [holding('a', 'none', 1), holding('b', 'none', 2)];
  const only = (row: AnswerRow | undefined) => resultsOf(group.slice(0, 1), row === undefined ? [] : [row]).results[0];
  const errorOf = (row: AnswerRow | undefined): unknown => {
    const result = only(row);
    return result?.ok === false ? result.error : null;
  };

  it('are one result for each item, in order, and the furthest place of all', () => {
    const rows = [answer('appended', { revision: '0', position: '12' }), answer('repeated', { revision: '3', position: '9' })];
    expect(resultsOf(group, rows)).toMatchObject({
      results: [
        { ok: true, revision: 0n, position: '12', repeated: false },
        { ok: true, revision: 3n, position: '9', repeated: true },
      ],
      last: 12n,
    });
    expect(resultsOf(group, [...rows].reverse()).last).toBe(12n);
  });
  it('hand on what is new as a read would give it, and not what was there before', () => {
    const of = [holding('a', 4n, 1, 2, 3), holding('b', 'none', 4)] as const;
    const away = { ...of[0], events: of[0].events.map((event, index) => (index === 1 ? { ...event, data: '', blob: 'sha256-x' } : event)) };
    const rows = [
      answer('appended', { revision: '7', position: '23', recorded_at: '1767225600123' }),
      answer('repeated', { revision: '0', position: '5', recorded_at: '1767225600123' }),
    ];
    const { written } = resultsOf([away, of[1]], rows);
    expect(written.map(({ position, revision, data, blob }) => [position, revision, data, blob])).toEqual([
      ['21', '5', '1', null],
      ['22', '6', null, 'sha256-x'],
      ['23', '7', '3', null],
    ]);
    expect(written[0]).toEqual({
      position: '21',
      id: of[0].events[0]!.id,
      stream: 'test.note-_~a',
      revision: '5',
      type: 'NoteTaken',
      version: '2',
      data: '1',
      blob: null,
      meta: of[0].events[0]!.meta,
      recorded_at: '1767225600123',
    });
  });
  it('reach nowhere where nothing was written', () => expect(resultsOf(group, [answer('wrong'), answer('deleted')]).last).toBe(0n));
  it('say what stood in the way', () => {
    expect(errorOf(answer('wrong', { revision: '8' }))).toEqual(new WrongExpectedVersion('test.note-_~a', 8n));
    expect(errorOf(answer('wrong'))).toMatchObject({ actual: -1n });
    expect(errorOf(answer('conflict', { event_id: 'an-id' }))).toEqual(new DuplicateConflict('an-id'));
    expect(errorOf(answer('deleted'))).toEqual(new StreamDeleted('test.note-_~a'));
  });
  it('acknowledge nothing that was not answered, or that nobody knows', () => {
    for (const missing of [undefined, answer('something new')]) {
      expect(errorOf(missing)).toBeInstanceOf(Unavailable);
      expect(errorOf(missing)).toMatchObject({ retryable: false });
    }
  });
});
