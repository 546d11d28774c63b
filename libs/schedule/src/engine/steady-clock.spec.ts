import { expect, it } from '@jest/globals';
import { manualClock } from '@kari/kernel/testing';
import { SteadyClock } from './steady-clock.js';

it('D-16 follows small corrections of the wall clock, and no jump', async () => {
  const clock = manualClock(1_000_000);
  const steady = new SteadyClock(clock);
  await clock.advance(5_000);
  clock.jumpTo(clock.now() + 400);
  expect(steady.now()).toBe(1_005_400);
  clock.jumpTo(clock.now() + 3_600_000);
  await clock.advance(1_000);
  expect(steady.now()).toBe(1_006_400);
  clock.jumpTo(0);
  await clock.advance(1_000);
  expect(steady.now()).toBe(1_007_400);
});

it('never runs backwards', () => {
  const clock = manualClock(1_000_000);
  const steady = new SteadyClock(clock);
  const before = steady.now();
  clock.jumpTo(clock.now() - 500);
  expect(steady.now()).toBe(before);
});
