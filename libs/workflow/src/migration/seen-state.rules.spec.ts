import { expect, it } from '@jest/globals';
import { documentOf, PlayingRun } from '../run/testing/playing-run.js';
import { seenAs } from './seen-state.rules.js';

const run = (): PlayingRun =>
  new PlayingRun(documentOf([{ a: { call: 'desk.a@1' } }, { ask: { call: 'approval.request@1', with: { title: 'x' } } }]));

it('is the same for the same facts, and another one for everything that a migration is judged by', () => {
  const [one, other] = [run(), run()];
  expect(seenAs(one.state)).toBe(seenAs(other.state));
  other.done('/do/0/a', 1);
  expect(seenAs(one.state)).not.toBe(seenAs(other.state));
});

it('is the same while only time passes, or nothing is begun', () => {
  const [one, other] = [run(), run()];
  other.then({ type: 'RunPaused', data: { reason: null } });
  expect(seenAs(one.state)).toBe(seenAs(other.state));
});
