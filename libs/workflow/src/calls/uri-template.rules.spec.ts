import { expect, it } from '@jest/globals';
import { Refusal } from '../run/run-error.rules.js';
import { expandUri } from './uri-template.rules.js';

const base = 'https://a.example';
const refusal = (template: string, input: unknown) => {
  try {
    return expandUri(template, input);
  } catch (error) {
    if (error instanceof Refusal) return [error.error.type.split('/').at(-1), error.error.status];
    throw error;
  }
};

it('takes names as they stand, from the top level alone; what is missing is nothing', () => {
  const input = { id: 7, on: true, 'pet.id': 'x', pet: { id: 'no' }, none: null };
  expect(expandUri(`${base}/{id}/{pet.id}?on={on}&a={missing}{none}`, input)).toBe(`${base}/7/x?on=true&a=`);
  expect(expandUri(`${base}/{id}`, [{ id: 1 }])).toBe(`${base}/`);
  expect(expandUri(`${base}/{constructor}`, {})).toBe(`${base}/`);
});

it('lets no value be more than one value', () => {
  expect(expandUri(`${base}/{id}/x`, { id: "a/../b?c#d&e=f'(ü" })).toBe(`${base}/a%2F..%2Fb%3Fc%23d%26e%3Df%27%28%C3%BC/x`);
  expect(refusal(`${base}/{id}`, { id: '..' })).toEqual(['validation', 400]);
  expect(refusal(`${base}/{id}`, { id: '\ud800' })).toEqual(['validation', 400]);
  expect(refusal(`${base}/{id}`, { id: { a: 1 } })).toEqual(['expression', 400]);
  expect(refusal(`${base}/{id}`, { id: [1] })).toEqual(['expression', 400]);
});
