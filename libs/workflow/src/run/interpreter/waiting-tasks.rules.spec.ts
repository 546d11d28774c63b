import { expect, it } from '@jest/globals';
import { documentOf, PlayingRun } from '../testing/playing-run.js';

it('refuses to wait for what is no duration', () => {
  const run = new PlayingRun(documentOf([{ w: { wait: '${ .long }' as never } }]), { long: 'soon' });
  expect(run.state.failure?.error.detail).toBe('the time to wait is no duration');
});

it('gives what the child run gave, or fails as it failed', () => {
  const child = () => new PlayingRun(documentOf([{ child: { run: { workflow: { namespace: 'n', name: 'c', version: '1' } } } }]));
  const idOf = (run: PlayingRun) => (run.state.tasks.get('/do/0/child')?.arguments as { run: string }).run;
  const good = child();
  good.on({ kind: 'child', end: { run: idOf(good), outcome: 'completed', output: 5 } });
  expect(good.state.result).toEqual({ output: 5 });
  const bad = child();
  bad.on({ kind: 'child', end: { run: idOf(bad), outcome: 'cancelled' } });
  expect(bad.state.failure?.error.detail).toContain('was cancelled');
});
