import { expect, it } from '@jest/globals';
import { TokenBucket } from './token-bucket.js';

it('forgives a burst, then asks for the time the debt takes', () => {
  const bucket = new TokenBucket(200, 400, 0);
  for (let call = 0; call < 400; call += 1) expect(bucket.take(0)).toBe(0);
  expect(bucket.take(0)).toBe(5);
  expect(bucket.take(0)).toBe(10);
  expect(bucket.take(15)).toBe(0);
});
