import { describe, expect, it } from '@jest/globals';
import type { Rejection } from '@kari/kernel';
import { emptyLayout, planLayout } from './layout.rules.js';
import { asRead, judgeInsert, judgeUpdate, judgeUsage, weightOf } from './row.rules.js';

const { layout } = planLayout(emptyLayout, {
  version: 1,
  collections: {
    note: {
      description: 'A note.',
      fields: {
        title: { type: 'text', required: true, maxLength: 1_000_000 },
        size: { type: 'integer', default: 7 },
        kind: { type: 'text', required: true, default: 'plain' },
      },
    },
  },
});
const note = layout!.collections['note']!;
const insert = (values: Readonly<Record<string, unknown>>) => judgeInsert('note', note, values);
const code = (work: () => unknown): unknown => {
  try {
    work();
    return 'accepted';
  } catch (error) {
    return (error as Rejection).code;
  }
};

describe('an insert', () => {
  it('is a whole row: what is left out has its default, what is null is null', () => {
    expect(insert({ title: 'a' })).toEqual({ title: 'a', size: 7, kind: 'plain' });
    expect(insert({ title: 'a', size: null })).toEqual({ title: 'a', size: null, kind: 'plain' });
  });

  it('is refused where a value is missing, wrong, unknown or too large', () => {
    expect(code(() => insert({}))).toBe('DATA_VALUE_INVALID');
    expect(code(() => insert({ title: 'a', kind: null }))).toBe('DATA_VALUE_INVALID');
    expect(code(() => insert({ title: 'a', size: 1.5 }))).toBe('DATA_VALUE_INVALID');
    expect(code(() => insert({ title: 'a', id: 'x' }))).toBe('DATA_FIELD_UNKNOWN');
    expect(code(() => insert(JSON.parse('{"title":"a","__proto__":1}') as Record<string, unknown>))).toBe('DATA_FIELD_UNKNOWN');
    expect(code(() => insert({ title: 'x'.repeat(256 * 1024) }))).toBe('DATA_ROW_TOO_LARGE');
  });
});

describe('an update', () => {
  const before = { title: 'a', size: 1, kind: 'plain', id: 'x', version: 3 };

  it('changes what it names and keeps the rest', () => {
    expect(judgeUpdate('note', note, before, { size: null })).toEqual({ title: 'a', size: null, kind: 'plain' });
    expect(code(() => judgeUpdate('note', note, before, { title: null }))).toBe('DATA_VALUE_INVALID');
    expect(code(() => judgeUpdate('note', note, before, { version: 9 }))).toBe('DATA_FIELD_UNKNOWN');
  });

  it('gives a row of another version the default of what is required now', () => {
    expect(judgeUpdate('note', note, { title: 'a' }, { size: 2 })).toEqual({ title: 'a', size: 2, kind: 'plain' });
    expect(asRead(note.fields['kind']!, null)).toBe('plain');
    expect(asRead(note.fields['size']!, null)).toBeNull();
  });
});

describe('the room that is left', () => {
  const limit = { rows: 2, bytes: 100 };

  it('is judged before the write; smaller always fits', () => {
    expect(judgeUsage({ rows: 1, bytes: 50 }, { rows: 2, bytes: 100 }, limit)).toBeNull();
    expect(judgeUsage({ rows: 2, bytes: 50 }, { rows: 3, bytes: 60 }, limit)).toBe('rows');
    expect(judgeUsage({ rows: 1, bytes: 50 }, { rows: 1, bytes: 101 }, limit)).toBe('bytes');
    expect(judgeUsage({ rows: 9, bytes: 500 }, { rows: 8, bytes: 400 }, limit)).toBeNull();
    expect(judgeUsage({ rows: 9, bytes: 500 }, { rows: 9, bytes: 501 }, limit)).toBe('bytes');
  });

  it('is counted in bytes of JSON', () => {
    expect(weightOf({ a: 'ü' })).toBe(10);
  });
});
