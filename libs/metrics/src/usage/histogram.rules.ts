// Latencies as counts per bucket: what can be added up over time, processes and tenants, as averages and percentiles cannot.

/** Upper bounds in milliseconds, inclusive; the last bucket holds everything slower. */
export const latencyBounds = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 120_000] as const;
export const latencyBuckets = latencyBounds.length + 1;

/** Calls per bucket, fastest first. */
export type Histogram = readonly number[];

export const emptyHistogram: Histogram = Array.from({ length: latencyBuckets }, () => 0);

export function bucketOf(milliseconds: number): number {
  const index = latencyBounds.findIndex((bound) => milliseconds <= bound);
  return index < 0 ? latencyBounds.length : index;
}

export function addHistograms(a: Histogram, b: Histogram): Histogram {
  return emptyHistogram.map((_, index) => (a[index] ?? 0) + (b[index] ?? 0));
}

/**
 * The latency that this share of calls stayed within, interpolated inside its bucket; null without calls. Beyond the last bound nothing is known but
 * "slower", and the bound is answered.
 */
export function quantile(histogram: Histogram, share: number): number | null {
  const total = histogram.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  const wanted = share * total;
  let below = 0;
  for (const [index, count] of histogram.entries()) {
    if (count > 0 && below + count >= wanted) return interpolated(index, (wanted - below) / count);
    below += count;
  }
  return latencyBounds.at(-1) ?? null;
}

function interpolated(bucket: number, share: number): number {
  const upper = latencyBounds[bucket];
  const lower = bucket === 0 ? 0 : (latencyBounds[bucket - 1] ?? 0);
  if (upper === undefined) return lower;
  return Math.round((lower + (upper - lower) * share) * 100) / 100;
}
