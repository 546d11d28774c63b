import { expect, it } from '@jest/globals';
import { automationOf, subscriberOf } from './automation.rules.js';

it('knows an automation by the name of its subscriber', () => {
  expect(subscriberOf('refunds')).toBe('automation:refunds');
  expect([automationOf('automation:refunds'), automationOf('acme.shop')]).toEqual(['refunds', null]);
});
