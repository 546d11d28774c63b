// Which rows are meant: a foreign filter becomes a judged one or a refusal, and a judged one can be asked about a row in memory. Two-valued:
// a row without the value is not less, not greater and not in; it is "not equal". The database is asked in the same words.
import { rejected } from '@kari/kernel';
import { below } from '../schema/pointer.js';
import { own, type CollectionLayout, type FieldLayout } from './layout.rules.js';
import { judgeValue, type ValueShape } from './value.rules.js';

/** A column that can be asked about: a field, or one of those that every row has. */
export interface Asked {
  readonly name: string;
  readonly column: string;
  readonly shape: ValueShape;
  readonly comparable: boolean;
}

export type Comparison = 'eq' | 'ne' | 'lt' | 'lte' | 'gt' | 'gte';

export type Filter =
  | { readonly is: 'all' | 'any'; readonly of: readonly Filter[] }
  | { readonly is: 'not'; readonly of: Filter }
  | { readonly is: 'compared'; readonly asked: Asked; readonly how: Comparison; readonly value: unknown }
  | { readonly is: 'in'; readonly asked: Asked; readonly values: readonly unknown[] }
  | { readonly is: 'matched'; readonly asked: Asked; readonly how: 'contains' | 'startsWith'; readonly text: string }
  | { readonly is: 'null'; readonly asked: Asked; readonly wanted: boolean };

/** Every row. */
export const everything: Filter = { is: 'all', of: [] };

const DEEPEST = 8;
const MOST_CONDITIONS = 50;
const MOST_VALUES = 100;
const LONGEST_MATCH = 200;

const comparisons: ReadonlySet<string> = new Set(['eq', 'ne', 'lt', 'lte', 'gt', 'gte']);
const shape = (type: ValueShape['type']): ValueShape => ({ type, maxLength: null, values: null });

const always: Readonly<Record<string, Asked>> = Object.fromEntries(
  (
    [
      ['id', 'uuid'],
      ['version', 'integer'],
      ['created_at', 'timestamp'],
      ['updated_at', 'timestamp'],
      ['owner', 'text'],
    ] as const
  ).map(([name, type]) => [name, { name, column: name, shape: shape(type), comparable: true }]),
);

/** Throws `Rejection` DATA_FIELD_UNKNOWN. */
export function askedOf(collection: string, { fields }: CollectionLayout, name: unknown): Asked {
  const field = typeof name === 'string' ? own(fields, name) : null;
  const found = field === null ? (typeof name === 'string' ? own(always, name) : null) : asked(name as string, field);
  if (found === null) {
    const known = [...Object.keys(fields), ...Object.keys(always)];
    throw rejected('DATA_FIELD_UNKNOWN', { collection, field: String(name).slice(0, 100), known });
  }
  return found;
}

function asked(name: string, { column, type, sealed }: FieldLayout): Asked {
  // Compared by type alone: a value that the field cannot hold is found in no row, and that is no mistake.
  return { name, column, shape: shape(type), comparable: !sealed && type !== 'json' && type !== 'bytes' };
}

/** Throws `Rejection` DATA_QUERY_INVALID with a pointer into the filter, or DATA_FIELD_UNKNOWN. Absent: every row. */
export function judgeFilter(collection: string, layout: CollectionLayout, filter: unknown): Filter {
  let conditions = 0;
  function judge(given: unknown, at: string, depth: number): Filter {
    if (typeof given !== 'object' || given === null || Array.isArray(given)) throw refused(at, 'a filter is an object');
    if (depth > DEEPEST) throw refused(at, `filters are nested at most ${DEEPEST} deep`);
    const members = Object.entries(given as Record<string, unknown>);
    const [[name, value] = ['', null], ...others] = members;
    if (others.length === 0 && (name === 'and' || name === 'or')) {
      if (!Array.isArray(value) || value.length > MOST_CONDITIONS)
        throw refused(below(at, name), `it is a list of at most ${MOST_CONDITIONS} filters`);
      return { is: name === 'and' ? 'all' : 'any', of: value.map((one, index) => judge(one, below(below(at, name), index), depth + 1)) };
    }
    if (others.length === 0 && name === 'not') return { is: 'not', of: judge(value, below(at, 'not'), depth + 1) };
    conditions += 1;
    if (conditions > MOST_CONDITIONS) throw refused(at, `a filter has at most ${MOST_CONDITIONS} conditions`);
    return condition(collection, layout, given as Record<string, unknown>, at);
  }
  return filter === undefined || filter === null ? everything : judge(filter, '', 0);
}

function condition(collection: string, layout: CollectionLayout, given: Readonly<Record<string, unknown>>, at: string): Filter {
  const { field, ...operators } = given;
  const [[how, value] = ['', null], ...others] = Object.entries(operators);
  if (!Object.hasOwn(given, 'field') || how === '' || others.length > 0)
    throw refused(
      at,
      'a condition has "field" and one of eq, ne, lt, lte, gt, gte, in, contains, startsWith, isNull; filters are joined by and, or, not',
    );
  const one = askedOf(collection, layout, field);
  if (how === 'isNull') {
    if (typeof value !== 'boolean') throw refused(below(at, how), 'isNull is true or false');
    return { is: 'null', asked: one, wanted: value };
  }
  if (!one.comparable) throw refused(at, `${one.name} can only be asked with isNull`);
  if (comparisons.has(how)) return { is: 'compared', asked: one, how: how as Comparison, value: valueOf(one, value, below(at, how)) };
  if (how === 'in') {
    if (!Array.isArray(value) || value.length > MOST_VALUES) throw refused(below(at, how), `in is a list of at most ${MOST_VALUES} values`);
    return { is: 'in', asked: one, values: value.map((item, index) => valueOf(one, item, below(below(at, how), index))) };
  }
  if (how === 'contains' || how === 'startsWith') {
    if (one.shape.type !== 'text') throw refused(at, `${one.name} is no text`);
    const text = valueOf(one, value, below(at, how)) as string;
    if (text.length > LONGEST_MATCH) throw refused(below(at, how), `it has at most ${LONGEST_MATCH} characters`);
    return { is: 'matched', asked: one, how, text };
  }
  throw refused(at, `there is no ${how.slice(0, 50)}`);
}

function valueOf({ shape: wanted, name }: Asked, value: unknown, at: string): unknown {
  if (value === null || value === undefined) throw refused(at, 'null is asked for with isNull');
  const judged = judgeValue(wanted, value);
  if (!judged.ok) throw refused(at, `${name}: ${judged.reason}`);
  return judged.value;
}

function refused(pointer: string, reason: string): Error {
  return rejected('DATA_QUERY_INVALID', { pointer: `/where${pointer}`, reason });
}

/** `valueAt` answers null where the row has none. */
export function matches(filter: Filter, valueAt: (asked: Asked) => unknown): boolean {
  switch (filter.is) {
    case 'all':
      return filter.of.every((one) => matches(one, valueAt));
    case 'any':
      return filter.of.some((one) => matches(one, valueAt));
    case 'not':
      return !matches(filter.of, valueAt);
    case 'null':
      return (valueAt(filter.asked) === null) === filter.wanted;
    case 'in': {
      const value = valueAt(filter.asked);
      return value !== null && filter.values.includes(value);
    }
    case 'matched': {
      const value = valueAt(filter.asked);
      return typeof value === 'string' && (filter.how === 'contains' ? value.includes(filter.text) : value.startsWith(filter.text));
    }
    case 'compared': {
      const value = valueAt(filter.asked);
      if (value === null) return filter.how === 'ne';
      return holds(filter.how, compareValues(value, filter.value));
    }
  }
}

function holds(how: Comparison, order: number): boolean {
  switch (how) {
    case 'eq':
      return order === 0;
    case 'ne':
      return order !== 0;
    case 'lt':
      return order < 0;
    case 'lte':
      return order <= 0;
    case 'gt':
      return order > 0;
    case 'gte':
      return order >= 0;
  }
}

/** Neither is null, both are of one type. Texts by code point, as their bytes in UTF-8 are ordered: not by UTF-16 unit, not by language. */
export function compareValues(a: unknown, b: unknown): number {
  if (typeof a !== 'string' || typeof b !== 'string') return Number(a) - Number(b);
  const [left, right] = [a[Symbol.iterator](), b[Symbol.iterator]()];
  for (;;) {
    const [one, other] = [left.next(), right.next()];
    if (one.done === true || other.done === true) return Number(other.done ?? false) - Number(one.done ?? false);
    if (one.value !== other.value) return (one.value.codePointAt(0) ?? 0) - (other.value.codePointAt(0) ?? 0);
  }
}
