import { expect, it } from '@jest/globals';
import type { RecordedEvent } from '@kari/kernel';
import { runProjection, type RunRow } from './run.projection.js';
import type { RunEvent } from './run.events.js';
import { documentOf, PlayingRun } from './testing/playing-run.js';
import { recordedFacts } from './testing/recorded-facts.js';

const rowAfter = (facts: readonly RunEvent[]): RunRow | null =>
  recordedFacts(facts).reduce<RunRow | null>((row, event: RecordedEvent) => runProjection.evolve(row, event), null);

it('tells where a run stands and why, in words', () => {
  const run = new PlayingRun(documentOf([{ ask: { call: 'approval.request@1', with: { title: 'May it?' } } }, { a: { call: 'a.b@1' } }]));
  expect(rowAfter(run.facts)).toMatchObject({ status: 'running', reason: 'waits for approval: May it?', tasks_scheduled: 2 });
  const paused = [...run.facts, { type: 'RunPaused', data: { reason: 'look' } }] as const;
  expect(rowAfter(paused)).toMatchObject({ status: 'paused', reason: 'look' });
  expect(rowAfter([...paused, { type: 'RunResumed', data: {} }])).toMatchObject({ status: 'running' });
});

it('tells which events a run waits for', () => {
  const any = [{ with: { type: 'shop.paid' } }, { with: { subject: 's' } }];
  const run = new PlayingRun(documentOf([{ l: { listen: { to: { any } } } }]));
  expect(rowAfter(run.facts)).toMatchObject({ status: 'running', reason: 'waits for shop.paid, any event' });
});

it('keeps the error of a failed run until it is retried', () => {
  const run = new PlayingRun(documentOf([{ a: { call: 'a.b@1' } }]));
  run.failed('/do/0/a');
  expect(rowAfter(run.facts)).toMatchObject({ status: 'failed', failures: 1, error: { type: 'urn:broken' }, ended_at: expect.any(String) });
  expect(rowAfter([...run.facts, { type: 'RunRetried', data: { task: '/do/0/a', shard: 0 } }])).toMatchObject({
    status: 'running',
    error: null,
    ended_at: null,
  });
});

it('has no row for a child that was taken back before it began', () => {
  expect(rowAfter([{ type: 'RunCancelRequested', data: { reason: null } }])).toBeNull();
});
