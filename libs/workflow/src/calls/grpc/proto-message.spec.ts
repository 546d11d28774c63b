// Held against the library's own encoders, whose form on the wire and in JSON others understand.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import protobuf, { type Type } from 'protobufjs';
import type { Rejection } from '@kari/kernel';
import type { Json } from '../../json.js';
import { decodeMessage, encodeMessage } from './proto-message.js';
import { protoFileOf } from './proto-method.js';

const TEXT = `
  syntax = "proto3";
  package shop.v1;
  import "google/protobuf/timestamp.proto";
  import "google/protobuf/duration.proto";
  import "google/protobuf/struct.proto";
  import "google/protobuf/wrappers.proto";
  import "google/protobuf/field_mask.proto";
  enum Size { SMALL = 0; LARGE = 7; }
  message Part { string part_name = 1; Part inner = 2; }
  message Order {
    int32 count = 1; sint32 lower = 2; uint32 upper = 3; fixed32 f32 = 4; sfixed32 s32 = 5;
    int64 big = 6; sint64 sbig = 7; uint64 ubig = 8; fixed64 f64 = 9; sfixed64 s64 = 10;
    double exact = 11; float rough = 12; bool paid = 13; string note = 14; bytes seal = 15;
    Size size = 16; repeated Size sizes = 17; repeated int64 many = 18; repeated string tags = 19; repeated int32 loose = 20 [packed = false];
    Part first_part = 21; repeated Part parts = 22; map<string, int32> stock = 23; map<int32, Part> by_number = 24; map<int64, bool> far = 30; map<bool, string> either = 31;
    optional int32 perhaps = 25;
    oneof way { string by_name = 26; int32 by_id = 27; }
    string odd = 28 [json_name = "strange"];
  }
  message Known {
    google.protobuf.Timestamp at = 1; google.protobuf.Duration took = 2; google.protobuf.Struct more = 3; google.protobuf.Value any = 4;
    google.protobuf.Int64Value wrapped = 5; google.protobuf.FieldMask mask = 6; google.protobuf.ListValue list = 7;
  }`;
const file = protoFileOf(TEXT);
const [order, known] = [file.lookupType('shop.v1.Order'), file.lookupType('shop.v1.Known')];
/** The library's own reading of the same text, with its names as JSON has them. */
const peer = protobuf.parse(TEXT, new protobuf.Root(), { keepCase: false }).root.lookupType('shop.v1.Order');

const through = (type: Type, value: Json): Json => decodeMessage(type, encodeMessage(type, value));
const reason = (value: Json, type = order): unknown => {
  try {
    return encodeMessage(type, value);
  } catch (error) {
    return (error as Rejection).facts['reason'];
  }
};

const integer = (least: number, most: number) => fc.integer({ min: least, max: most });
const long = (least: bigint, most: bigint) => fc.bigInt({ min: least, max: most }).map(String);
const signed = integer(-(2 ** 31), 2 ** 31 - 1);
const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const part = fc.record({ partName: text }, { requiredKeys: [] });
const orders = fc.record(
  {
    count: signed,
    lower: signed,
    upper: integer(0, 2 ** 32 - 1),
    f32: integer(0, 2 ** 32 - 1),
    s32: signed,
    big: long(-(2n ** 63n), 2n ** 63n - 1n),
    sbig: long(-(2n ** 63n), 2n ** 63n - 1n),
    ubig: long(0n, 2n ** 64n - 1n),
    f64: long(0n, 2n ** 64n - 1n),
    s64: long(-(2n ** 63n), 2n ** 63n - 1n),
    exact: fc.double({ noNaN: true, noDefaultInfinity: true }),
    rough: fc.float({ noNaN: true, noDefaultInfinity: true }),
    paid: fc.boolean(),
    note: text,
    seal: fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes).toString('base64')),
    size: fc.constantFrom('SMALL', 'LARGE'),
    sizes: fc.array(fc.constantFrom('SMALL', 'LARGE'), { maxLength: 4 }),
    many: fc.array(long(-(2n ** 63n), 2n ** 63n - 1n), { maxLength: 4 }),
    tags: fc.array(text, { maxLength: 4 }),
    loose: fc.array(signed, { maxLength: 4 }),
    firstPart: fc.record({ partName: text, inner: part }, { requiredKeys: [] }),
    parts: fc.array(part, { maxLength: 3 }),
    stock: fc.dictionary(text, signed, { maxKeys: 3 }),
    byNumber: fc.dictionary(signed.map(String), part, { maxKeys: 3 }),
    perhaps: signed,
    byName: text,
  },
  { requiredKeys: [] },
);

const peerJson = (message: protobuf.Message) =>
  peer.toObject(message, { longs: String, enums: String, bytes: String, json: true, defaults: false }) as Json;
const written = (value: Json): Json => JSON.parse(JSON.stringify(value)) as Json;

describe('a message', () => {
  it('is what the library reads, and reads what the library writes', () => {
    fc.assert(
      fc.property(orders, (value) => {
        const given = written(value);
        expect(peerJson(peer.decode(encodeMessage(order, given)))).toEqual(peerJson(peer.fromObject(given as object)));
        const ours = decodeMessage(order, peer.encode(peer.fromObject(given as object)).finish());
        expect(ours).toMatchObject(given as object);
        expect(through(order, ours)).toEqual(ours);
      }),
      { numRuns: 300 },
    );
  });

  it('shows what nobody set as what it is then, but what can be absent', () => {
    expect(through(order, {})).toEqual({
      ...{ count: 0, lower: 0, upper: 0, f32: 0, s32: 0, big: '0', sbig: '0', ubig: '0', f64: '0', s64: '0', exact: 0, rough: 0 },
      ...{
        paid: false,
        note: '',
        seal: '',
        size: 'SMALL',
        sizes: [],
        many: [],
        tags: [],
        loose: [],
        parts: [],
        stock: {},
        byNumber: {},
        far: {},
        either: {},
      },
      strange: '',
    });
  });

  it('takes the names of the file as well, numbers as texts, and null for nothing', () => {
    expect(through(order, { first_part: { part_name: 'x' }, big: 5, count: '7', size: 7, strange: 's', note: null })).toMatchObject({
      firstPart: { partName: 'x' },
      big: '5',
      count: 7,
      size: 'LARGE',
      strange: 's',
      note: '',
    });
    expect(through(order, { exact: 'NaN', rough: '-Infinity' })).toMatchObject({ exact: 'NaN', rough: '-Infinity' });
  });

  it('takes keys of maps as texts, whatever they are', () => {
    const value = { far: { '-9007199254740993': true }, either: { true: 'yes', false: 'no' } };
    expect(through(order, value)).toMatchObject(value);
    expect(reason({ far: { x: true } })).toBe('its arguments.far["x"] is no int64');
    expect(reason({ either: { x: 'y' } })).toBe('its arguments.either["x"] is neither true nor false');
  });

  it('writes moments, durations and JSON itself as the mapping has them', () => {
    const value = {
      at: '1969-12-31T23:59:59.250Z',
      took: '-3.000000005s',
      more: { a: [1, 'x', null, { b: true }] },
      any: null,
      wrapped: '-9007199254740993',
      mask: 'one,other.innerName',
      list: [1, [2]],
    };
    expect(through(known, value)).toEqual(value);
    expect(through(known, { at: '2026-01-31T12:00:00+02:00', took: '0s', any: { x: 1 } })).toEqual({
      at: '2026-01-31T10:00:00Z',
      took: '0s',
      any: { x: 1 },
    });
    const seconds = known.fields['at']!.resolvedType as Type;
    expect(decodeMessage(seconds, new Uint8Array([8, 1, 16, 232, 7]))).toBe('1970-01-01T00:00:01.000001Z');
  });

  it('keeps the unknown out, and a name that means something to JavaScript harmless', () => {
    const odd = protoFileOf('syntax = "proto3"; message M { string constructor = 1; string __proto__ = 2; map<string, string> m = 3; }');
    const type = odd.lookupType('M');
    const value = JSON.parse('{"constructor":"a","m":{"__proto__":"b"}}') as Json;
    const back = decodeMessage(type, encodeMessage(type, value));
    expect(JSON.stringify(back)).toContain('"m":{"__proto__":"b"}');
    expect(back).toMatchObject({ constructor: 'a' });
    expect(({} as Record<string, unknown>)['b']).toBeUndefined();
  });

  it.each([
    [{ nope: 1 }, /no field "nope"; it has: count, lower/],
    [{ count: 1.5 }, 'its arguments.count is no int32'],
    [{ count: 2 ** 31 }, 'its arguments.count is no int32'],
    [{ upper: -1 }, 'its arguments.upper is no uint32'],
    [{ ubig: '18446744073709551616' }, 'its arguments.ubig is no uint64'],
    [{ big: 2 ** 60 }, 'its arguments.big is no int64'],
    [{ exact: 'many' }, 'its arguments.exact is no number'],
    [{ paid: 'true' }, 'its arguments.paid is neither true nor false'],
    [{ note: 5 }, 'its arguments.note is no text'],
    [{ note: '\ud800' }, 'its arguments.note is no text'],
    [{ seal: '*' }, 'its arguments.seal is no base64'],
    [{ size: 'HUGE' }, 'its arguments.size is none of SMALL, LARGE'],
    [{ tags: 'x' }, 'its arguments.tags is no list'],
    [{ stock: [1] }, 'its arguments.stock is no object'],
    [{ firstPart: 'x' }, 'its arguments.first_part is no object'],
    [{ byName: 'x', byId: 1 }, 'its arguments has both by_name and by_id, of which it may have one'],
    [{ firstPart: {}, first_part: {} }, 'its arguments has first_part twice'],
    [[1], 'its arguments is no object'],
  ])('refuses %j in words', (value, words) =>
    expect(reason(value as Json)).toEqual(words instanceof RegExp ? expect.stringMatching(words) : words),
  );

  it.each([
    [{ at: 'soon' }, 'its arguments.at is no moment, as 2026-01-31T12:00:00Z'],
    [{ took: '3' }, 'its arguments.took is no duration, as 3.5s'],
    [{ mask: 4 }, 'its arguments.mask is no list of fields, as "one,other.inner"'],
    [{ wrapped: 'x' }, 'its arguments.wrapped.value is no int64'],
  ])('refuses %j, in a form of its own', (value, words) => expect(reason(value, known)).toBe(words));

  it('has a depth, either way', () => {
    const deep = (levels: number): Json => (levels === 0 ? {} : { inner: deep(levels - 1) });
    expect(reason({ firstPart: deep(60) })).toBeInstanceOf(Uint8Array);
    expect(reason({ firstPart: deep(70) })).toMatch(/nested deeper than 64$/);
    let bytes = new Uint8Array();
    for (let level = 0; level < 70; level += 1)
      bytes = new Uint8Array([18, ...(bytes.length < 128 ? [bytes.length] : [(bytes.length & 127) | 128, bytes.length >> 7]), ...bytes]);
    expect(() => decodeMessage(file.lookupType('shop.v1.Part'), bytes)).toThrow('WORKFLOW_ANSWER_INVALID');
  });
});

describe('the bytes of a host', () => {
  it('are a message, or refused in words of ours', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.constantFrom(order, known), (bytes, type) => {
        try {
          expect(JSON.parse(JSON.stringify(decodeMessage(type, bytes)))).toBeDefined();
        } catch (error) {
          expect(error).toMatchObject({ code: 'WORKFLOW_ANSWER_INVALID' });
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('do not become more than can be held', () => {
    const wide = protoFileOf(
      `syntax = "proto3"; message Wide { ${Array.from({ length: 1_000 }, (_, id) => `int32 f${id} = ${id + 1};`).join('')} } message All { repeated Wide all = 1; }`,
    );
    const all = wide.lookupType('All');
    const many = (count: number) => Uint8Array.from({ length: count * 2 }, (_, index) => (index % 2 === 0 ? 10 : 0));
    expect((decodeMessage(all, many(50)) as { all: unknown[] }).all).toHaveLength(50);
    expect(() => decodeMessage(all, many(2_000))).toThrow(
      expect.objectContaining({ facts: { reason: 'it holds more than 100000 values' } }),
    );
  });

  it('count for nothing where they come in another form than the file says', () => {
    // `count` as text, `note` as a number, `first_part` as a number, and an unknown field.
    const bytes = new Uint8Array([10, 1, 65, 112, 5, 168, 1, 1, 0xf8, 0x07, 1]);
    expect(decodeMessage(order, bytes)).toMatchObject({ count: 0, note: '' });
    expect(decodeMessage(order, bytes)).not.toHaveProperty('firstPart');
  });
});
