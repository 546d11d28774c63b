import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { JsonSchema } from '@kari/protocol/manifest';
import { tryForeignSchema } from '../schema/compile-foreign-schema.js';
import { inputBreaks, outputBreaks } from './schema-change.rules.js';

const asked = (before: JsonSchema, after: JsonSchema) => inputBreaks(before, after).map(({ at, reason }) => `${at}: ${reason}`);
const answered = (before: JsonSchema, after: JsonSchema) => outputBreaks(before, after).map(({ at, reason }) => `${at}: ${reason}`);
const object = (properties: Record<string, JsonSchema>, required: string[] = [], more: Record<string, JsonSchema> = {}): JsonSchema => ({
  type: 'object',
  properties,
  required,
  ...more,
});
const text: JsonSchema = { type: 'string' };
const number: JsonSchema = { type: 'number' };

describe('an input', () => {
  it('may take more', () => {
    expect(asked(text, { type: ['string', 'null'] })).toEqual([]);
    expect(asked({ type: 'integer', minimum: 1 }, { type: 'number', minimum: 0 })).toEqual([]);
    expect(asked({ enum: ['a'] }, { enum: ['a', 'b'] })).toEqual([]);
    expect(asked({ enum: ['a', 'b'] }, text)).toEqual([]);
    expect(asked(object({ a: text }, ['a']), object({ a: text, b: number }))).toEqual([]);
    expect(asked(object({ a: text }, [], { additionalProperties: false }), object({ a: text, b: text }))).toEqual([]);
    expect(asked(text, true)).toEqual([]);
    expect(asked(text, { anyOf: [number, text] })).toEqual([]);
    expect(asked({ ...text, title: 'Old' }, { ...text, title: 'New', examples: ['x'] })).toEqual([]);
  });
  it('may not ask for more', () => {
    expect(asked(object({ a: text }), object({ a: text }, ['a']))).toEqual(['/a: it is required now']);
    expect(asked(object({ a: text }), object({ a: number }))).toEqual(['/a: string is not taken any more']);
    expect(asked(object({ a: object({ b: text }) }), object({ a: object({ b: { enum: ['x'] } }) }))).toEqual([
      '/a/b: only certain values are taken now',
    ]);
    expect(asked(number, { type: 'integer' })).toEqual([': only whole numbers are taken']);
    expect(asked({ enum: ['a', 'b'] }, { enum: ['a'] })).toEqual([': "b" is not taken any more']);
    expect(asked({ type: 'number', minimum: 0 }, { type: 'number', exclusiveMinimum: 0 })).toHaveLength(1);
    expect(asked({ type: 'string', maxLength: 9 }, { type: 'string', maxLength: 8 })).toHaveLength(1);
    expect(asked(text, { type: 'string', pattern: '^a' })).toHaveLength(1);
    expect(asked(text, { type: 'string', format: 'date' })).toEqual([': it must be a date now']);
    expect(asked({ type: 'array', items: text }, { type: 'array', items: number })).toEqual(['/*: string is not taken any more']);
    expect(asked({ type: 'array' }, { type: 'array', uniqueItems: true })).toHaveLength(1);
    expect(asked({ anyOf: [text, number] }, text)).toEqual([': number is not taken any more']);
    expect(asked(text, false)).toEqual([': nothing at all is taken']);
  });
  it('may not close what was open, nor drop a field once it is closed', () => {
    expect(asked(object({ a: text }), object({ a: text }, [], { additionalProperties: false }))).toHaveLength(1);
    const closed = { additionalProperties: false } as const;
    expect(asked(object({ a: text, b: text }, [], closed), object({ a: text }, [], closed))).toEqual(['/b: it is not taken any more']);
  });
  it('is judged through references', () => {
    const shared = (of: JsonSchema): JsonSchema => ({ $defs: { part: of }, ...(object({ a: { $ref: '#/$defs/part' } }) as object) });
    expect(asked(shared(text), shared(text))).toEqual([]);
    expect(asked(shared(text), object({ a: text }))).toEqual([]);
    expect(asked(shared(text), shared(number))).toEqual(['/a: string is not taken any more']);
  });
  it('that nobody can compare counts as broken', () => {
    expect(asked(text, { type: 'string', not: { const: 'x' } })).toEqual([
      ': "not" has changed, and nobody can tell whether that does harm',
    ]);
    const conditional = { if: { const: 'x' }, then: { minLength: 1 } };
    expect(asked(conditional, { ...conditional, else: false })).not.toEqual([]);
    expect(asked(conditional, { ...conditional, title: 'same' })).toEqual([]);
  });
});

describe('an output', () => {
  it('may say more, and promise more', () => {
    expect(answered(object({ a: text }), object({ a: text, b: text }, ['a', 'b']))).toEqual([]);
    expect(answered(object({ a: text }, [], { additionalProperties: false }), object({ a: text, b: text }))).toEqual([]);
    expect(answered({ enum: ['a', 'b'] }, { enum: ['a'] })).toEqual([]);
  });
  it('may not lose a field that was sure, nor become something else', () => {
    expect(answered(object({ a: text }, ['a']), object({ a: text }))).toEqual(['/a: it is not always there any more']);
    expect(answered(text, { type: ['string', 'null'] })).toEqual([': it may be null now']);
    expect(answered({ enum: ['a'] }, { enum: ['a', 'b'] })).toEqual([': it may be "b" now']);
    expect(answered({ type: 'integer' }, number)).toEqual([': it may be a fraction now']);
  });
});

describe('held against the validator', () => {
  const scalar = fc.constantFrom(0, 1, 2, 3, 1.5, 'a', 'ab', 'abc', null, true);
  const value = fc.oneof(
    scalar,
    fc.dictionary(fc.constantFrom('a', 'b'), scalar, { noNullPrototype: true }),
    fc.array(scalar, { maxLength: 3 }),
  );
  const leaf: fc.Arbitrary<JsonSchema> = fc.oneof(
    fc.constant<JsonSchema>(true),
    fc.record({ type: fc.constantFrom('string', 'integer', 'number', 'null', 'boolean') }),
    fc.record({ type: fc.constant('number'), minimum: fc.nat(2) }),
    fc.record({ type: fc.constant('integer'), exclusiveMaximum: fc.nat(3) }),
    fc.record({ type: fc.constant('string'), minLength: fc.nat(2), maxLength: fc.integer({ min: 2, max: 3 }) }),
    fc.record({ enum: fc.uniqueArray(scalar, { minLength: 1, maxLength: 4 }) }),
    fc.record({ type: fc.uniqueArray(fc.constantFrom('string', 'number', 'null'), { minLength: 1 }) }),
    fc.record({ anyOf: fc.array(fc.record({ type: fc.constantFrom('string', 'integer', 'null') }), { minLength: 1, maxLength: 2 }) }),
  );
  const schema: fc.Arbitrary<JsonSchema> = fc.oneof(
    leaf,
    fc.record({ type: fc.constant('array'), items: leaf, maxItems: fc.nat(3) }),
    fc.record(
      {
        type: fc.constant('object'),
        // Both fields are always spoken of: a field that is new is the one thing that may ask something of what nobody promised.
        properties: fc.record({ a: leaf, b: leaf }),
        required: fc.uniqueArray(fc.constantFrom('a', 'b')),
        additionalProperties: fc.boolean(),
      },
      { requiredKeys: ['type', 'properties'] },
    ),
  );
  const accepts = (of: JsonSchema, given: unknown): boolean => {
    const compiled = tryForeignSchema(of);
    return 'validator' in compiled && compiled.validator.check(given).length === 0;
  };

  it('nothing that the old input took is refused by a new one without breaks', () => {
    let kept = 0;
    fc.assert(
      fc.property(schema, schema, fc.array(value, { minLength: 12, maxLength: 12 }), (before, after, values) => {
        if (inputBreaks(before, after).length > 0) return;
        kept += 1;
        for (const one of values)
          if (accepts(before, one)) expect({ one, before, after, taken: accepts(after, one) }).toMatchObject({ taken: true });
      }),
      { seed: 7, numRuns: 150 },
    );
    expect(kept).toBeGreaterThan(5);
  });
  it('every schema keeps what it promised itself', () => {
    fc.assert(
      fc.property(schema, (one) => {
        expect(inputBreaks(one, structuredClone(one))).toEqual([]);
        expect(outputBreaks(one, structuredClone(one))).toEqual([]);
      }),
      { seed: 7, numRuns: 200 },
    );
  });
});
