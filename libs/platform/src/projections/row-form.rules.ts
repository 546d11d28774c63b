// One form for each value, whether it came from a fold or back from the database: else a view would depend on how its events were batched.
import type { ProjectionRow, ProjectionTable } from '@kari/kernel';
import { columnsOf, type Column } from './columns.rules.js';

/** Throws `TypeError` with the column's name when a value is not of its kind. */
export function inForm(table: ProjectionTable, row: ProjectionRow, columns: readonly Column[] = columnsOf(table)): ProjectionRow {
  const formed: Record<string, unknown> = {};
  for (const column of columns) formed[column.name] = valueInForm(column, row[column.name]);
  if (Object.keys(row).length > columns.length) {
    const extra = Object.keys(row).find((name) => !(name in formed));
    if (extra !== undefined) throw new TypeError(`column ${extra} is not in table ${table.name}`);
  }
  return formed;
}

function valueInForm(column: Column, value: unknown): unknown {
  if (value === null || value === undefined) {
    if (column.nullable) return null;
    throw new TypeError(`column ${column.name} may not be empty`);
  }
  const formed = FORMS[column.kind](value);
  if (formed === undefined) throw new TypeError(`column ${column.name} takes no such ${column.kind}: ${describe(value)}`);
  return formed;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

const FORMS: Readonly<Record<Column['kind'], (value: unknown) => unknown>> = {
  text: (value) => (typeof value === 'string' ? storable(value) : undefined),
  uuid: (value) => (typeof value === 'string' && UUID.test(value.toLowerCase()) ? value.toLowerCase() : undefined),
  integer: (value) => (typeof value === 'number' && Number.isInteger(value) && Math.abs(value) <= 2_147_483_647 ? value + 0 : undefined),
  bigint: (value) => wholeNumber(value),
  double: (value) => (typeof value === 'number' && Number.isFinite(value) ? value + 0 : undefined),
  boolean: (value) => (typeof value === 'boolean' ? value : undefined),
  timestamp: (value) => moment(value),
  json: (value) => json(value),
};

function wholeNumber(value: unknown): string | undefined {
  const text = typeof value === 'bigint' || (typeof value === 'number' && Number.isSafeInteger(value)) ? value.toString() : value;
  if (typeof text !== 'string' || !/^-?\d{1,19}$/.test(text)) return undefined;
  const number = BigInt(text);
  return BigInt.asIntN(64, number) === number ? number.toString() : undefined;
}

// Nearly every moment comes in this form already, with a day that every month has.
const USUAL_MOMENT = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;

function moment(value: unknown): string | undefined {
  if (typeof value === 'string' && USUAL_MOMENT.test(value)) return value;
  if (!(typeof value === 'string' || isDate(value))) return undefined;
  const date = new Date(value);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

function isDate(value: unknown): value is Date {
  return Object.prototype.toString.call(value) === '[object Date]';
}

/** As `jsonb` gives it back: keys ordered by length, then bytes; no undefined, no minus zero. */
function json(value: unknown): unknown {
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value + 0 : undefined;
  if (typeof value === 'string') return storable(value);
  if (typeof value !== 'object') return undefined;
  if (Array.isArray(value)) return value.map((item) => jsonOrThrow(item ?? null));
  const entries = Object.entries(value as Record<string, unknown>)
    .filter(([, item]) => item !== undefined)
    .map(([key, item]) => [storableOrThrow(key), jsonOrThrow(item)] as const)
    .sort(([a], [b]) => compareKeys(a, b));
  const ordered: Record<string, unknown> = {};
  // Defined, not assigned: a key named __proto__ is data like any other.
  for (const [key, item] of entries)
    Object.defineProperty(ordered, key, { value: item, enumerable: true, configurable: true, writable: true });
  return ordered;
}

function jsonOrThrow(value: unknown): unknown {
  const formed = json(value);
  if (formed === undefined) throw new TypeError(`a value inside is no JSON: ${describe(value)}`);
  return formed;
}

function storableOrThrow(text: string): string {
  const formed = storable(text);
  if (formed === undefined) throw new TypeError('a key inside holds a zero byte');
  return formed;
}

/** PostgreSQL's text knows no zero byte; half a surrogate pair has no UTF-8 form. */
function storable(text: string): string | undefined {
  if (text.includes('\u0000')) return undefined;
  return LONE_SURROGATE.test(text) ? text.replace(/\p{Surrogate}/gu, '\ufffd') : text;
}

const LONE_SURROGATE = /\p{Surrogate}/u;

function compareKeys(a: string, b: string): number {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length - right.length || left.compare(right);
}

function describe(value: unknown): string {
  if (typeof value === 'string') return `a text of ${value.length} letters`;
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return `${typeof value} ${String(value)}`;
  return `a value of type ${typeof value}`;
}
