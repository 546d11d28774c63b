// Half a core for each sandbox where no kernel quota holds it: processor time is taken from a bucket that fills with the clock, and whoever
// empties it is stopped until it has filled a little.

export const cpuBucket = {
  /** Of each millisecond that passes. */
  share: 0.5,
  /** A start costs about 50 ms: short bursts stay unpunished. */
  capacityMs: 250,
  sampleMs: 10,
  /** Samples of a process that used little last time. */
  lazySampleMs: 100,
  /** Continued once this much has come back. */
  resumeMs: 5,
} as const;

export interface Bucket {
  readonly tokensMs: number;
  readonly frozen: boolean;
}

export const fullBucket: Bucket = { tokensMs: cpuBucket.capacityMs, frozen: false };

export function drain(bucket: Bucket, elapsedMs: number, usedMs: number): Bucket {
  const tokensMs = Math.min(cpuBucket.capacityMs, bucket.tokensMs + elapsedMs * cpuBucket.share - usedMs);
  const frozen = bucket.frozen ? tokensMs < cpuBucket.resumeMs : tokensMs <= 0;
  return { tokensMs, frozen };
}
