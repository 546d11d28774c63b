import { expect, it } from '@jest/globals';
import { Unavailable } from '@kari/kernel';
import { manualClock } from '@kari/kernel/testing';
import { withinDeadline } from './deadline.js';

it('hands on an answer or a failure that comes in time, and leaves no timer behind', async () => {
  const clock = manualClock();
  expect(await withinDeadline(clock, 100, 'the store', Promise.resolve(7))).toBe(7);
  await expect(withinDeadline(clock, 100, 'the store', Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(clock.pending).toBe(0);
});

it('gives up at the deadline, in words, and says that asking again may help', async () => {
  const clock = manualClock();
  const waiting = withinDeadline(clock, 100, 'the store', new Promise(() => undefined));
  const seen = waiting.catch((error: unknown) => error);
  await clock.advance(99);
  expect(clock.pending).toBe(1);
  await clock.advance(1);
  const error = await seen;
  expect(error).toBeInstanceOf(Unavailable);
  expect(error).toMatchObject({ message: 'the store did not answer within 100 ms', retryable: true });
});
