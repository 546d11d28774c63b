import { expect, it } from '@jest/globals';
import { cpuBucket, drain, fullBucket } from './cpu-bucket.rules.js';

it('forgives a burst as long as a start, then stops who goes on', () => {
  let bucket = fullBucket;
  let milliseconds = 0;
  while (!bucket.frozen) {
    bucket = drain(bucket, cpuBucket.sampleMs, cpuBucket.sampleMs);
    milliseconds += cpuBucket.sampleMs;
  }
  expect(milliseconds).toBe(cpuBucket.capacityMs / cpuBucket.share);
});

it('holds a loop to its share over time', () => {
  let bucket = fullBucket;
  let used = 0;
  const total = 60_000;
  for (let now = 0; now < total; now += cpuBucket.sampleMs) {
    const spent = bucket.frozen ? 0 : cpuBucket.sampleMs;
    used += spent;
    bucket = drain(bucket, cpuBucket.sampleMs, spent);
  }
  expect(Math.abs(used / total - cpuBucket.share)).toBeLessThan(0.05);
});

it('never stops who stays below its share', () => {
  let bucket = fullBucket;
  for (let now = 0; now < 10_000; now += 10) bucket = drain(bucket, 10, 4);
  expect(bucket).toEqual(fullBucket);
});
