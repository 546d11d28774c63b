import { expect, it } from '@jest/globals';
import { inspectSchema } from './foreign-schema.rules.js';

it('weighs a schema with its references written out', () => {
  const once = { $defs: { a: { type: 'string' } }, properties: { x: { $ref: '#/$defs/a' } } };
  const thrice = { ...once, properties: { x: { $ref: '#/$defs/a' }, y: { $ref: '#/$defs/a' }, z: { $ref: '#/$defs/a' } } };
  expect(inspectSchema(thrice).weight).toBeGreaterThan(inspectSchema(once).weight);
  expect(inspectSchema(true)).toEqual({ problems: [], weight: 1, patterns: [] });
});

it('hands over every pattern with its place, names of properties included', () => {
  const { patterns } = inspectSchema({ pattern: 'a', patternProperties: { '^b': { items: { pattern: 'c' } } } });
  expect(patterns).toEqual([
    { pointer: '/pattern', pattern: 'a' },
    { pointer: '/patternProperties/^b', pattern: '^b' },
    { pointer: '/patternProperties/^b/items/pattern', pattern: 'c' },
  ]);
});

it('reports every problem, not only the first', () => {
  const { problems } = inspectSchema({ typ: 'string', properties: { a: { minimum: '1' }, b: { $ref: 'x' } } });
  expect(problems.map(({ pointer }) => pointer)).toEqual(['/typ', '/properties/a/minimum', '/properties/b/$ref']);
});

it('a value that refers to itself is too deep, not endless', () => {
  const circle: Record<string, unknown> = {};
  circle['not'] = circle;
  expect(inspectSchema(circle).problems[0]!.reason).toMatch(/deeper than 32/);
});
