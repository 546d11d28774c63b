import { expect, it } from '@jest/globals';
import { documentOf, PlayingRun } from '../run/testing/playing-run.js';
import { recordedFacts } from '../run/testing/recorded-facts.js';
import { approvalProjection, type ApprovalRow } from './approval.projection.js';

const rowOf = (run: PlayingRun): ApprovalRow | null =>
  recordedFacts(run.facts)
    .filter(({ type }) => (approvalProjection.handles as readonly string[]).includes(type))
    .reduce<ApprovalRow | null>((row, event) => approvalProjection.evolve(row, event), null);
const asking = (kind?: 'replay' | 'test'): PlayingRun =>
  new PlayingRun(
    documentOf([{ ask: { call: 'approval.request@1', with: { title: 'May it?', details: { n: 1 } } } }]),
    {},
    kind === undefined ? {} : { kind },
  );

it('is open until it is decided, and remembers by whom', () => {
  const run = asking();
  expect(rowOf(run)).toMatchObject({ status: 'open', title: 'May it?', details: { n: 1 }, task: '/do/0/ask' });
  const [approval] = run.state.openApprovals.keys();
  run.then({ type: 'ApprovalGiven', data: { approval: approval!, decision: 'rejected', comment: 'no', by: 'boss' } });
  expect(rowOf(run)).toMatchObject({ status: 'rejected', comment: 'no', decided_by: 'boss' });
});

it('is withdrawn with its run', () => {
  const run = asking();
  run.then({ type: 'RunCancelRequested', data: { reason: null } });
  expect(rowOf(run)).toMatchObject({ status: 'withdrawn' });
});

it('is marked when it is of a test run, and no matter of anybody when it is of a replay', () => {
  expect([rowOf(asking())?.run_kind, rowOf(asking('test'))?.run_kind, rowOf(asking('replay'))]).toEqual(['ordinary', 'test', null]);
});
