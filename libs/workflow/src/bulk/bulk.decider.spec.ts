import { expect, it } from '@jest/globals';
import { specify } from '@kari/kernel/testing';
import type { BulkCommand } from './bulk.commands.js';
import { bulkDecider, openOf } from './bulk.decider.js';
import type { BulkEvent } from './bulk.events.js';

const { given } = specify<BulkCommand, BulkEvent, typeof bulkDecider.initialState>(bulkDecider);
const id = (n: number) => `00000000-0000-7000-8000-00000000000${n}`;
const bulk = id(0);
const cancel = (runs: string[]): BulkCommand => ({ type: 'BulkCancelRuns', data: { bulk, runs, reason: null } });
const report = (done: string[], refused: { run: string; code: string }[] = []): BulkCommand => ({
  type: 'ReportBulk',
  data: { bulk, done, refused },
});
const started: BulkEvent = { type: 'BulkRunsStarted', data: { action: 'cancel', runs: [id(1), id(2), id(3)], reason: null } };
const progressed = (done: string[], refused: { run: string; code: string }[] = []): BulkEvent => ({
  type: 'BulkRunsProgressed',
  data: { done, refused },
});

it('tells each of its runs where it is to be moved', () => {
  const migration = { version: '2', mapping: [{ from: 'a', to: null }] };
  given([])
    .when({ type: 'BulkMigrateRuns', data: { bulk, runs: [id(1)], reason: null, migration } })
    .then([{ type: 'BulkRunsStarted', data: { action: 'migrate', runs: [id(1)], reason: null, migration } }]);
});

it('starts with the set that was settled, once, and never with none', () => {
  given([])
    .when(cancel([id(1), id(2), id(3)]))
    .then([started]);
  given([started])
    .when(cancel([id(9)]))
    .thenNothing();
  given([]).when(cancel([])).thenRejected('WORKFLOW_BULK_EMPTY');
  given([])
    .when({ type: 'BulkRetryRuns', data: { bulk, runs: [], reason: null, impossible: { code: 'WORKFLOW_BULK_MOVED', facts: {} } } })
    .thenRejected('WORKFLOW_BULK_MOVED');
});

it('takes each answer once, and ends with the last', () => {
  const no = { run: id(2), code: 'WORKFLOW_RUN_CLOSED' };
  given([started])
    .when(report([id(1)]))
    .then([progressed([id(1)])]);
  given([started, progressed([id(1)])])
    .when(report([id(1)], [no]))
    .then([progressed([], [no])]);
  given([started, progressed([id(1)])])
    .when(report([id(1), id(8)]))
    .thenNothing();
  given([started, progressed([id(1)], [no])])
    .when(report([id(3)]))
    .then([progressed([id(3)]), { type: 'BulkRunsEnded', data: {} }]);
});

it('knows which runs have no answer yet', () => {
  const state = [started, progressed([id(2)])].reduce(bulkDecider.evolve, bulkDecider.initialState);
  expect(openOf(state)).toEqual([id(1), id(3)]);
});
