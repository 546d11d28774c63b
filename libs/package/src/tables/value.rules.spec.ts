import { describe, expect, it } from '@jest/globals';
import type { DataField } from '@kari/protocol/manifest';
import fc from 'fast-check';
import { judgeValue, type ValueShape } from './value.rules.js';

const shape = (type: DataField['type'], more: Partial<ValueShape> = {}): ValueShape => ({ type, maxLength: null, values: null, ...more });
const fits = (type: DataField['type'], ...values: readonly unknown[]) => values.map((value) => judgeValue(shape(type), value).ok);
const form = (type: DataField['type'], value: unknown) => {
  const judged = judgeValue(shape(type), value);
  return judged.ok ? judged.value : judged.reason;
};

describe('a value', () => {
  it('of text has whole characters, no NUL, and its length in characters', () => {
    expect(fits('text', '', 'ümlaut', '😀', '\n')).toEqual([true, true, true, true]);
    expect(fits('text', 1, null, 'a\u0000', '\ud800')).toEqual([false, false, false, false]);
    expect(judgeValue(shape('text', { maxLength: 2 }), '😀😀').ok).toBe(true);
    expect(judgeValue(shape('text', { maxLength: 2 }), 'abc').ok).toBe(false);
    expect(judgeValue(shape('text', { values: ['a', 'b'] }), 'c')).toEqual({ ok: false, reason: 'it is none of a, b' });
  });

  it('of integer and number is exact or none', () => {
    expect(fits('integer', 0, -5, Number.MAX_SAFE_INTEGER)).toEqual([true, true, true]);
    expect(fits('integer', 1.5, 2 ** 53, '1', Number.NaN)).toEqual([false, false, false, false]);
    expect(fits('number', 1.5, -1e308)).toEqual([true, true]);
    expect(fits('number', Infinity, '1')).toEqual([false, false]);
    expect(Object.is(form('number', -0), 0)).toBe(true);
  });

  it('of a day or a moment is one that the calendar has, in one form', () => {
    expect(fits('date', '2026-02-28', '2024-02-29', '0001-01-01', '9999-12-31')).toEqual([true, true, true, true]);
    expect(fits('date', '2026-02-30', '2026-2-1', '0000-01-01', '10000-01-01', '2026-01-01T00:00:00Z')).toEqual(Array(5).fill(false));
    expect(form('timestamp', '2026-01-31T12:00+02:00')).toBe('2026-01-31T10:00:00.000Z');
    expect(form('timestamp', '2026-01-31T12:00:00.123456Z')).toBe('2026-01-31T12:00:00.123Z');
    expect(
      fits(
        'timestamp',
        '2026-01-31T12:00:00',
        '2026-02-30T00:00:00Z',
        '2026-01-01',
        '9999-12-31T23:59:59-01:00',
        '0001-01-01T00:00:00+01:00',
      ),
    ).toEqual(Array(5).fill(false));
  });

  it('of uuid is written small, of bytes is base64 in its one form', () => {
    expect(form('uuid', '0190ABCD-0000-7000-8000-00000000000A')).toBe('0190abcd-0000-7000-8000-00000000000a');
    expect(fits('uuid', '0190abcd', 7)).toEqual([false, false]);
    expect(fits('bytes', '', 'AA==', 'AAA=', 'AAAA')).toEqual([true, true, true, true]);
    expect(fits('bytes', 'A', 'AB==', 'AA=', 'AAA', 'A-A_', 'AA==AA==')).toEqual(Array(6).fill(false));
    expect(judgeValue(shape('bytes', { maxLength: 1 }), 'AAA=').ok).toBe(false);
  });

  it('of json holds nothing that the database cannot', () => {
    expect(fits('json', { a: [1, null, 'x'] }, [], 0, false)).toEqual([true, true, true, true]);
    expect(fits('json', { a: 'x\u0000' }, { 'k\u0000': 1 }, ['\udc00'], undefined)).toEqual([false, false, false, false]);
  });

  it('that fits keeps fitting: the form it gets is final', () => {
    const types = ['text', 'integer', 'number', 'boolean', 'date', 'timestamp', 'uuid', 'json', 'bytes'] as const;
    const anything = fc.oneof(
      fc.jsonValue(),
      fc.uuid(),
      fc.date({ noInvalidDate: true }).map((at) => at.toISOString()),
      fc.base64String(),
    );
    fc.assert(
      fc.property(fc.constantFrom(...types), anything, (type, value) => {
        const judged = judgeValue(shape(type), value);
        if (judged.ok) expect(judgeValue(shape(type), judged.value)).toEqual(judged);
      }),
    );
  });
});
