import { expect, it } from '@jest/globals';
import { documentOf, PlayingRun, RUN } from '../run/testing/playing-run.js';
import { recordedFacts, TENANT } from '../run/testing/recorded-facts.js';
import { afterFailure, GONE, MOST_ATTEMPTS, notificationOf } from './notification.rules.js';

const ask = { ask: { call: 'approval.request@1', with: { title: 'May it?', details: { amount: 7 }, right: 'run.operate' } } };
const told = (run: PlayingRun) => recordedFacts(run.facts).flatMap((event) => notificationOf(event) ?? []);

it('tells each state of an approval under a name of its own, and none of its details', () => {
  const run = new PlayingRun(documentOf([ask]));
  const [approval] = run.state.openApprovals.keys();
  run.then({ type: 'ApprovalGiven', data: { approval: approval!, decision: 'rejected', comment: 'secret', by: 'boss' } });
  const [requested, rejected, ...more] = told(run);
  expect(more).toEqual([]);
  expect(requested).toMatchObject({ tenant: TENANT, run: RUN, approval, type: 'approval.requested' });
  expect(JSON.parse(requested!.body)).toEqual({
    type: 'approval.requested',
    timestamp: expect.any(String),
    data: { approval, run: RUN, task: '/do/0/ask', title: 'May it?', rights: ['run.operate'], expiresAt: null },
  });
  expect(JSON.parse(rejected!.body)).toMatchObject({ type: 'approval.rejected', data: { by: 'boss' } });
  expect(rejected!.body).not.toContain('secret');
  expect(new Set(told(run).map(({ id }) => id)).size).toBe(2);
  expect(told(run)).toEqual(told(run));
});

it('tells that nobody decided in time, or that nobody needs to any more', () => {
  const run = new PlayingRun(documentOf([ask]));
  run.then({ type: 'RunCancelRequested', data: { reason: null } });
  expect(told(run).map(({ type }) => type)).toEqual(['approval.requested', 'approval.withdrawn']);
});

it('tries again later and later, by chance up to half as long, and parks in the end', () => {
  expect([1, 2, 3].map((attempts) => afterFailure('STATUS_500', attempts, 0))).toEqual([2_000, 4_000, 8_000]);
  expect(afterFailure('STATUS_500', 1, 0.999)).toBeGreaterThanOrEqual(1_000);
  expect(afterFailure('STATUS_500', MOST_ATTEMPTS, 0)).toBe('park');
  expect(afterFailure(GONE, 1, 0)).toBe('park');
});
