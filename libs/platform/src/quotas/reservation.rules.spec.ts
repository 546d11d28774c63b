import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { reserve, waitsOf } from './reservation.rules.js';

const pace = { limit: 2, perMs: 1_000 };

it('lets the limit begin at once, and the others one after the other', () => {
  const after = reserve(null, pace, 0, 5);
  expect(waitsOf(after, pace, 0, 5)).toEqual([0, 0, 500, 1_000, 1_500]);
  expect(waitsOf(reserve(after.free, pace, 10_000, 1), pace, 10_000, 1)).toEqual([0]);
});

it('never lets more begin than the limit at once and what has come since, however they ask', () => {
  const asks = fc.array(fc.record({ after: fc.nat(2_000), count: fc.integer({ min: 1, max: 5 }) }), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(asks, fc.integer({ min: 1, max: 7 }), (given, limit) => {
      const kept = { limit, perMs: 1_000 };
      let now = 0;
      let free: number | null = null;
      const begun: number[] = [];
      for (const { after, count } of given) {
        now += after;
        const next: { readonly free: number } = reserve(free, kept, now, count);
        free = next.free;
        for (const wait of waitsOf(next, kept, now, count)) begun.push(now + wait);
      }
      for (const from of begun) {
        for (const to of begun) {
          if (to < from) continue;
          const between = begun.filter((at) => at >= from && at <= to).length;
          // Whole milliseconds are rounded up, which moves one start by less than one.
          expect(between).toBeLessThanOrEqual(limit + ((to - from + 1) * limit) / 1_000 + 1e-6);
        }
      }
    }),
    { numRuns: 50 },
  );
});
