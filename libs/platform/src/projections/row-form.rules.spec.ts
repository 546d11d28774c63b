import { describe, expect, it } from '@jest/globals';
import type { ColumnKind } from '@kari/kernel';
import { inForm } from './row-form.rules.js';

function form(kind: ColumnKind, value: unknown): unknown {
  return inForm({ name: 's.t', columns: { v: `${kind}?` }, key: ['v'], tenantColumn: null }, { v: value })['v'];
}

describe('the form of a value', () => {
  it.each<[ColumnKind, unknown, unknown]>([
    ['text', 'a\ud800b', 'a\ufffdb'],
    ['uuid', '00000000-0000-7000-8000-00000000000A', '00000000-0000-7000-8000-00000000000a'],
    ['integer', -0, 0],
    ['bigint', 12n, '12'],
    ['bigint', '-9223372036854775808', '-9223372036854775808'],
    ['bigint', '007', '7'],
    ['timestamp', '2026-01-01T01:00:00+01:00', '2026-01-01T00:00:00.000Z'],
    ['timestamp', '2026-02-28T23:59:59.999Z', '2026-02-28T23:59:59.999Z'],
    ['timestamp', '2026-01-31T00:00:00Z', '2026-01-31T00:00:00.000Z'],
    ['timestamp', new Date(0), '1970-01-01T00:00:00.000Z'],
    ['json', [1, undefined, { b: 1, a: undefined }], [1, null, { b: 1 }]],
    ['json', 'text', 'text'],
    ['json', undefined, null],
  ])('%s %p becomes %p', (kind, value, expected) => expect(form(kind, value)).toEqual(expected));

  it.each<[ColumnKind, unknown]>([
    ['text', 1],
    ['text', 'a\u0000b'],
    ['uuid', 'x'],
    ['integer', 2 ** 31],
    ['integer', '1'],
    ['bigint', '9223372036854775808'],
    ['bigint', 1.5],
    ['double', Number.NaN],
    ['boolean', 'true'],
    ['timestamp', 'yesterday'],
    ['timestamp', 5],
    ['json', { a: Number.POSITIVE_INFINITY }],
    ['json', { a: 'b\u0000' }],
    ['json', () => 1],
  ])('%s refuses %p', (kind, value) => expect(() => form(kind, value)).toThrow(TypeError));

  it('orders the keys of JSON as jsonb does, and takes any key for data', () => {
    const value = form('json', JSON.parse('{"bb":1,"a":2,"__proto__":{"x":1},"ab":3}'));
    expect(JSON.stringify(value)).toBe('{"a":2,"ab":3,"bb":1,"__proto__":{"x":1}}');
    expect(({} as { x?: number }).x).toBeUndefined();
  });
});
