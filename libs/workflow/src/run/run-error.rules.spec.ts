import { expect, it } from '@jest/globals';
import { rejected } from '@kari/kernel';
import { errorOf, passesFilter, standardError } from './run-error.rules.js';

it('tells a refusal in the form of the DSL, with its code as the title', () => {
  expect(errorOf(rejected('PLUGIN_FAILED', { plugin: 'a.b@1', extension: 'x', code: 'C', message: 'm' }))).toMatchObject({
    type: expect.stringContaining('/communication'),
    status: 500,
    title: 'PLUGIN_FAILED',
  });
  expect(errorOf(rejected('PLUGIN_NOT_PERMITTED', {}))).toMatchObject({ status: 403, type: expect.stringContaining('/authorization') });
  expect(errorOf(rejected('PLUGIN_DEADLINE', {}))).toMatchObject({ status: 408, type: expect.stringContaining('/timeout') });
  expect(errorOf(rejected('PLUGIN_NOT_FOUND', {}))).toMatchObject({ status: 404 });
  expect(errorOf(rejected('PLUGIN_INPUT_INVALID', {}))).toMatchObject({ status: 400 });
});

it('passes a filter when everything it names is equal', () => {
  const error = standardError('timeout', 'late', { instance: '/do/0/a' });
  expect(passesFilter(error, undefined)).toBe(true);
  expect(passesFilter(error, { status: 408, instance: '/do/0/a', details: 'late' })).toBe(true);
  expect(passesFilter(error, { status: 408, title: 'other' })).toBe(false);
});
