// Messages of Protocol Buffers from JSON and to JSON, in the mapping of their specification. Written over the library's reflection, reader and
// writer: its own encoders are code made of the names in a file that somebody else wrote.
import protobuf, { type Enum, type Field, type Reader, type Type, type Writer } from 'protobufjs';
import { own } from '@kari/kernel';
import { isJsonObject, type Json } from '../../json.js';
import { invalid } from '../http-request.rules.js';
import { scalarIn, scalarOut, writeScalar, isScalar, zeroOf, type Scalar } from './proto-scalar.js';
import { wellKnownIn, wellKnownOut } from './proto-well-known.js';

const DEEPEST = 64;
const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

export function encodeMessage(type: Type, value: Json): Uint8Array {
  return messageOf(type, value, 'its arguments', 0).finish();
}

export function decodeMessage(type: Type, bytes: Uint8Array): Json {
  return jsonOf(type, bytes, 0);
}

/** `customer_id` is `customerId` in JSON, and both are understood. */
function jsonNameOf({ name, options }: Field): string {
  const given: unknown = options?.['json_name'];
  return typeof given === 'string'
    ? given
    : name.replace(/_+([a-z0-9])?/g, (_, letter: string | undefined) => (letter ?? '').toUpperCase());
}

function messageOf(type: Type, given: Json, at: string, depth: number): Writer {
  if (depth > DEEPEST) throw invalid(`${at} is nested deeper than ${DEEPEST}`);
  const value = wellKnownIn(type.fullName, given, at) ?? given;
  if (!isJsonObject(value)) throw invalid(`${at} is no object`);
  const entries = Object.entries(value).map(([name, member]) => ({ field: fieldNamed(type, name, at), member }));
  const present = entries
    .filter(({ field, member }) => member !== null || takesNull(field))
    .sort((one, other) => one.field.id - other.field.id);
  for (const [index, { field }] of present.entries()) {
    if (present[index + 1]?.field === field) throw invalid(`${at} has ${field.name} twice`);
    const rival = field.partOf === null ? undefined : present.find((one) => one.field !== field && one.field.partOf === field.partOf);
    if (rival !== undefined) throw invalid(`${at} has both ${field.name} and ${rival.field.name}, of which it may have one`);
  }
  const missing = type.fieldsArray.find((field) => field.required && !present.some((one) => one.field === field));
  if (missing !== undefined) throw invalid(`${at} needs ${missing.name}`);
  const writer = protobuf.Writer.create();
  for (const { field, member } of present) writeField(writer, field, member, `${at}.${field.name}`, depth);
  return writer;
}

function fieldNamed(type: Type, name: string, at: string): Field {
  const known = type.fieldsArray;
  const field = known.find((one) => jsonNameOf(one) === name) ?? known.find((one) => one.name === name);
  if (field !== undefined) return field;
  throw invalid(`${at} has no field "${name.slice(0, 80)}"; it has: ${known.map(jsonNameOf).join(', ')}`);
}

/** JSON's null is a value where a message may be any. */
function takesNull({ resolvedType }: Field): boolean {
  return resolvedType?.fullName === '.google.protobuf.Value' || resolvedType?.fullName === '.google.protobuf.NullValue';
}

function writeField(writer: Writer, field: Field, value: Json, at: string, depth: number): void {
  if (isMap(field)) return writeMap(writer, field, value, at, depth);
  if (!field.repeated) return writeOne(writer, field, value, at, depth);
  if (!Array.isArray(value)) throw invalid(`${at} is no list`);
  if (field.packed && value.length > 0 && wireOf(field) !== WIRE.bytes) {
    writer.uint32(tag(field.id, WIRE.bytes)).fork();
    value.forEach((item: Json, index) => writeBare(writer, field, item, `${at}[${index}]`));
    writer.ldelim();
    return;
  }
  value.forEach((item: Json, index) => writeOne(writer, field, item, `${at}[${index}]`, depth));
}

function writeOne(writer: Writer, field: Field, value: Json, at: string, depth: number): void {
  writer.uint32(tag(field.id, wireOf(field)));
  if (isMessage(field)) writer.bytes(messageOf(field.resolvedType, value, at, depth + 1).finish());
  else writeBare(writer, field, value, at);
}

function writeBare(writer: Writer, { type, resolvedType }: Field, value: Json, at: string): void {
  if (resolvedType !== null) writer.int32(numberOfEnum(resolvedType as Enum, value, at));
  else writeScalar(writer, scalarType(type), scalarIn(scalarType(type), value, at));
}

function writeMap(writer: Writer, field: MapEntries, value: Json, at: string, depth: number): void {
  if (!isJsonObject(value)) throw invalid(`${at} is no object`);
  const keyType = scalarType(field.keyType);
  for (const [key, member] of Object.entries(value)) {
    const where = `${at}["${key.slice(0, 40)}"]`;
    writer.uint32(tag(field.id, WIRE.bytes)).fork();
    writeScalar(writer.uint32(tag(1, wireOfType(keyType))), keyType, scalarIn(keyType, keyType === 'bool' ? booleanOf(key) : key, where));
    writer.uint32(tag(2, wireOf(field)));
    if (isMessage(field)) writer.bytes(messageOf(field.resolvedType, member, where, depth + 1).finish());
    else writeBare(writer, field, member, where);
    writer.ldelim();
  }
}

/** Keys are texts in JSON, and of those only two are booleans. */
function booleanOf(key: string): Json {
  return key === 'true' ? true : key === 'false' ? false : key;
}

function numberOfEnum(of: Enum, value: Json, at: string): number {
  if (of.fullName === '.google.protobuf.NullValue' && value === null) return 0;
  if (typeof value === 'number' && Number.isInteger(value) && Math.abs(value) < 2 ** 31) return value;
  const known = typeof value === 'string' ? own(of.values, value) : undefined;
  if (known === undefined) throw invalid(`${at} is none of ${Object.keys(of.values).slice(0, 30).join(', ')}`);
  return known;
}

/** The library's own type of it is no field. */
type MapEntries = Field & { readonly keyType: string };

/** What was read of one field. */
interface Parts {
  readonly chunks: Uint8Array[];
  readonly values: Json[];
  readonly entries: Map<string, Json>;
}
type Seen = Map<Field, Parts>;

function jsonOf(type: Type, bytes: Uint8Array, depth: number): Json {
  if (depth > DEEPEST) throw invalid(`its answer is nested deeper than ${DEEPEST}`);
  const reader = protobuf.Reader.create(bytes);
  const seen: Seen = new Map();
  while (reader.pos < reader.len) {
    const key = reader.uint32();
    const field = type.fieldsById[key >>> 3];
    if (field === undefined) reader.skipType(key & 7);
    else readField(reader, field, key & 7, partsOf(seen, field), depth);
  }
  const members = type.fieldsArray.flatMap((field): readonly (readonly [string, Json])[] => {
    const value = valueOf(field, seen, depth);
    return value === undefined ? [] : [[jsonNameOf(field), value]];
  });
  return wellKnownOut(type.fullName, Object.fromEntries(members));
}

function partsOf(seen: Seen, field: Field): Parts {
  const known = seen.get(field) ?? { chunks: [], values: [], entries: new Map() };
  seen.set(field, known);
  return known;
}

function readField(reader: Reader, field: Field, wire: number, parts: Parts, depth: number): void {
  if (isMap(field)) return readEntry(protobuf.Reader.create(reader.bytes()), field, parts.entries, depth);
  if (isMessage(field)) {
    if (wire !== WIRE.bytes) return void reader.skipType(wire);
    // A message that comes in pieces is their sum.
    if (field.repeated) parts.values.push(jsonOf(field.resolvedType, reader.bytes(), depth + 1));
    else parts.chunks.push(reader.bytes());
    return;
  }
  const packed = wire === WIRE.bytes && wireOf(field) !== WIRE.bytes;
  if (!packed) {
    parts.values.push(readBare(reader, field));
    return;
  }
  const inner = protobuf.Reader.create(reader.bytes());
  while (inner.pos < inner.len) parts.values.push(readBare(inner, field));
}

function readBare(reader: Reader, { type, resolvedType }: Field): Json {
  if (resolvedType === null) return scalarOut(reader, scalarType(type));
  const number = reader.int32();
  if (resolvedType.fullName === '.google.protobuf.NullValue') return null;
  return (resolvedType as Enum).valuesById[number] ?? number;
}

function readEntry(reader: Reader, field: MapEntries, entries: Map<string, Json>, depth: number): void {
  const keyType = scalarType(field.keyType);
  let key = `${zeroOf(keyType) as string}`;
  let value: Json | undefined;
  while (reader.pos < reader.len) {
    const read = reader.uint32();
    if (read >>> 3 === 1) key = `${scalarOut(reader, keyType) as string}`;
    else if (read >>> 3 !== 2) reader.skipType(read & 7);
    else value = isMessage(field) ? jsonOf(field.resolvedType, reader.bytes(), depth + 1) : readBare(reader, field);
  }
  entries.set(key, value ?? emptyOf(field, depth));
}

/** Undefined where a field that can be absent is absent; the others are shown with what they are when nobody says anything. */
function valueOf(field: Field, seen: Seen, depth: number): Json | undefined {
  const parts = seen.get(field);
  if (isMap(field)) return Object.fromEntries(parts?.entries ?? []);
  if (field.repeated) return parts?.values ?? [];
  if (parts === undefined) return canBeAbsent(field) ? undefined : emptyOf(field, depth);
  if (isMessage(field)) return jsonOf(field.resolvedType, Buffer.concat(parts.chunks), depth + 1);
  return parts.values.at(-1);
}

function emptyOf(field: Field, depth: number): Json {
  if (isMessage(field)) return jsonOf(field.resolvedType, new Uint8Array(), depth + 1);
  const { resolvedType, type } = field;
  return resolvedType === null ? zeroOf(scalarType(type)) : ((resolvedType as Enum).valuesById[0] ?? 0);
}

function isMap(field: Field): field is MapEntries {
  return field.map;
}

function canBeAbsent(field: Field): boolean {
  return isMessage(field) || field.partOf !== null || field.hasPresence;
}

function isMessage(field: Field): field is Field & { readonly resolvedType: Type } {
  return field.resolvedType instanceof protobuf.Type;
}

function wireOf(field: Field): number {
  if (isMessage(field)) return WIRE.bytes;
  return field.resolvedType === null ? wireOfType(scalarType(field.type)) : WIRE.varint;
}

function wireOfType(type: Scalar): number {
  if (type === 'string' || type === 'bytes') return WIRE.bytes;
  if (type === 'double' || type === 'fixed64' || type === 'sfixed64') return WIRE.fixed64;
  return type === 'float' || type === 'fixed32' || type === 'sfixed32' ? WIRE.fixed32 : WIRE.varint;
}

function scalarType(type: string): Scalar {
  if (isScalar(type)) return type;
  throw invalid(`its proto file speaks of the type ${type.slice(0, 80)}, which it does not say`);
}

function tag(id: number, wire: number): number {
  return ((id << 3) | wire) >>> 0;
}
