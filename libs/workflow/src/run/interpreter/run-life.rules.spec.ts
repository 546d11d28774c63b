import { describe, expect, it } from '@jest/globals';
import { documentOf, PlayingRun } from '../testing/playing-run.js';
import { childrenToEnd, effectsOf } from './effects.rules.js';

const call = (name: string) => ({ call: `desk.${name}@1`, with: { n: '${ .n }' } });

describe('ends that are not the good one', () => {
  const undoable = (name: string) => ({ ...call(name), metadata: { kari: { compensate: [{ undo: call(`un${name}`) }] } } });

  it('undo what was done, last first, one after the other; a failing undo is told and the others go on', () => {
    const run = new PlayingRun(documentOf([{ a: undoable('a') }, { b: undoable('b') }, { c: undoable('c') }]));
    run.done('/do/0/a', { n: 1 });
    run.done('/do/1/b', { n: 2 });
    run.failed('/do/2/c');
    expect(run.facts.find(({ type }) => type === 'CompensationStarted')).toMatchObject({ data: { tasks: ['/do/1/b', '/do/0/a'] } });
    expect(effectsOf(run.state)).toMatchObject([{ arguments: { call: 'desk.unb@1', with: { n: 2 } } }]);
    run.failed('/do/1/b/metadata/kari/compensate/0/undo');
    run.done('/do/0/a/metadata/kari/compensate/0/undo', null);
    expect(run.facts.at(-1)).toMatchObject({
      type: 'RunFailed',
      data: { error: { type: 'urn:broken' }, compensationFailures: ['/do/1/b'] },
    });
  });

  it('wait for child runs, which are ended first', () => {
    const run = new PlayingRun(documentOf([{ child: { run: { workflow: { namespace: 'n', name: 'c', version: '1' } } } }]));
    expect(run.then({ type: 'RunCancelRequested', data: { reason: 'enough' } })).toEqual([]);
    const [child] = childrenToEnd(run.state);
    const ended = run.on({ kind: 'child', end: { run: child!, outcome: 'cancelled' } });
    expect(ended.map(({ type }) => type)).toEqual(['ChildRunEnded', 'RunCancelled']);
  });
});

describe('a retry of what failed before it began', () => {
  const schema = { document: { type: 'string' } };
  const retry = (run: PlayingRun): readonly string[] =>
    run.then({ type: 'RunRetried', data: { task: run.state.failure?.task ?? '', shard: 0 } }).map(({ type }) => type);

  it('judges the input of the run again, and begins with what it is shaped to once it fits', () => {
    const wrong = new PlayingRun(documentOf([{ a: call('a') }], { input: { schema, from: '.order' } }), { order: { n: 1 } });
    expect(wrong.state).toMatchObject({
      status: 'failed',
      failure: { task: '/do', error: { detail: expect.stringContaining('the input of the workflow') } },
    });
    expect(retry(wrong)).toEqual(['TaskScheduled', 'TaskFailed', 'RunFailed']);
    expect([wrong.state.status, effectsOf(wrong.state)]).toEqual(['failed', []]);

    const unshaped = new PlayingRun(documentOf([{ a: call('a') }], { input: { from: 'nothing simple(' } }), { order: { n: 1 } });
    expect(unshaped.state.status).toBe('failed');
    unshaped.goesBy(documentOf([{ a: call('a') }], { input: { from: '.order' } }));
    retry(unshaped);
    expect(effectsOf(unshaped.state)).toMatchObject([{ id: '/do/0/a', attempt: 2, arguments: { with: { n: 1 } } }]);
    expect(unshaped.done('/do/0/a', 7).at(-1)).toEqual({ type: 'RunCompleted', data: { output: 7 } });
  });

  it('judges the input of the task again, and makes its effect only once it fits', () => {
    const strict = documentOf([{ first: call('first') }, { a: { ...call('a'), input: { schema } } }, { b: call('b') }]);
    const run = new PlayingRun(strict);
    run.done('/do/0/first', { n: 1 });
    expect(run.state).toMatchObject({ status: 'failed', failure: { task: '/do/1/a' } });
    expect(retry(run)).toEqual(['TaskScheduled', 'TaskFailed', 'RunFailed']);
    expect(run.state.tasks.get('/do')).toMatchObject({ made: 2, visits: { '/do/0/first': 1, '/do/1/a': 1 } });
    run.goesBy(documentOf([{ first: call('first') }, { a: call('a') }, { b: call('b') }]));
    retry(run);
    expect(effectsOf(run.state)).toMatchObject([{ id: '/do/1/a', attempt: 3, arguments: { with: { n: 1 } } }]);
    run.done('/do/1/a', { n: 2 });
    expect(effectsOf(run.state)).toMatchObject([{ id: '/do/2/b' }]);
  });

  it('is nothing that a child run waits for: it was never started', () => {
    const child = { input: { schema }, run: { workflow: { namespace: 'n', name: 'c', version: '1' } } };
    const run = new PlayingRun(documentOf([{ child }]));
    expect(run.state.status).toBe('failed');
    run.goesBy(documentOf([{ child: { run: child.run } }]));
    retry(run);
    expect(effectsOf(run.state)).toMatchObject([{ kind: 'run', arguments: { name: 'c', run: expect.any(String) } }]);
  });

  it('makes again what failed after it began, as it was', () => {
    const run = new PlayingRun(documentOf([{ a: call('a') }]), { n: 3 });
    run.failed('/do/0/a');
    expect(retry(run)).toEqual([]);
    expect(effectsOf(run.state)).toMatchObject([{ attempt: 2, arguments: { with: { n: 3 } } }]);
  });
});
