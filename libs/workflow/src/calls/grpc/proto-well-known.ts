// Messages that Protocol Buffers writes in a form of their own in JSON: moments, durations, wrapped values, and JSON itself.
import { rejected } from '@kari/kernel';
import { isJsonObject, type Json, type JsonObject } from '../../json.js';
import { invalid } from '../http-request.rules.js';

const WRAPPERS = [
  'DoubleValue',
  'FloatValue',
  'Int64Value',
  'UInt64Value',
  'Int32Value',
  'UInt32Value',
  'BoolValue',
  'StringValue',
  'BytesValue',
];
const MOMENT = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/;
const DURATION = /^(-?)(\d{1,12})(?:\.(\d{1,9}))?s$/;

/** The fields of a well-known message; null where the type is none, and has no other form in JSON. */
export function wellKnownIn(type: string, value: Json, at: string): JsonObject | null {
  const name = nameOf(type);
  if (name === null) return null;
  if (WRAPPERS.includes(name)) return { value };
  switch (name) {
    case 'Timestamp':
      return momentIn(value, at);
    case 'Duration':
      return durationIn(value, at);
    case 'FieldMask':
      if (typeof value !== 'string') throw invalid(`${at} is no list of fields, as "one,other.inner"`);
      return { paths: value === '' ? [] : value.split(',').map((path) => path.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)) };
    case 'Struct':
      return { fields: value };
    case 'ListValue':
      return { values: value };
    case 'Value':
      return anyIn(value);
    case 'Any':
      throw invalid(`${at} is a google.protobuf.Any, whose type no proto file here knows`);
    default:
      return null;
  }
}

export function wellKnownOut(type: string, fields: JsonObject): Json {
  const name = nameOf(type);
  if (name === null) return fields;
  if (WRAPPERS.includes(name)) return fields['value'] ?? null;
  switch (name) {
    case 'Timestamp':
      return momentOut(BigInt(fields['seconds'] as string), fields['nanos'] as number);
    case 'Duration':
      return durationOut(BigInt(fields['seconds'] as string), fields['nanos'] as number);
    case 'FieldMask':
      return (fields['paths'] as readonly string[])
        .map((path) => path.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()))
        .join(',');
    case 'Struct':
      return fields['fields'] ?? {};
    case 'ListValue':
      return fields['values'] ?? [];
    case 'Value':
      return Object.values(fields)[0] ?? null;
    default:
      return fields;
  }
}

function nameOf(type: string): string | null {
  return type.startsWith('.google.protobuf.') ? type.slice('.google.protobuf.'.length) : null;
}

function anyIn(value: Json): JsonObject {
  if (value === null) return { nullValue: null };
  if (Array.isArray(value)) return { listValue: value as Json };
  if (isJsonObject(value)) return { structValue: value };
  if (typeof value === 'string') return { stringValue: value };
  return typeof value === 'number' ? { numberValue: value } : { boolValue: value };
}

function momentIn(value: Json, at: string): JsonObject {
  const [, second, fraction = '', zone] = typeof value === 'string' ? (MOMENT.exec(value) ?? []) : [];
  const milliseconds = second === undefined ? NaN : Date.parse(`${second}${zone}`);
  if (Number.isNaN(milliseconds)) throw invalid(`${at} is no moment, as 2026-01-31T12:00:00Z`);
  return { seconds: String(Math.floor(milliseconds / 1000)), nanos: Number(fraction.padEnd(9, '0')) };
}

function momentOut(seconds: bigint, nanos: number): Json {
  const moment = new Date(Number(seconds) * 1000);
  if (Number.isNaN(moment.getTime())) throw rejected('WORKFLOW_ANSWER_INVALID', { reason: 'it holds a moment that no calendar has' });
  return moment.toISOString().replace('.000Z', `${fractionOf(nanos)}Z`);
}

function durationIn(value: Json, at: string): JsonObject {
  const [, sign, seconds, fraction = ''] = typeof value === 'string' ? (DURATION.exec(value) ?? []) : [];
  if (seconds === undefined) throw invalid(`${at} is no duration, as 3.5s`);
  const nanos = Number(fraction.padEnd(9, '0'));
  return { seconds: `${sign}${seconds}`, nanos: sign === '-' && nanos > 0 ? -nanos : nanos };
}

function durationOut(seconds: bigint, nanos: number): Json {
  const sign = seconds < 0n || nanos < 0 ? '-' : '';
  return `${sign}${seconds < 0n ? -seconds : seconds}${fractionOf(Math.abs(nanos))}s`;
}

function fractionOf(nanos: number): string {
  return nanos === 0
    ? ''
    : `.${String(nanos)
        .padStart(9, '0')
        .replace(/(000){1,2}$/, '')}`;
}
