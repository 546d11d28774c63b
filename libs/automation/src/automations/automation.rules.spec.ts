import { expect, it } from '@jest/globals';
import { hopsOf, isTrigger, starterOf, subscriberOf, workflowSubscriber } from './automation.rules.js';

it('knows automations and workflows by the names of their subscribers', () => {
  expect([subscriberOf('refunds'), workflowSubscriber('acme.shop/refund')]).toEqual(['automation:refunds', 'workflow:acme.shop/refund']);
  expect([subscriberOf('refunds'), workflowSubscriber('w'), 'acme.shop'].map(isTrigger)).toEqual([true, true, false]);
  expect(starterOf('automation:refunds')).toBe('automation.refunds');
});

it('counts the runs that led to a run', () => {
  expect([hopsOf({}), hopsOf({ karihops: 0 }), hopsOf({ karihops: 3 })]).toEqual([0, 1, 4]);
});
