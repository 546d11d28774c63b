import { expect, it } from '@jest/globals';
import { Rejection } from '@kari/kernel';
import { pinsOf } from './pinned-tasks.rules.js';
import { documentOf } from './testing/playing-run.js';

const document = documentOf([
  { price: { call: 'shop.price@1' } },
  { each: { for: { in: '.rows' }, do: [{ pay: { call: 'shop.pay@1' } }] } },
  { late: { try: [{ pay: { call: 'shop.pay@1' } }], catch: {} } },
]);
const refused = (given: unknown): unknown => {
  try {
    return pinsOf(document, given);
  } catch (error) {
    return error instanceof Rejection ? [error.code, error.facts['pin']] : error;
  }
};

it('mean a task by its name, its pointer or its place', () => {
  expect(pinsOf(document, { price: 7, '/do/1/each/do/0/pay': 'a', '/do/late/try/pay': null })).toEqual({
    '/do/price': 7,
    '/do/each/do/pay': 'a',
    '/do/late/try/pay': null,
  });
  expect(pinsOf(document, null)).toEqual({});
});

it('are refused when they mean nothing, several tasks, or one task twice', () => {
  expect(refused({ prise: 1 })).toEqual(['WORKFLOW_PIN_INVALID', 'prise']);
  expect(refused({ pay: 1 })).toEqual(['WORKFLOW_PIN_INVALID', 'pay']);
  expect(refused({ price: 1, '/do/0/price': 2 })).toEqual(['WORKFLOW_PIN_INVALID', '/do/0/price']);
  expect(refused([1])).toEqual(['WORKFLOW_PIN_INVALID', 'pins']);
  expect(refused(Object.fromEntries(Array.from({ length: 201 }, (_, n) => [`t${n}`, n])))).toEqual(['WORKFLOW_PIN_INVALID', 'pins']);
});
