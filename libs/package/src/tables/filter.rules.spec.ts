import { describe, expect, it } from '@jest/globals';
import type { Rejection } from '@kari/kernel';
import fc from 'fast-check';
import { compareValues, judgeFilter, matches } from './filter.rules.js';
import { emptyLayout, planLayout } from './layout.rules.js';

const { layout } = planLayout(emptyLayout, {
  version: 1,
  collections: {
    note: {
      description: 'A note.',
      fields: { title: { type: 'text' }, size: { type: 'integer' }, body: { type: 'json' }, secret: { type: 'text', encrypted: true } },
    },
  },
});
const note = layout!.collections['note']!;
const row: Readonly<Record<string, unknown>> = { title: 'Über', size: null, body: {}, secret: 'x', owner: null, version: 1 };
const holds = (filter: unknown) => matches(judgeFilter('note', note, filter), ({ name }) => row[name] ?? null);
const refusal = (filter: unknown): string => {
  try {
    judgeFilter('note', note, filter);
    return 'accepted';
  } catch (error) {
    const { code, facts } = error as Rejection;
    return `${code} ${String(facts['pointer'] ?? facts['field'])}`;
  }
};

describe('a filter', () => {
  it('is two-valued: what is not there is not equal, and neither less nor greater nor in', () => {
    expect(holds({ field: 'size', ne: 1 })).toBe(true);
    expect(['eq', 'lt', 'lte', 'gt', 'gte'].map((how) => holds({ field: 'size', [how]: 1 }))).toEqual(Array(5).fill(false));
    expect(holds({ not: { field: 'size', lt: 1 } })).toBe(true);
    expect(holds({ field: 'size', in: [1] })).toBe(false);
    expect(holds({ field: 'size', isNull: true })).toBe(true);
  });

  it('joins: none of nothing, all of nothing', () => {
    expect(holds({ and: [] })).toBe(true);
    expect(holds({ or: [] })).toBe(false);
    expect(
      holds({
        and: [{ field: 'title', startsWith: 'Ü' }, { or: [{ field: 'title', contains: 'xx' }, { not: { field: 'version', gt: 1 } }] }],
      }),
    ).toBe(true);
    expect(holds(undefined)).toBe(true);
  });

  it.each([
    ['DATA_QUERY_INVALID /where', []],
    ['DATA_QUERY_INVALID /where', {}],
    ['DATA_QUERY_INVALID /where', { field: 'title' }],
    ['DATA_QUERY_INVALID /where', { field: 'title', eq: 'a', ne: 'b' }],
    ['DATA_QUERY_INVALID /where', { field: 'title', like: '%' }],
    ['DATA_QUERY_INVALID /where/eq', { field: 'title', eq: null }],
    ['DATA_QUERY_INVALID /where/eq', { field: 'size', eq: '1 or 1=1' }],
    ['DATA_QUERY_INVALID /where/in/1', { field: 'size', in: [1, 'x'] }],
    ['DATA_QUERY_INVALID /where', { field: 'body', eq: 1 }],
    ['DATA_QUERY_INVALID /where', { field: 'secret', eq: 'x' }],
    ['DATA_QUERY_INVALID /where', { field: 'size', contains: '1' }],
    ['DATA_QUERY_INVALID /where/and/0', { and: [7] }],
    ['DATA_QUERY_INVALID /where/and', { and: {} }],
    ['DATA_FIELD_UNKNOWN constructor', { field: 'constructor', eq: 'x' }],
    ['DATA_FIELD_UNKNOWN __proto__', { field: '__proto__', eq: 'x' }],
    ['DATA_FIELD_UNKNOWN tenant', { field: 'tenant', eq: 'x' }],
    ['DATA_FIELD_UNKNOWN c1', { field: 'c1', eq: 'x' }],
  ])('is refused with %s', (problem, filter) => {
    expect(refusal(filter)).toBe(problem);
  });

  it('is limited in depth and number', () => {
    const deep = (depth: number): unknown => (depth === 0 ? { field: 'size', eq: 1 } : { not: deep(depth - 1) });
    expect(refusal(deep(8))).toBe('accepted');
    expect(refusal(deep(9))).toMatch('DATA_QUERY_INVALID');
    const many = (count: number) => ({ or: Array.from({ length: count }, () => ({ field: 'size', eq: 1 })) });
    expect(refusal(many(50))).toBe('accepted');
    expect(refusal({ or: [many(30), many(30)] })).toMatch('DATA_QUERY_INVALID');
  });

  it('of any form is judged or refused, never a surprise', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (filter) => {
        expect(refusal(filter)).toMatch(/^(accepted|DATA_QUERY_INVALID|DATA_FIELD_UNKNOWN)/);
      }),
    );
  });
});

describe('the order of texts', () => {
  it('is that of their bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
        expect(Math.sign(compareValues(a, b))).toBe(Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b))));
      }),
    );
    expect(compareValues('\uffff', '😀')).toBeLessThan(0);
  });
});
