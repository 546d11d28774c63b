import { expect, it } from '@jest/globals';
import { hopsOf, isTrigger, startedBy, starterOf, subscriberOf, taskSubscriber, workflowSubscriber } from './automation.rules.js';

it('knows automations, workflows and tasks by the names of their subscribers', () => {
  expect([subscriberOf('refunds'), workflowSubscriber('acme.shop/refund')]).toEqual(['automation:refunds', 'workflow:acme.shop/refund']);
  expect([subscriberOf('refunds'), workflowSubscriber('w'), taskSubscriber('a.b/c'), 'acme.shop'].map(isTrigger)).toEqual([
    true,
    true,
    true,
    false,
  ]);
  expect(starterOf('automation:refunds')).toBe('automation.refunds');
});

it('starts a workflow or a task, and nothing when both or none are named', () => {
  expect(startedBy({ workflow: 'w' })).toEqual({ workflow: 'w' });
  expect(startedBy({ workflow: null, task: 'a.b/c' })).toEqual({ workflow: 'a.b/c', target: 'task' });
  expect([startedBy({}), startedBy({ workflow: 'w', task: 'a.b/c' })]).toEqual([{ workflow: '' }, { workflow: '' }]);
});

it('counts the runs that led to a run', () => {
  expect([hopsOf({}), hopsOf({ karihops: 0 }), hopsOf({ karihops: 3 })]).toEqual([0, 1, 4]);
});
