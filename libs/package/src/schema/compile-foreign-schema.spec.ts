import { describe, expect, it } from '@jest/globals';
import { Rejection } from '@kari/kernel';
import type { JsonSchema } from '@kari/protocol/manifest';
import { compileForeignSchema } from './compile-foreign-schema.js';

/** Milliseconds of processor time: the machine may be busy with others. */
const timed = <T>(work: () => T): { result: T; milliseconds: number } => {
  const start = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(start);
  return { result, milliseconds: (user + system) / 1_000 };
};

function refusal(schema: unknown): { pointer: string; reason: string } {
  try {
    compileForeignSchema(schema as JsonSchema);
  } catch (error) {
    expect(error).toBeInstanceOf(Rejection);
    const { code, facts } = error as Rejection;
    expect(code).toBe('PACKAGE_SCHEMA_REFUSED');
    return facts as unknown as { pointer: string; reason: string };
  }
  throw new Error('the schema was accepted');
}

const nested = (levels: number, inner: unknown = true): unknown =>
  Array.from({ length: levels }).reduce((schema: unknown) => ({ items: schema }), inner);

describe('case 52: hostile schemas', () => {
  it('a catastrophic pattern answers a near miss at once', () => {
    const validator = compileForeignSchema({ type: 'string', pattern: '^(a+)+$' });
    const { result, milliseconds } = timed(() => validator.check(`${'a'.repeat(29)}!`));
    expect(result).toEqual([{ pointer: '', reason: 'must match pattern "^(a+)+$"' }]);
    expect(milliseconds).toBeLessThan(100);
    expect(validator.check('a'.repeat(29))).toEqual([]);
  });

  it.each([
    ['^(a|a)*$', `${'a'.repeat(50_000)}!`],
    ['^(a|aa)+$', `${'a'.repeat(50_000)}!`],
    ['(x+x+)+y', 'x'.repeat(50_000)],
    ['^(([a-z])+.)+[A-Z]([a-z])+$', 'a'.repeat(50_000)],
    ['^([a-z]{1,50}[0-9]{1,50}){1,10}$', `${'a'.repeat(50)}${'1'.repeat(50)}`.repeat(9)],
  ])('pattern %s stays linear on a long near miss', (pattern, text) => {
    const validator = compileForeignSchema({ pattern });
    expect(timed(() => validator.check(text)).milliseconds).toBeLessThan(500);
  });

  it.each([
    ['a remote reference', { $ref: 'https://example.org/schema.json' }, '/$ref'],
    ['a reference to a file', { $ref: 'file:///etc/passwd' }, '/$ref'],
    ['$dynamicRef', { $dynamicRef: '#node' }, '/$dynamicRef'],
    ['$id', { $id: 'https://example.org/x' }, '/$id'],
    ['a reference into the properties', { properties: { a: { $ref: '#/properties/b' }, b: true } }, '/properties/a/$ref'],
    ['a reference to nothing', { $ref: '#/$defs/none' }, '/$ref'],
    ['a reference to itself', { $defs: { a: { items: { $ref: '#/$defs/a' } } }, $ref: '#/$defs/a' }, '/$defs/a/items/$ref'],
    ['a circle of references', { $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } } }, '/$defs/b/$ref'],
    ['$defs below the top', { properties: { a: { $defs: {} } } }, '/properties/a/$defs'],
    ['look-ahead', { pattern: '(?=a)b' }, '/pattern'],
    ['look-behind', { pattern: '(?<!a)b' }, '/pattern'],
    ['a back-reference', { pattern: '(a)\\1' }, '/pattern'],
    ['a named back-reference', { pattern: '(?<x>a)\\k<x>' }, '/pattern'],
    ['a pattern that is none', { pattern: '(' }, '/pattern'],
    ['a pattern with a huge program', { pattern: '([a-z]{1,100}[0-9]{1,100}){1,9}' + '(b{1,900})'.repeat(5) }, '/pattern'],
    ['a name pattern with look-ahead', { patternProperties: { '(?!a)': true } }, '/patternProperties/(?!a)'],
    ['an unknown keyword', { requird: ['a'] }, '/requird'],
    ['an unknown format', { format: 'telephone' }, '/format'],
    ['an unknown type', { type: 'date' }, '/type'],
    ['an old dialect', { $schema: 'http://json-schema.org/draft-07/schema#' }, '/$schema'],
    ['a number beyond the finite', { default: [1e999] }, '/default/0'],
    ['a prototype name', { properties: JSON.parse('{"__proto__": true}') as unknown }, '/properties/__proto__'],
    ['a prototype name in a default', { default: JSON.parse('{"a":{"constructor":1}}') as unknown }, '/default/a/constructor'],
    ['a list as schema', { items: [] }, '/items'],
    ['a minimum in words', { minimum: 'one' }, '/minimum'],
    ['null', null, ''],
    ['a text', 'object', ''],
  ])('%s is refused, and the place named', (_name, schema, pointer) => {
    const { result, milliseconds } = timed(() => refusal(schema));
    expect(result.pointer).toBe(pointer);
    expect(milliseconds).toBeLessThan(300);
  });

  it.each([
    ['nesting of 33', nested(33), /deeper than 32/],
    ['nesting of 100,000', nested(100_000), /deeper than 32/],
    ['65 KiB', { description: 'x'.repeat(65 * 1024) }, /limit is 65536/],
    ['1,001 subschemas', { anyOf: Array.from({ length: 1_000 }, () => true) }, /1001 subschemas/],
    ['65 patterns', { anyOf: Array.from({ length: 65 }, (_, index) => ({ pattern: `a${index}` })) }, /65 patterns/],
    [
      'references that double thirty times',
      {
        $defs: Object.fromEntries(
          Array.from({ length: 30 }, (_, index) => [
            `n${index}`,
            index === 29 ? true : { anyOf: [{ $ref: `#/$defs/n${index + 1}` }, { $ref: `#/$defs/n${index + 1}` }] },
          ]),
        ),
        $ref: '#/$defs/n0',
      },
      /weighs/,
    ],
  ])('%s is too much', (_name, schema, reason) => {
    const { result, milliseconds } = timed(() => refusal(schema));
    expect(result.reason).toMatch(reason);
    expect(milliseconds).toBeLessThan(300);
  });

  it('the heaviest schema that the limits let through compiles, or is cut off at the time limit', () => {
    const property = {
      type: 'object',
      properties: { a: { anyOf: [{ oneOf: [{ minLength: 1 }, { type: 'null' }] }, { not: { type: 'string' } }] } },
    };
    const schema = {
      properties: Object.fromEntries(Array.from({ length: 140 }, (_, index) => [`p${index}`, property])),
      unevaluatedProperties: false,
    };
    const attempt = () => {
      try {
        compileForeignSchema(schema);
      } catch (error) {
        expect((error as Rejection).facts['reason']).toMatch(/ms to compile/);
      }
    };
    expect(timed(attempt).milliseconds).toBeLessThan(1_500);
  });

  it('a cheap schema over a huge value is checked, a heavy one over a huge value is cut off', () => {
    const zeros = (count: number) => Array.from({ length: count }, () => 0);
    expect(compileForeignSchema({ items: { type: 'number' } }).check(zeros(400_000))).toEqual([]);
    const heavy = compileForeignSchema({ items: { allOf: Array.from({ length: 400 }, (_, index) => ({ minimum: -index })) } });
    const { result, milliseconds } = timed(() => heavy.check(zeros(400_000)));
    expect(result).toEqual([{ pointer: '', reason: 'the value is too large for this schema: checking it takes too long' }]);
    expect(milliseconds).toBeLessThan(2_500);
    expect(heavy.check(zeros(10))).toEqual([]);
    expect(heavy.check([-1_000])).toHaveLength(20);
  });

  it('a value nested without end is refused before anything recurses into it', () => {
    const deep = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`) as unknown;
    expect(compileForeignSchema({ const: 1 }).check(deep)[0]!.reason).toMatch(/deeper than 64/);
  });

  it('equality asks a value for nothing, and does not care for prototypes or the order of keys', () => {
    const bare = (members: object) => Object.assign(Object.create(null) as object, members);
    for (const schema of [{ const: { a: 1, b: 2 } }, { enum: [{ b: 2, a: 1 }] }]) {
      const validator = compileForeignSchema(schema);
      for (const value of [{ valueOf: 1 }, { toString: null }, [{ valueOf: 1 }]]) expect(validator.check(value)).toHaveLength(1);
      for (const value of [{ b: 2, a: 1 }, bare({ a: 1, b: 2 })]) expect(validator.check(value)).toEqual([]);
    }
    const unique = compileForeignSchema({ type: 'array', uniqueItems: true });
    expect(unique.check([{ valueOf: 1 }, { toString: 1 }, bare({ a: 1 }), {}, '{}', 1, '1'])).toEqual([]);
    expect(unique.check([bare({ a: 1, b: 1 }), { b: 1, a: 1 }])).toEqual([{ pointer: '', reason: 'must not hold the same item twice' }]);
    const many = Array.from({ length: 100_000 }, (_, index) => ({ index }));
    expect(timed(() => unique.check(many)).milliseconds).toBeLessThan(1_000);
  });

  it('prototype names in a value are refused, and a prototype gives no property', () => {
    const validator = compileForeignSchema({ type: 'object', required: ['a'] });
    expect(validator.check(JSON.parse('{"a":1,"b":{"__proto__":{}}}'))).toEqual([
      { pointer: '/b/__proto__', reason: '"__proto__" cannot be a name' },
    ]);
    expect(validator.check(Object.create({ a: 1 }))).toHaveLength(1);
  });
});

describe('the closed profile serves ordinary schemas', () => {
  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $defs: { zone: { type: 'string', format: 'time-zone', default: 'UTC' } },
    type: 'object',
    required: ['at'],
    properties: {
      at: { type: 'string', format: 'date-time' },
      zone: { $ref: '#/$defs/zone' },
      tags: { type: 'array', items: { type: 'string', pattern: '^[a-z]+$' }, maxItems: 3, uniqueItems: true },
    },
    additionalProperties: false,
  } as const;

  it('accepts what fits, names every place that does not', () => {
    const validator = compileForeignSchema(schema);
    expect(validator.check({ at: '2026-02-28T12:00:00Z', zone: 'Europe/Helsinki', tags: ['a'] })).toEqual([]);
    expect(validator.check({ zone: 'Nowhere/None', tags: ['A', 'a', 'a'], other: 1 })).toEqual([
      { pointer: '', reason: "must have required property 'at'" },
      { pointer: '/other', reason: 'it is not a known property' },
      { pointer: '/zone', reason: 'must match format "time-zone"' },
      { pointer: '/tags/0', reason: 'must match pattern "^[a-z]+$"' },
      { pointer: '/tags', reason: 'must not hold the same item twice' },
    ]);
  });

  it('shares one validator between equal schemas, whatever the order of their keys', () => {
    const reordered = Object.fromEntries(Object.entries(schema).reverse()) as JsonSchema;
    expect(compileForeignSchema(reordered)).toBe(compileForeignSchema(schema));
  });

  it('true and false are schemas', () => {
    expect(compileForeignSchema(true).check({ any: ['thing'] })).toEqual([]);
    expect(compileForeignSchema(false).check(1)).toHaveLength(1);
  });

  it('an absent value is not a JSON value; an undefined property is an absent one', () => {
    expect(compileForeignSchema(true).check(undefined)).toEqual([{ pointer: '', reason: 'it is not a JSON value' }]);
    expect(compileForeignSchema({ type: 'object', properties: { a: { type: 'string' } } }).check({ a: undefined })).toEqual([]);
  });
});
