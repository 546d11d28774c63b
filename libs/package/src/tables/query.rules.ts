// Pages and sums: order, cursor, groups and measures of a foreign request, judged against the declared layout before anybody looks for rows.
import { rejected } from '@kari/kernel';
import { askedOf, compareValues, judgeFilter, type Asked, type Filter } from './filter.rules.js';
import type { CollectionLayout } from './layout.rules.js';
import { judgeValue } from './value.rules.js';

export interface FindRequest {
  readonly collection: string;
  readonly where?: unknown;
  readonly order?: readonly { readonly field: string; readonly direction?: 'asc' | 'desc' | undefined }[] | undefined;
  readonly limit?: number | undefined;
  /** `next` of the page before. */
  readonly after?: string | null | undefined;
}

export interface OrderKey {
  readonly asked: Asked;
  readonly descending: boolean;
}

export interface JudgedFind {
  readonly where: Filter;
  /** Ends with the id: no two rows stand at one place. */
  readonly order: readonly OrderKey[];
  readonly limit: number;
  /** A value for each key of the order: where the page before ended. */
  readonly after: readonly unknown[] | null;
}

export type Measure = { readonly name: string } & (
  { readonly what: 'count' } | { readonly what: 'sum' | 'avg' | 'min' | 'max'; readonly asked: Asked }
);

export interface AggregateRequest {
  readonly collection: string;
  readonly where?: unknown;
  readonly groupBy?: readonly string[] | undefined;
  /** Name in the answer → `{ count: true }`, `{ sum: field }`, `{ avg: field }`, `{ min: field }` or `{ max: field }`. */
  readonly measures: Readonly<Record<string, unknown>>;
}

export interface JudgedAggregate {
  readonly where: Filter;
  readonly groups: readonly Asked[];
  readonly measures: readonly Measure[];
}

export const queryLimits = {
  /** Rows of a page, unless the request says otherwise. */
  page: 100,
  /** Rows of a page at most. */
  largestPage: 500,
  /** Bytes of the rows of one answer; a page that would be larger ends earlier. */
  answerBytes: 512 * 1024,
  orderFields: 3,
  groupFields: 3,
  measures: 10,
  /** Groups of one answer at most. */
  groups: 500,
  cursorLength: 32_768,
} as const;

const NUMERIC: ReadonlySet<string> = new Set(['integer', 'number']);
const RANKED: ReadonlySet<string> = new Set(['integer', 'number', 'text', 'date', 'timestamp']);
const MEASURE_NAME = /^[a-z][a-zA-Z0-9_]{0,47}$/;

/** Throws `Rejection` DATA_QUERY_INVALID or DATA_FIELD_UNKNOWN. */
export function judgeFind(layout: CollectionLayout, request: FindRequest): JudgedFind {
  const { collection, limit = queryLimits.page } = request;
  const order = orderOf(collection, layout, request.order ?? []);
  const after = request.after === undefined || request.after === null ? null : cursorIn(collection, order, request.after);
  return { where: judgeFilter(collection, layout, request.where), order, limit, after };
}

function orderOf(collection: string, layout: CollectionLayout, order: NonNullable<FindRequest['order']>): readonly OrderKey[] {
  if (order.length > queryLimits.orderFields) throw refused('/order', `rows are ordered by at most ${queryLimits.orderFields} fields`);
  const keys = order.map(({ field, direction }, index): OrderKey => {
    const asked = askedOf(collection, layout, field);
    if (!asked.comparable) throw refused(`/order/${index}/field`, `rows cannot be ordered by ${field}`);
    return { asked, descending: direction === 'desc' };
  });
  const repeated = keys.findIndex(({ asked }, index) => keys.findIndex((other) => other.asked.name === asked.name) !== index);
  if (repeated >= 0) throw refused(`/order/${repeated}/field`, 'it is named twice');
  if (keys.some(({ asked }) => asked.name === 'id')) return keys;
  return [...keys, { asked: askedOf(collection, layout, 'id'), descending: false }];
}

/** Opaque to the caller, and believed in nothing: it is judged like any other value when it comes back. */
export function cursorOf(collection: string, order: readonly OrderKey[], values: readonly unknown[]): string {
  return base64url(JSON.stringify([signatureOf(collection, order), ...values]));
}

function cursorIn(collection: string, order: readonly OrderKey[], cursor: string): readonly unknown[] {
  const wrong = () => refused('/after', 'it is not the "next" of a page of this collection in this order');
  if (cursor.length > queryLimits.cursorLength) throw wrong();
  const read = parsed(cursor);
  if (!Array.isArray(read) || read.length !== order.length + 1 || read[0] !== signatureOf(collection, order)) throw wrong();
  return order.map(({ asked }, index) => {
    const value: unknown = read[index + 1];
    if (value === null && asked.name !== 'id') return null;
    const judged = judgeValue(asked.shape, value);
    if (!judged.ok) throw wrong();
    return judged.value;
  });
}

function signatureOf(collection: string, order: readonly OrderKey[]): string {
  return [collection, ...order.map(({ asked, descending }) => `${asked.name} ${descending ? 'desc' : 'asc'}`)].join(',');
}

function base64url(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64url');
}

function parsed(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as unknown;
  } catch {
    return null;
  }
}

/** Rows without a value come last, in either direction. */
export function compareKeys(order: readonly OrderKey[], a: readonly unknown[], b: readonly unknown[]): number {
  for (const [index, { descending }] of order.entries()) {
    const [left, right] = [a[index] ?? null, b[index] ?? null];
    if (left === null && right === null) continue;
    if (left === null) return 1;
    if (right === null) return -1;
    const compared = compareValues(left, right);
    if (compared !== 0) return descending ? -compared : compared;
  }
  return 0;
}

/** Throws `Rejection` DATA_QUERY_INVALID or DATA_FIELD_UNKNOWN. */
export function judgeAggregate(layout: CollectionLayout, request: AggregateRequest): JudgedAggregate {
  const { collection, groupBy = [] } = request;
  if (groupBy.length > queryLimits.groupFields || new Set(groupBy).size !== groupBy.length)
    throw refused('/groupBy', `rows are grouped by at most ${queryLimits.groupFields} fields, each once`);
  const groups = groupBy.map((field, index) => {
    const asked = askedOf(collection, layout, field);
    if (!asked.comparable) throw refused(`/groupBy/${index}`, `rows cannot be grouped by ${field}`);
    return asked;
  });
  const entries = Object.entries(request.measures);
  if (entries.length === 0 || entries.length > queryLimits.measures)
    throw refused('/measures', `there are 1 to ${queryLimits.measures} measures`);
  const measures = entries.map(([name, given]) => measureOf(collection, layout, name, given, groupBy));
  return { where: judgeFilter(collection, layout, request.where), groups, measures };
}

function measureOf(collection: string, layout: CollectionLayout, name: string, given: unknown, groupBy: readonly string[]): Measure {
  const at = '/measures';
  if (!MEASURE_NAME.test(name) || groupBy.includes(name))
    throw refused(at, 'the name of a measure has letters, digits and _, starts with a small letter, and is no field of groupBy');
  const [[what, of] = ['', null], ...others] = Object.entries(typeof given === 'object' && given !== null ? given : {});
  if (others.length === 0 && what === 'count' && of === true) return { name, what };
  if (others.length > 0 || (what !== 'sum' && what !== 'avg' && what !== 'min' && what !== 'max'))
    throw refused(`${at}/${name}`, 'a measure is { count: true }, or one of sum, avg, min, max with the name of a field');
  const asked = askedOf(collection, layout, of);
  const measurable = what === 'sum' || what === 'avg' ? NUMERIC : RANKED;
  if (!asked.comparable || !measurable.has(asked.shape.type))
    throw refused(`${at}/${name}/${what}`, `there is no ${what} of ${asked.name}`);
  return { name, what, asked };
}

function refused(pointer: string, reason: string): Error {
  return rejected('DATA_QUERY_INVALID', { pointer, reason });
}
