import { expect, it } from '@jest/globals';
import { documentOf, PlayingRun } from '../testing/playing-run.js';
import { awaitedChildrenOf, childrenToEnd, effectsOf } from './effects.rules.js';

const child = { run: { workflow: { namespace: 'n', name: 'c', version: '1' } } };

it('asks for the effects of open tasks alone, and for none while the run is paused', () => {
  const run = new PlayingRun(
    documentOf([{ both: { fork: { branches: [{ a: { call: 'desk.a@1' } }, { child }, { w: { wait: 'PT1S' } }] } } }]),
  );
  expect(effectsOf(run.state).map(({ name }) => name)).toEqual(['a', 'child']);
  run.then({ type: 'RunPaused', data: { reason: null } });
  expect(effectsOf(run.state)).toEqual([]);
});

it('waits for its children, and ends them when it is cancelled', () => {
  const run = new PlayingRun(documentOf([{ child }]));
  const awaited = awaitedChildrenOf(run.state);
  expect([awaited.length, childrenToEnd(run.state)]).toEqual([1, []]);
  run.then({ type: 'RunCancelRequested', data: { reason: null } });
  expect(childrenToEnd(run.state)).toEqual(awaited);
});
