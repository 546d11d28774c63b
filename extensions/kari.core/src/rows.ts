// Steps over rows, each a pure function of the rows before it.
import type { CoreTypes } from './extension.types.js';

export type Row = Readonly<Record<string, unknown>>;
export type Step = CoreTypes['plugins']['data.transform']['input']['steps'][number];

const MOST_ROWS = 10_000;

export class TooManyRows extends Error {}

export function transformed(rows: readonly Row[], steps: readonly Step[]): readonly Row[] {
  return steps.reduce((current, step) => applied(current, step), rows);
}

function applied(rows: readonly Row[], step: Step): readonly Row[] {
  const { where, pick, omit, rename, set, sort, unique, group, expand, skip, limit } = step;
  if (where !== undefined) return rows.filter((row) => holds(valueAt(row, where.field), where.is, where.value));
  if (pick !== undefined)
    return rows.map((row) => ownRow(pick.filter((path) => valueAt(row, path) !== undefined).map((path) => [path, valueAt(row, path)])));
  if (omit !== undefined) return rows.map((row) => ownRow(Object.entries(row).filter(([name]) => !omit.includes(name))));
  if (rename !== undefined)
    return rows.map((row) =>
      ownRow(Object.entries(row).map(([name, value]) => [Object.hasOwn(rename, name) ? rename[name]! : name, value])),
    );
  if (set !== undefined) return rows.map((row) => ownRow([...Object.entries(row), ...Object.entries(set)]));
  if (sort !== undefined) return [...rows].sort((left, right) => ordered(left, right, sort));
  if (unique !== undefined) return firstOfEach(rows, unique);
  if (group !== undefined) return grouped(rows, group);
  if (expand !== undefined) return expanded(rows, expand);
  if (skip !== undefined) return rows.slice(skip);
  return rows.slice(0, limit);
}

function valueAt(row: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce(
      (value, name) => (typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? (value as Row)[name] : undefined),
      row,
    );
}

/** Built entry by entry, so that a name such as `__proto__` is a field like any other. */
function ownRow(entries: readonly (readonly [string, unknown])[]): Row {
  return Object.fromEntries(entries);
}

function holds(value: unknown, is: NonNullable<Step['where']>['is'], wanted: unknown): boolean {
  switch (is) {
    case 'exists':
      return value !== undefined && value !== null;
    case 'missing':
      return value === undefined || value === null;
    case 'eq':
      return same(value, wanted);
    case 'ne':
      return !same(value, wanted);
    case 'in':
      return Array.isArray(wanted) && wanted.some((item) => same(value, item));
    case 'contains':
      return Array.isArray(value) ? value.some((item) => same(item, wanted)) : typeof value === 'string' && value.includes(String(wanted));
    default: {
      // Only values of one kind have an order.
      if (typeof value !== typeof wanted || (typeof value !== 'number' && typeof value !== 'string')) return false;
      const order = compare(value, wanted);
      return is === 'lt' ? order < 0 : is === 'le' ? order <= 0 : is === 'gt' ? order > 0 : order >= 0;
    }
  }
}

function ordered(left: Row, right: Row, by: NonNullable<Step['sort']>): number {
  for (const { field, order = 'ascending' } of by) {
    const verdict = compare(valueAt(left, field), valueAt(right, field));
    if (verdict !== 0) return order === 'descending' ? -verdict : verdict;
  }
  return 0;
}

const KINDS = ['number', 'string', 'boolean', 'object', 'undefined'];

/** Numbers before texts before the rest; texts by code point, so that every machine sorts alike. */
function compare(left: unknown, right: unknown): number {
  if (typeof left !== typeof right) return KINDS.indexOf(typeof left) - KINDS.indexOf(typeof right);
  if (typeof left === 'number') return left - (right as number);
  if (typeof left === 'string' || typeof left === 'boolean')
    return left < (right as typeof left) ? -1 : left > (right as typeof left) ? 1 : 0;
  return 0;
}

function firstOfEach(rows: readonly Row[], fields: readonly string[]): readonly Row[] {
  const seen = new Set<string>();
  return rows.filter((row) => {
    const key = keyOf(row, fields);
    return !seen.has(key) && seen.add(key);
  });
}

function grouped(
  rows: readonly Row[],
  { by, count, sum = [], min = [], max = [], average = [] }: NonNullable<Step['group']>,
): readonly Row[] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const key = keyOf(row, by);
    const members = groups.get(key);
    if (members === undefined) groups.set(key, [row]);
    else members.push(row);
  }
  return [...groups.values()].map((members) => {
    const numbers = (field: string) => members.map((row) => valueAt(row, field)).filter((value) => typeof value === 'number');
    const total = (field: string) => numbers(field).reduce((left, right) => left + right, 0);
    const only = (field: string, choose: (values: readonly number[]) => number) =>
      [field, numbers(field).length === 0 ? null : choose(numbers(field))] as const;
    return ownRow([
      ...by.map((field) => [field, valueAt(members[0], field) ?? null] as const),
      ...(count === undefined ? [] : [[count, members.length] as const]),
      ...sum.map((field) => [field, total(field)] as const),
      ...min.map((field) => only(field, (values) => values.reduce((least, value) => Math.min(least, value)))),
      ...max.map((field) => only(field, (values) => values.reduce((most, value) => Math.max(most, value)))),
      ...average.map((field) => only(field, (values) => total(field) / values.length)),
    ]);
  });
}

function expanded(rows: readonly Row[], field: string): readonly Row[] {
  const result: Row[] = [];
  for (const row of rows) {
    const value = valueAt(row, field);
    for (const item of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (result.length >= MOST_ROWS) throw new TooManyRows(`"expand" makes more than ${MOST_ROWS} rows.`);
      result.push(ownRow([...Object.entries(row), [field, item ?? null]]));
    }
  }
  return result;
}

function keyOf(row: Row, fields: readonly string[]): string {
  return JSON.stringify(fields.map((field) => valueAt(row, field) ?? null));
}

function same(left: unknown, right: unknown): boolean {
  return left === right || (typeof left === 'object' && typeof right === 'object' && JSON.stringify(left) === JSON.stringify(right));
}
