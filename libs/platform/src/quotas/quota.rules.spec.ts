import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { lease, rateIn, rateOf, sliceOf, type Bucket } from './quota.rules.js';

const rate = { perSecond: 10, burst: 20 };

describe('rates', () => {
  it('forgive two seconds at once, and are carried away in slices of a fiftieth', () => {
    expect([rateOf(100), sliceOf(rateOf(100)), sliceOf(rateOf(1)), sliceOf(rateOf(5_000))]).toEqual([
      { perSecond: 100, burst: 200 },
      4,
      1,
      200,
    ]);
  });

  it('of a window let it come at once, as far as an hour brings it, in slices that two seconds bring', () => {
    expect([rateIn(60, 60), rateIn(10, 1), rateIn(24, 86_400), rateIn(86_400, 86_400)]).toEqual([
      { perSecond: 1, burst: 60 },
      { perSecond: 10, burst: 10 },
      { perSecond: 24 / 86_400, burst: 1 },
      { perSecond: 1, burst: 3_600 },
    ]);
    expect([sliceOf(rateIn(60, 60)), sliceOf(rateIn(86_400, 86_400)), sliceOf(rateIn(100_000, 60))]).toEqual([1, 2, 2_000]);
  });

  it('give what is wanted, else what is there, else nothing', () => {
    expect(lease(null, rate, 0, 1, 5)).toEqual({ granted: 5, retryMs: 0, bucket: { tokens: 15, at: 0 } });
    expect(lease({ tokens: 5, at: 0 }, rate, 0, 1, 5)).toMatchObject({ granted: 5, bucket: { tokens: 0 } });
    expect(lease({ tokens: 3.5, at: 0 }, rate, 0, 1, 5)).toMatchObject({ granted: 3, retryMs: 0, bucket: { tokens: 0.5 } });
    expect(lease({ tokens: 1, at: 0 }, rate, 0, 1, 5)).toMatchObject({ granted: 1, bucket: { tokens: 0 } });
    expect(lease({ tokens: 0.5, at: 0 }, rate, 0, 1, 5)).toEqual({ granted: 0, retryMs: 450, bucket: { tokens: 0.5, at: 0 } });
    expect(lease({ tokens: 3, at: 0 }, rate, 0, 4, 4)).toMatchObject({ granted: 0, retryMs: 100, bucket: { tokens: 3 } });
    expect(lease({ tokens: 0, at: 0 }, rate, 0, 20, 50)).toMatchObject({ granted: 0, retryMs: 2_000 });
  });

  it('fill with time, to the brim and never backwards', () => {
    expect(lease({ tokens: 0, at: 1_000 }, rate, 1_500, 1, 1).bucket).toEqual({ tokens: 4, at: 1_500 });
    expect(lease({ tokens: 19, at: 0 }, rate, 60_000, 1, 1).bucket).toEqual({ tokens: 19, at: 60_000 });
    expect(lease({ tokens: 2, at: 1_000 }, rate, 500, 1, 1).bucket).toEqual({ tokens: 1, at: 1_000 });
  });

  it('never let more pass than the burst and what has flowed in since, and waste nothing of a whole token', () => {
    const asks = fc.array(fc.record({ after: fc.nat(700), need: fc.integer({ min: 1, max: 20 }), more: fc.nat(10) }), { maxLength: 200 });
    fc.assert(
      fc.property(asks, (given) => {
        let bucket: Bucket | null = null;
        let now = 0;
        let passed = 0;
        for (const { after, need, more } of given) {
          now += after;
          const answer = lease(bucket, rate, now, need, need + more);
          expect(answer.granted === 0 || answer.granted >= need).toBe(true);
          if (answer.granted === 0) expect(answer.bucket.tokens).toBeLessThan(need);
          expect(answer.bucket.tokens).toBeGreaterThanOrEqual(0);
          bucket = answer.bucket;
          passed += answer.granted;
          expect(passed).toBeLessThanOrEqual(rate.burst + (now / 1000) * rate.perSecond + 1e-6);
        }
      }),
    );
  });

  it('say when to come again, and are then true to it', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 20, noNaN: true }), fc.integer({ min: 1, max: 20 }), (tokens, need) => {
        const { granted, retryMs, bucket } = lease({ tokens, at: 0 }, rate, 0, need, need);
        if (granted === 0) expect(lease(bucket, rate, retryMs, need, need).granted).toBe(need);
        else expect(retryMs).toBe(0);
      }),
    );
  });
});
