import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { addHistograms, bucketOf, emptyHistogram, latencyBounds, latencyBuckets, quantile } from './histogram.rules.js';

const of = (...latencies: readonly number[]) =>
  latencies.reduce((made, latency) => made.map((count, index) => count + (index === bucketOf(latency) ? 1 : 0)), [...emptyHistogram]);

describe('latency histograms', () => {
  it('has a bucket for everything', () => {
    expect([0, 1, 1.01, 30_000, 120_000, 120_001, Number.MAX_VALUE].map(bucketOf)).toEqual([0, 0, 1, 13, 14, 15, 15]);
    expect(emptyHistogram).toHaveLength(latencyBuckets);
  });

  it('answers a percentile inside its bucket', () => {
    expect(quantile(of(3, 3, 3, 3), 0.5)).toBe(3.5);
    expect(quantile(of(0.5, 0.5, 0.5, 400), 0.5)).toBeCloseTo(0.67, 2);
    expect(quantile(of(0.5, 0.5, 0.5, 400), 0.99)).toBeGreaterThan(250);
    expect(quantile(of(500_000), 0.5)).toBe(120_000);
    expect(quantile(emptyHistogram, 0.5)).toBeNull();
  });

  it('adding keeps every call, in any order, and percentiles never fall with the share', () => {
    const latencies = fc.array(fc.double({ min: 0, max: 200_000, noNaN: true }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(latencies, latencies, (a, b) => {
        const together = of(...a, ...b);
        expect(addHistograms(of(...a), of(...b))).toEqual(together);
        expect(addHistograms(of(...b), of(...a))).toEqual(together);
        const shares = [0.01, 0.5, 0.95, 0.99, 1].map((share) => quantile(together, share) ?? -1);
        expect([...shares].sort((x, y) => x - y)).toEqual(shares);
        expect(Math.max(...shares)).toBeLessThanOrEqual(latencyBounds.at(-1) ?? 0);
      }),
    );
  });
});
