import { expect, it } from '@jest/globals';
import { pauseBefore } from './retry.rules.js';

const tried = (attempts: number, elapsedMs = 0) => ({ attempts, elapsedMs });
const delay = { seconds: 1 };

it('backs off as the policy says', () => {
  expect([1, 2, 3].map((n) => pauseBefore({ delay }, tried(n), 0))).toEqual([1000, 1000, 1000]);
  expect([1, 2, 3].map((n) => pauseBefore({ delay, backoff: { exponential: {} } }, tried(n), 0))).toEqual([1000, 2000, 4000]);
  expect([1, 2, 3].map((n) => pauseBefore({ delay, backoff: { exponential: { multiplier: 3 } } }, tried(n), 0))).toEqual([
    1000, 3000, 9000,
  ]);
  expect([1, 2, 3].map((n) => pauseBefore({ delay, backoff: { linear: { increment: { seconds: 2 } } } }, tried(n), 0))).toEqual([
    1000, 3000, 5000,
  ]);
});

it('spreads by chance between its bounds', () => {
  const jitter = { from: { milliseconds: 100 }, to: { milliseconds: 300 } };
  expect([0, 0.5].map((chance) => pauseBefore({ delay, jitter }, tried(1), chance))).toEqual([1100, 1200]);
});

it('ends at the count of retries, and at the time', () => {
  const limit = { attempt: { count: 2 } };
  expect([1, 2, 3].map((n) => pauseBefore({ delay, limit }, tried(n), 0))).toEqual([1000, 1000, null]);
  expect(pauseBefore({ delay, limit: { duration: { seconds: 5 } } }, tried(2, 4500), 0)).toBeNull();
  expect(pauseBefore({ delay, limit: { duration: { seconds: 5 } } }, tried(2, 4000), 0)).toBe(1000);
});
