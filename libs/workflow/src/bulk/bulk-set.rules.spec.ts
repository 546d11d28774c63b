import { expect, it } from '@jest/globals';
import { runFilterOf } from '../run/run.graphql.js';
import { hashOfSet, narrowedTo } from './bulk-set.rules.js';

it('means those alone of which it can be asked', () => {
  expect(narrowedTo('cancel', runFilterOf({}))?.statuses).toEqual(['running', 'paused']);
  expect(narrowedTo('cancel', runFilterOf({ statuses: ['paused', 'failed'] }))?.statuses).toEqual(['paused']);
  expect(narrowedTo('retry', runFilterOf({ statuses: ['running'] }))).toBeNull();
  expect(narrowedTo('migrate', runFilterOf({ statuses: ['compensating', 'completed'] }))?.statuses).toEqual(['compensating']);
});

it('has one name whatever the order, and another for any other set or action', () => {
  const name = hashOfSet('cancel', ['a', 'b']);
  expect(hashOfSet('cancel', ['b', 'a'])).toBe(name);
  expect(new Set([name, hashOfSet('cancel', ['a']), hashOfSet('cancel', ['a', 'b', 'c']), hashOfSet('retry', ['a', 'b'])]).size).toBe(4);
});
