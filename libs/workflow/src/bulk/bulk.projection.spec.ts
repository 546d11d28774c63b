import { expect, it } from '@jest/globals';
import { recordedFacts } from '../run/testing/recorded-facts.js';
import type { BulkEvent } from './bulk.events.js';
import { bulkProjection, type BulkRow } from './bulk.projection.js';

const rowAfter = (facts: readonly BulkEvent[]): BulkRow | null =>
  recordedFacts(facts as never).reduce<BulkRow | null>((row, event) => bulkProjection.evolve(row, event), null);
const [one, two] = ['00000000-0000-7000-8000-000000000001', '00000000-0000-7000-8000-000000000002'];

it('tells how far it has come, and who was refused why', () => {
  const facts: readonly BulkEvent[] = [
    { type: 'BulkRunsStarted', data: { action: 'retry', runs: [one, two], reason: null } },
    { type: 'BulkRunsProgressed', data: { done: [one], refused: [] } },
    { type: 'BulkRunsProgressed', data: { done: [], refused: [{ run: two, code: 'WORKFLOW_RUN_NOT_FAILED' }] } },
    { type: 'BulkRunsEnded', data: {} },
  ];
  expect(rowAfter(facts.slice(0, 2))).toMatchObject({ status: 'running', total: 2, done: 1, refused: 0, ended_at: null });
  expect(rowAfter(facts)).toMatchObject({
    status: 'ended',
    done: 1,
    refused: 1,
    refusals: [{ run: two, code: 'WORKFLOW_RUN_NOT_FAILED' }],
    ended_at: expect.any(String),
  });
});
