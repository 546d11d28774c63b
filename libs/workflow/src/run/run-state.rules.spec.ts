import { expect, it } from '@jest/globals';
import { awaitsChild, childRunOf, isOver } from './run-state.rules.js';
import { documentOf, PlayingRun } from './testing/playing-run.js';

const child = { run: { workflow: { namespace: 'n', name: 'c', version: '1' } } };

it('keeps the child run of a task that lost a race, until its end is known', () => {
  const run = new PlayingRun(documentOf([{ race: { fork: { compete: true, branches: [{ quick: { call: 'a.b@1' } }, { child }] } } }]));
  const waiting = [...run.state.tasks.values()].find(awaitsChild)!;
  run.done('/do/0/race/fork/branches/0/quick', 1);
  expect(run.state.abandoned).toEqual([childRunOf(waiting)]);
  expect(isOver(run.state)).toBe(false);
  run.on({ kind: 'child', end: { run: childRunOf(waiting), outcome: 'cancelled' } });
  expect(run.state).toMatchObject({ status: 'completed', abandoned: [] });
});

it('opens a failed run again with another child and another attempt', () => {
  const run = new PlayingRun(documentOf([{ child }]));
  const before = childRunOf(run.state.tasks.get('/do/0/child')!);
  run.on({ kind: 'child', end: { run: before, outcome: 'failed' } });
  expect(run.state.status).toBe('failed');
  run.then({ type: 'RunRetried', data: { task: '/do/0/child', shard: 0 } });
  const again = run.state.tasks.get('/do/0/child')!;
  expect(again.attempt).toBe(2);
  expect(childRunOf(again)).not.toBe(before);
});

it('folds facts of what is gone into nothing', () => {
  const run = new PlayingRun(documentOf([{ a: { call: 'a.b@1' } }]));
  const before = run.state.tasks.size;
  run.then({ type: 'TaskCompleted', data: { task: '/do/9/gone', output: 1, next: 'continue' } });
  run.then({ type: 'TimerFired', data: { timer: 'gone' } });
  expect(run.state.tasks.size).toBe(before);
});
