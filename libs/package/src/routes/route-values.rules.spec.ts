import { expect, it } from '@jest/globals';
import { typedValues } from './route-values.rules.js';

const schema = {
  type: 'object',
  $defs: { count: { type: 'integer' } },
  properties: {
    limit: { $ref: '#/$defs/count' },
    ratio: { type: 'number' },
    open: { type: 'boolean' },
    state: { type: 'string' },
    either: { type: ['integer', 'string'] },
    tags: { type: 'array', items: { type: 'string' } },
    ids: { type: 'array', items: { $ref: '#/$defs/count' } },
    level: { enum: [1, 2] },
  },
};

it('reads texts as the declared types', () => {
  const fields = { limit: '7', ratio: '-0.5', open: 'true', state: '7', either: '7', tags: 'a', ids: '7', level: '2', other: '7' };
  expect(typedValues(schema, Object.entries(fields))).toEqual({
    limit: 7,
    ratio: -0.5,
    open: true,
    state: '7',
    either: '7',
    tags: ['a'],
    ids: [7],
    level: 2,
    other: '7',
  });
});

it.each(['', ' 7', '07', '0x7', '7.', '1e999', 'Infinity', 'NaN', '+7', '7n', '٧', '1'.repeat(30)])(
  'leaves %j a text where a number is declared',
  (text) => {
    expect(typedValues(schema, [['limit', text]])).toEqual({ limit: text });
  },
);

it.each(['1', 'True', 'yes', ''])('leaves %j a text where a boolean is declared', (text) => {
  expect(typedValues(schema, [['open', text]])).toEqual({ open: text });
});

it('makes a list of what came more than once, for the schema to judge', () => {
  const twice = [
    ['limit', '1'],
    ['limit', '2'],
    ['tags', 'a'],
    ['tags', 'b'],
  ] as const;
  expect(typedValues(schema, twice)).toEqual({ limit: ['1', '2'], tags: ['a', 'b'] });
});

it('a name is a name, whatever it is', () => {
  const values = typedValues(true, [['__proto__', 'x']]);
  expect(Object.keys(values)).toEqual(['__proto__']);
  expect(Object.getPrototypeOf(values)).toBe(Object.prototype);
});

it('reads what is not named by what is said of the rest', () => {
  expect(typedValues({ additionalProperties: { type: 'integer' } }, [['x', '7']])).toEqual({ x: 7 });
});
