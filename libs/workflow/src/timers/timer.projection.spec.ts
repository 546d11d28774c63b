import { expect, it } from '@jest/globals';
import { documentOf, PlayingRun } from '../run/testing/playing-run.js';
import { recordedFacts } from '../run/testing/recorded-facts.js';
import { timerProjection } from './timer.projection.js';

it('has a row from the setting of a timer to its end', () => {
  const run = new PlayingRun(documentOf([{ w: { wait: { seconds: 5 } } }]));
  run.on({ kind: 'timer', timer: '/do/0/w:wait:1' });
  const events = recordedFacts(run.facts).filter(({ type }) => (timerProjection.handles as readonly string[]).includes(type));
  expect(events.map((event) => timerProjection.evolve(null, event))).toEqual([
    expect.objectContaining({ timer: '/do/0/w:wait:1', purpose: 'wait', task: '/do/0/w', due_at: expect.any(String) }),
    null,
  ]);
});
