import { expect, it } from '@jest/globals';
import { documentOf, PlayingRun } from '../testing/playing-run.js';

it('asks for approval with an expiry', () => {
  const ask = (): PlayingRun =>
    new PlayingRun(documentOf([{ ask: { call: 'approval.request@1', with: { title: 'May it?', expires: { hours: 1 } } } }]));
  const run = ask();
  const [approval] = run.state.openApprovals.keys();
  run.then({ type: 'ApprovalGiven', data: { approval: approval!, decision: 'approved', comment: null, by: 'boss' } });
  expect(run.state.result).toEqual({ output: { approved: true, comment: null, by: 'boss' } });
  const expired = ask();
  expired.on({ kind: 'timer', timer: '/do/0/ask:approval:1' });
  expect(expired.state.failure?.error).toMatchObject({ title: 'WORKFLOW_APPROVAL_EXPIRED', status: 408 });
});
