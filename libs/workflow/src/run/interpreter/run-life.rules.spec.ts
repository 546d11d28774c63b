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
