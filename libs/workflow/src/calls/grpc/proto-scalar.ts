// Single values of Protocol Buffers: how JSON writes them, and how the wire does.
import type { Reader, Writer } from 'protobufjs';
import type { Json } from '../../json.js';
import { invalid } from '../http-request.rules.js';

const INTEGERS = {
  int32: [-(2n ** 31n), 2n ** 31n - 1n],
  sint32: [-(2n ** 31n), 2n ** 31n - 1n],
  sfixed32: [-(2n ** 31n), 2n ** 31n - 1n],
  uint32: [0n, 2n ** 32n - 1n],
  fixed32: [0n, 2n ** 32n - 1n],
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  sint64: [-(2n ** 63n), 2n ** 63n - 1n],
  sfixed64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
  fixed64: [0n, 2n ** 64n - 1n],
} as const;
type Integer = keyof typeof INTEGERS;

export type Scalar = Integer | 'double' | 'float' | 'bool' | 'string' | 'bytes';

const OTHERS = ['double', 'float', 'bool', 'string', 'bytes'];
const UNUSUAL = ['NaN', 'Infinity', '-Infinity'];

export function isScalar(type: string): type is Scalar {
  return isInteger(type) || OTHERS.includes(type);
}

function isInteger(type: string): type is Integer {
  return Object.hasOwn(INTEGERS, type);
}

/** What is written for a value of JSON; throws WORKFLOW_CALL_INVALID where it is none of that type. */
export function scalarIn(type: Scalar, value: Json, at: string): string | number | boolean | Uint8Array {
  if (isInteger(type)) return integerIn(type, value, at);
  switch (type) {
    case 'double':
    case 'float':
      return numberIn(value, at);
    case 'bool':
      if (typeof value === 'boolean') return value;
      throw invalid(`${at} is neither true nor false`);
    case 'string':
      if (typeof value === 'string' && !/[\ud800-\udfff]/u.test(value)) return value;
      throw invalid(`${at} is no text`);
    case 'bytes':
      if (typeof value === 'string' && /^[A-Za-z0-9+/_-]*={0,2}$/.test(value)) return Buffer.from(value, 'base64');
      throw invalid(`${at} is no base64`);
  }
}

function integerIn(type: Integer, value: Json, at: string): string {
  const [least, most] = INTEGERS[type];
  const integer =
    (typeof value === 'number' && Number.isSafeInteger(value)) || (typeof value === 'string' && /^-?\d{1,20}$/.test(value))
      ? BigInt(value)
      : null;
  if (integer === null || integer < least || integer > most) throw invalid(`${at} is no ${type}`);
  return String(integer);
}

function numberIn(value: Json, at: string): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'string' && (UNUSUAL.includes(value) || /^-?\d+(\.\d+)?([eE][-+]?\d+)?$/.test(value))) return Number(value);
  throw invalid(`${at} is no number`);
}

export function writeScalar(writer: Writer, type: Scalar, value: string | number | boolean | Uint8Array): Writer {
  switch (type) {
    case 'int32':
    case 'sint32':
    case 'sfixed32':
    case 'uint32':
    case 'fixed32':
      return writer[type](Number(value));
    case 'int64':
    case 'sint64':
    case 'sfixed64':
    case 'uint64':
    case 'fixed64':
      return writer[type](value as string);
    case 'double':
    case 'float':
      return writer[type](value as number);
    case 'bool':
      return writer.bool(value as boolean);
    case 'string':
      return writer.string(value as string);
    case 'bytes':
      return writer.bytes(value as Uint8Array);
  }
}

/** As JSON has it: integers of 64 bits are texts, and so are numbers that JSON does not know. */
export function scalarOut(reader: Reader, type: Scalar): Json {
  switch (type) {
    case 'int64':
    case 'sint64':
    case 'sfixed64':
    case 'uint64':
    case 'fixed64':
      return `${reader[type]() as unknown as bigint}`;
    case 'double':
    case 'float': {
      const number = reader[type]();
      return Number.isFinite(number) ? number : String(number);
    }
    case 'bytes':
      return Buffer.from(reader.bytes()).toString('base64');
    default:
      return reader[type]();
  }
}

export function zeroOf(type: Scalar): Json {
  if (type === 'string' || type === 'bytes') return '';
  if (type === 'bool') return false;
  return isInteger(type) && type.endsWith('64') ? '0' : 0;
}
