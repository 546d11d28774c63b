import { expect, it } from '@jest/globals';
import { isTrigger, starterOf, subscriberOf, workflowSubscriber } from './automation.rules.js';

it('knows automations and workflows by the names of their subscribers', () => {
  expect([subscriberOf('refunds'), workflowSubscriber('acme.shop/refund')]).toEqual(['automation:refunds', 'workflow:acme.shop/refund']);
  expect([subscriberOf('refunds'), workflowSubscriber('w'), 'acme.shop'].map(isTrigger)).toEqual([true, true, false]);
  expect(starterOf('automation:refunds')).toBe('automation.refunds');
});
