// Whether a value fits its field, and its one form: what goes into the database comes out of it letter by letter, and out of the store in
// memory too.
import type { DataField } from '@kari/protocol/manifest';

export interface ValueShape {
  readonly type: DataField['type'];
  readonly maxLength: number | null;
  readonly values: readonly string[] | null;
}

export type JudgedValue = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly reason: string };

/** As the wire carries it: bytes in base64, dates and timestamps as text. Null is for the caller to judge. */
export function judgeValue(shape: ValueShape, value: unknown): JudgedValue {
  switch (shape.type) {
    case 'text':
      return text(shape, value);
    case 'integer':
      return typeof value === 'number' && Number.isSafeInteger(value)
        ? fine(value + 0)
        : bad('it is not a whole number of at most 53 bits');
    case 'number':
      return typeof value === 'number' && Number.isFinite(value) ? fine(value + 0) : bad('it is not a number');
    case 'boolean':
      return typeof value === 'boolean' ? fine(value) : bad('it is neither true nor false');
    case 'date':
      return typeof value === 'string' && isDay(value) ? fine(value) : bad('it is not a day like 2026-01-31');
    case 'timestamp':
      return timestamp(value);
    case 'uuid':
      return typeof value === 'string' && UUID.test(value) ? fine(value.toLowerCase()) : bad('it is not a uuid');
    case 'json':
      return value !== undefined && isStorable(value) ? fine(value) : bad('it holds a NUL or half a character');
    case 'bytes':
      return bytes(shape, value);
  }
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const DAY = /^(?!0000)\d{4}-\d{2}-\d{2}$/;
const MOMENT = /^(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$/;
/** Neither is text to PostgreSQL: NUL, and the half of a character. */
const UNSTORABLE = /\u0000|\p{Surrogate}/u;

function text({ maxLength, values }: ValueShape, value: unknown): JudgedValue {
  if (typeof value !== 'string') return bad('it is not text');
  if (values !== null && !values.includes(value)) return bad(`it is none of ${values.slice(0, 10).join(', ')}`);
  if (maxLength !== null && value.length > maxLength && [...value].length > maxLength)
    return bad(`it has more than ${maxLength} characters`);
  return UNSTORABLE.test(value) ? bad('it holds a NUL or half a character') : fine(value);
}

function timestamp(value: unknown): JudgedValue {
  const day = typeof value === 'string' ? MOMENT.exec(value)?.[1] : undefined;
  const moment = day === undefined || !isDay(day) ? Number.NaN : Date.parse(value as string);
  if (Number.isNaN(moment)) return bad('it is not a moment like 2026-01-31T12:00:00Z');
  const iso = new Date(moment).toISOString();
  // The offset may lead out of the four-digit years.
  return DAY.test(iso.slice(0, 10)) ? fine(iso) : bad('its year is not between 1 and 9999');
}

function bytes({ maxLength }: ValueShape, value: unknown): JudgedValue {
  if (typeof value !== 'string' || !BASE64.test(value)) return bad('it is not base64');
  const length = (value.length / 4) * 3 - (value.endsWith('==') ? 2 : value.endsWith('=') ? 1 : 0);
  return maxLength !== null && length > maxLength ? bad(`it has more than ${maxLength} bytes`) : fine(value);
}

/** A day that the calendar has: February 30 is none. */
function isDay(value: string): boolean {
  if (!DAY.test(value)) return false;
  const moment = Date.parse(`${value}T00:00:00Z`);
  return !Number.isNaN(moment) && new Date(moment).toISOString().startsWith(value);
}

function isStorable(value: unknown): boolean {
  if (typeof value === 'string') return !UNSTORABLE.test(value);
  if (typeof value === 'number') return Number.isFinite(value);
  if (Array.isArray(value)) return value.every(isStorable);
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([key, item]) => !UNSTORABLE.test(key) && isStorable(item));
}

function fine(value: unknown): JudgedValue {
  return { ok: true, value };
}

function bad(reason: string): JudgedValue {
  return { ok: false, reason };
}
