import { expect, it } from '@jest/globals';
import type { RecordedEvent } from '@kari/kernel';
import { runProjection, type RunRow } from './run.projection.js';
import type { RunEvent } from './run.events.js';
import { documentOf, PlayingRun, startedWith } from './testing/playing-run.js';
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

it('tells what a run waits for that has not begun: the runs before it, or its moment', () => {
  const asked = { type: 'RunAdmissionAwaited', data: { turn: 1 } } as const;
  const other = '00000000-0000-7000-8000-0000000000bb';
  const queued = (ahead: number): RunEvent => ({ type: 'RunQueued', data: { turn: 1, behind: [other], ahead } });
  expect(rowAfter([startedWith({}), asked, queued(1)])?.reason).toBe(`queued behind run ${other}, which has the same key`);
  expect(rowAfter([startedWith({}), asked, queued(4)])?.reason).toBe(`queued behind run ${other} and 3 more, which have the same key`);
  const timer = {
    timer: 'admission:1',
    task: null,
    purpose: 'rate',
    dueAt: '2026-01-01T00:00:09.000Z',
    milliseconds: 9,
    shard: 0,
  } as const;
  expect(rowAfter([startedWith({}), asked, { type: 'TimerSet', data: timer }])?.reason).toBe(
    'waits to start until 2026-01-01T00:00:09.000Z, for its rate limit',
  );
  expect(rowAfter([startedWith({}), asked, queued(1), { type: 'RunPlaceTaken', data: { turn: 1 } }])?.status).toBe('running');
});

it('shows the version that a run goes by now', () => {
  const moved: RunEvent = { type: 'RunMigrated', data: { from: '1', version: '2', mapping: [], moves: {}, anew: [] } };
  expect(rowAfter([startedWith({}), moved])).toMatchObject({ workflow_version: '2', status: 'running' });
});
