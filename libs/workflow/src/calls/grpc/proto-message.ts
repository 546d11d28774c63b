// Messages of Protocol Buffers from JSON and to JSON, in the mapping of their specification. Written over the library's reflection, reader and
// writer: its own encoders are code made of the names in a file that somebody else wrote.
import protobuf, { type Enum, type Field, type OneOf, type Reader, type Type, type Writer } from 'protobufjs';
import { own, rejected, Rejection } from '@kari/kernel';
import { isJsonObject, type Json } from '../../json.js';
import { invalid } from '../http-request.rules.js';
import { scalarIn, scalarOut, writeScalar, isScalar, zeroOf, type Scalar } from './proto-scalar.js';
import { wellKnownIn, wellKnownOut } from './proto-well-known.js';

const DEEPEST = 64;
const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** Every value of an answer, those included that nobody set: a few bytes of a host must not become more than the platform can hold. */
const MOST_VALUES = 100_000;
const MOST_NAMED = 30;

/** Throws WORKFLOW_CALL_INVALID where the value has not the form of the message. */
export function encodeMessage(type: Type, value: Json): Uint8Array {
  return messageOf(type, value, 'its arguments', 0).finish();
}

/** Throws WORKFLOW_ANSWER_INVALID where the bytes are none of that message. */
export function decodeMessage(type: Type, bytes: Uint8Array): Json {
  try {
    return jsonOf(type, bytes, { depth: 0, budget: { left: MOST_VALUES } });
  } catch (error) {
    if (error instanceof Rejection) throw error;
    // The library's own words are about offsets.
    throw unreadable('it is no message of the type that the proto file names');
  }
}

interface Shape {
  readonly fields: ReadonlyMap<string, Field>;
  /** As JSON has them. */
  readonly names: ReadonlyMap<Field, string>;
  readonly required: readonly Field[];
}

/** A type never changes, and every message of it asks for the same. */
const shapes = new WeakMap<Type, Shape>();

function shapeOf(type: Type): Shape {
  const known = shapes.get(type);
  if (known !== undefined) return known;
  const all = type.fieldsArray;
  const names = new Map(all.map((field) => [field, jsonNameOf(field)]));
  const fields = new Map([...all.map((field) => [field.name, field] as const), ...all.map((field) => [names.get(field)!, field] as const)]);
  const shape = { fields, names, required: all.filter(({ required }) => required) };
  shapes.set(type, shape);
  return shape;
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
  const present = new Map<Field, Json>();
  const chosen = new Map<OneOf, Field>();
  for (const [name, member] of Object.entries(value)) {
    const field = fieldNamed(type, name, at);
    if (member === null && !takesNull(field)) continue;
    if (present.has(field)) throw invalid(`${at} has ${field.name} twice`);
    present.set(field, member);
    const { partOf } = field;
    const rival = partOf === null ? undefined : chosen.get(partOf);
    if (rival !== undefined) throw invalid(`${at} has both ${rival.name} and ${field.name}, of which it may have one`);
    if (partOf !== null) chosen.set(partOf, field);
  }
  const missing = shapeOf(type).required.find((field) => !present.has(field));
  if (missing !== undefined) throw invalid(`${at} needs ${missing.name}`);
  const writer = protobuf.Writer.create();
  for (const [field, member] of [...present].sort(([one], [other]) => one.id - other.id))
    writeField(writer, field, member, `${at}.${field.name}`, depth);
  return writer;
}

function fieldNamed(type: Type, name: string, at: string): Field {
  const { fields, names } = shapeOf(type);
  const field = fields.get(name);
  if (field !== undefined) return field;
  const some = [...names.values()].slice(0, MOST_NAMED).join(', ');
  throw invalid(`${at} has no field "${name.slice(0, 80)}"; it has: ${some}${names.size > MOST_NAMED ? ', …' : ''}`);
}

/** JSON's null is a value where a message may be any. */
function takesNull({ resolvedType }: Field): boolean {
  return resolvedType?.fullName === '.google.protobuf.Value' || resolvedType?.fullName === '.google.protobuf.NullValue';
}

function writeField(writer: Writer, field: Field, value: Json, at: string, depth: number): void {
  if (field.delimited) throw invalid(`${at} is a group, a form of old that is not written`);
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

interface Reading {
  readonly depth: number;
  readonly budget: { left: number };
}

function jsonOf(type: Type, bytes: Uint8Array, reading: Reading): Json {
  if (reading.depth > DEEPEST) throw unreadable(`it is nested deeper than ${DEEPEST}`);
  const reader = protobuf.Reader.create(bytes);
  const seen = new Map<Field, Parts>();
  while (reader.pos < reader.len) {
    const key = reader.uint32();
    const field = type.fieldsById[key >>> 3];
    if (field === undefined || !isWrittenAs(field, key & 7)) reader.skipType(key & 7);
    else readField(reader, field, key & 7, partsOf(seen, field), reading);
  }
  const members = [...shapeOf(type).names].flatMap(([field, name]): readonly (readonly [string, Json])[] => {
    const value = valueOf(field, seen.get(field), reading);
    return value === undefined ? [] : [[name, value]];
  });
  spend(reading, members.length);
  return wellKnownOut(type.fullName, Object.fromEntries(members));
}

function spend({ budget }: Reading, values: number): void {
  budget.left -= values;
  if (budget.left < 0) throw unreadable(`it holds more than ${MOST_VALUES} values`);
}

function inside({ depth, budget }: Reading): Reading {
  return { depth: depth + 1, budget };
}

function partsOf(seen: Map<Field, Parts>, field: Field): Parts {
  const known = seen.get(field) ?? { chunks: [], values: [], entries: new Map() };
  seen.set(field, known);
  return known;
}

/** What comes in another form than the file says is as if it were not known. */
function isWrittenAs(field: Field, wire: number): boolean {
  if (isMap(field)) return wire === WIRE.bytes;
  return wire === wireOf(field) || (wire === WIRE.bytes && field.repeated);
}

function readField(reader: Reader, field: Field, wire: number, parts: Parts, reading: Reading): void {
  if (isMap(field)) return readEntry(protobuf.Reader.create(reader.bytes()), field, parts.entries, reading);
  // A message that comes in pieces is their sum.
  if (isMessage(field) && !field.repeated) return void parts.chunks.push(reader.bytes());
  if (isMessage(field)) return keep(parts, jsonOf(field.resolvedType, reader.bytes(), inside(reading)), reading);
  if (wire === wireOf(field)) return keep(parts, readBare(reader, field), reading);
  const packed = protobuf.Reader.create(reader.bytes());
  while (packed.pos < packed.len) keep(parts, readBare(packed, field), reading);
}

function keep({ values }: Parts, value: Json, reading: Reading): void {
  spend(reading, 1);
  values.push(value);
}

function readBare(reader: Reader, { type, resolvedType }: Field): Json {
  if (resolvedType === null) return scalarOut(reader, scalarType(type));
  const number = reader.int32();
  if (resolvedType.fullName === '.google.protobuf.NullValue') return null;
  return (resolvedType as Enum).valuesById[number] ?? number;
}

function readEntry(reader: Reader, field: MapEntries, entries: Map<string, Json>, reading: Reading): void {
  spend(reading, 1);
  const keyType = scalarType(field.keyType);
  let key = zeroOf(keyType);
  let value: Json | undefined;
  while (reader.pos < reader.len) {
    const tagged = reader.uint32();
    const [id, wire] = [tagged >>> 3, tagged & 7];
    if (id === 1 && wire === wireOfType(keyType)) key = scalarOut(reader, keyType);
    else if (id !== 2 || wire !== wireOf(field)) reader.skipType(wire);
    else value = isMessage(field) ? jsonOf(field.resolvedType, reader.bytes(), inside(reading)) : readBare(reader, field);
  }
  entries.set(`${key as string}`, value ?? emptyOf(field, reading));
}

/** Undefined where a field that can be absent is absent; the others are shown with what they are when nobody says anything. */
function valueOf(field: Field, parts: Parts | undefined, reading: Reading): Json | undefined {
  if (isMap(field)) return Object.fromEntries(parts?.entries ?? []);
  if (field.repeated) return parts?.values ?? [];
  if (parts === undefined) return canBeAbsent(field) ? undefined : emptyOf(field, reading);
  if (isMessage(field)) return jsonOf(field.resolvedType, Buffer.concat(parts.chunks), inside(reading));
  return parts.values.at(-1);
}

function emptyOf(field: Field, reading: Reading): Json {
  if (isMessage(field)) return jsonOf(field.resolvedType, new Uint8Array(), inside(reading));
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

function unreadable(reason: string): Rejection {
  return rejected('WORKFLOW_ANSWER_INVALID', { reason });
}
