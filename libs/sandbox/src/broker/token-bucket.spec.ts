import { expect, it } from '@jest/globals';
import { TokenBucket } from './token-bucket.js';

it('forgives a burst, then asks for the time the debt takes', () => {
  const bucket = new TokenBucket(200, 400, 0);
  for (let call = 0; call < 400; call += 1) expect(bucket.take(0)).toBe(0);
  expect(bucket.take(0)).toBe(5);
  expect(bucket.take(0)).toBe(10);
  expect(bucket.take(15)).toBe(0);
});

it('fills with the time that passed, and never beyond its burst', () => {
  const bucket = new TokenBucket(10, 20, 5_000);
  for (let call = 0; call < 20; call += 1) expect(bucket.take(5_000)).toBe(0);
  expect(bucket.take(5_100)).toBe(0);
  expect(bucket.take(5_100)).toBe(100);
  for (let call = 0; call < 20; call += 1) expect(bucket.take(900_000)).toBe(0);
  expect(bucket.take(900_000)).toBe(100);
});
