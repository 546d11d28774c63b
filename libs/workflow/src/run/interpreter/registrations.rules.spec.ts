import { expect, it } from '@jest/globals';
import { documentOf, PlayingRun } from '../testing/playing-run.js';

it('takes back, one after the other, what was asked for by tasks that are gone', () => {
  const ask = { call: 'approval.request@1', with: { title: 'May it?', expires: { hours: 1 } } };
  const listen = { listen: { to: { one: { with: { type: 'a.b' } } } } };
  const run = new PlayingRun(
    documentOf([{ race: { fork: { compete: true, branches: [{ ask }, { listen }, { quick: { wait: 'PT1S' } }] } } }]),
  );
  const before = run.facts.length;
  run.on({ kind: 'timer', timer: '/do/0/race/fork/branches/2/quick:wait:1' });
  const facts = run.facts.slice(before).map(({ type }) => type);
  expect(facts.filter((type) => /Cancelled|Closed|Unawaited/.test(type)).sort()).toEqual([
    'ApprovalClosed',
    'EventUnawaited',
    'TimerCancelled',
  ]);
  expect([run.state.timers.size, run.state.openApprovals.size, run.state.status]).toEqual([0, 0, 'completed']);
});
