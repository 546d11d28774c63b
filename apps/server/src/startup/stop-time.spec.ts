import { expect, it } from '@jest/globals';
import { manualClock } from '@kari/kernel/testing';
import { StopTime } from './stop-time.js';

it('gives sandboxes half of it, five seconds at most, and requests what they left, less a moment for the database', async () => {
  const clock = manualClock();
  const ten = new StopTime(10_000, clock);
  expect([
    ten.sandboxMilliseconds,
    new StopTime(600_000, clock).sandboxMilliseconds,
    new StopTime(1_000, clock).sandboxMilliseconds,
  ]).toEqual([5_000, 5_000, 500]);
  ten.begin();
  await clock.advance(5_000);
  ten.begin();
  expect(ten.leftMilliseconds).toBe(3_500);
  await clock.advance(60_000);
  expect(ten.leftMilliseconds).toBe(250);
});

it('gives requests all of it when nothing else was stopped first', () => {
  expect(new StopTime(10_000, manualClock()).leftMilliseconds).toBe(8_500);
});
