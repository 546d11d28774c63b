import { describe, expect, it } from '@jest/globals';
import type { Rejection } from '@kari/kernel';
import { emptyLayout, planLayout } from './layout.rules.js';
import { compareKeys, cursorOf, judgeAggregate, judgeFind, type FindRequest } from './query.rules.js';

const { layout } = planLayout(emptyLayout, {
  version: 1,
  collections: { note: { description: 'A note.', fields: { title: { type: 'text' }, size: { type: 'integer' }, body: { type: 'json' } } } },
});
const note = layout!.collections['note']!;
const ID = '00000000-0000-7000-8000-000000000001';
const pointer = (work: () => unknown): unknown => {
  try {
    work();
    return 'accepted';
  } catch (error) {
    const { code, facts } = error as Rejection;
    return facts['pointer'] ?? code;
  }
};
const find = (request: Partial<FindRequest>) => judgeFind(note, { collection: 'note', ...request });

describe('a page', () => {
  it('ends its order with the id, and goes on where the one before ended', () => {
    const order = [{ field: 'size', direction: 'desc' as const }];
    const { order: keys } = find({ order });
    expect(keys.map(({ asked, descending }) => [asked.name, descending])).toEqual([
      ['size', true],
      ['id', false],
    ]);
    expect(find({ order, after: cursorOf('note', keys, [null, ID]) }).after).toEqual([null, ID]);
  });

  it('believes no cursor: not one of another order, another collection, other values, or no cursor at all', () => {
    const order = [{ field: 'size' }];
    const { order: keys } = find({ order });
    const forged = [
      cursorOf('note', find({}).order, [ID]),
      cursorOf('other', keys, [1, ID]),
      cursorOf('note', keys, ["1'; drop table t1; --", ID]),
      cursorOf('note', keys, [1, null]),
      cursorOf('note', keys, [1, ID, 2]),
      'nonsense',
      '',
      Buffer.from('{"a":1}').toString('base64url'),
    ];
    expect(forged.map((after) => pointer(() => find({ order, after })))).toEqual(forged.map(() => '/after'));
  });

  it('is ordered by what can be ordered, each once', () => {
    expect(pointer(() => find({ order: [{ field: 'body' }] }))).toBe('/order/0/field');
    expect(pointer(() => find({ order: [{ field: 'size' }, { field: 'size' }] }))).toBe('/order/1/field');
    expect(pointer(() => find({ order: [{ field: 'nothing' }] }))).toBe('DATA_FIELD_UNKNOWN');
  });

  it('has rows without a value last in either direction', () => {
    const up = find({ order: [{ field: 'size' }] }).order;
    const down = find({ order: [{ field: 'size', direction: 'desc' }] }).order;
    const rows = [
      [null, 'a'],
      [1, 'b'],
      [2, 'c'],
      [1, 'a'],
    ];
    expect([...rows].sort((a, b) => compareKeys(up, a, b))).toEqual([
      [1, 'a'],
      [1, 'b'],
      [2, 'c'],
      [null, 'a'],
    ]);
    expect([...rows].sort((a, b) => compareKeys(down, a, b))).toEqual([
      [2, 'c'],
      [1, 'a'],
      [1, 'b'],
      [null, 'a'],
    ]);
  });
});

describe('a sum', () => {
  const aggregate =
    (measures: Readonly<Record<string, unknown>>, groupBy: readonly string[] = []) =>
    () =>
      judgeAggregate(note, { collection: 'note', measures, groupBy });

  it('is of numbers; the least and the greatest are of what has an order', () => {
    expect(pointer(aggregate({ n: { count: true }, s: { sum: 'size' }, m: { min: 'title' }, l: { max: 'created_at' } }, ['title']))).toBe(
      'accepted',
    );
    expect(pointer(aggregate({ s: { sum: 'title' } }))).toBe('/measures/s/sum');
    expect(pointer(aggregate({ s: { min: 'body' } }))).toBe('/measures/s/min');
    expect(pointer(aggregate({ s: { min: 'id' } }))).toBe('/measures/s/min');
  });

  it('has a name and one measure', () => {
    expect(pointer(aggregate({}))).toBe('/measures');
    expect(pointer(aggregate({ 'a b': { count: true } }))).toBe('/measures');
    expect(pointer(aggregate({ title: { count: true } }, ['title']))).toBe('/measures');
    expect(pointer(aggregate({ n: { count: false } }))).toBe('/measures/n');
    expect(pointer(aggregate({ n: { sum: 'size', avg: 'size' } }))).toBe('/measures/n');
    expect(pointer(aggregate({ n: { count: true } }, ['title', 'title']))).toBe('/groupBy');
    expect(pointer(aggregate({ n: { count: true } }, ['body']))).toBe('/groupBy/0');
  });
});
