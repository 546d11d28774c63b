// Arithmetic of rates: a bucket that fills with time, and how much of it a process may carry away at once.

export interface Rate {
  /** What may pass in the long run. */
  readonly perSecond: number;
  /** What may pass at once after a quiet time. */
  readonly burst: number;
}

export interface Bucket {
  readonly tokens: number;
  /** Milliseconds, on the clock of whoever keeps the bucket. */
  readonly at: number;
}

export interface Leased {
  /** 0, or at least what was needed. */
  readonly granted: number;
  /** Milliseconds until a slice may be had again; 0 when something was granted. */
  readonly retryMs: number;
}

const BURST_SECONDS = 2;
/** Two processes that hold an unused slice each stay within one part in twenty-five of the burst. */
const SLICE = 0.02;

export function rateOf(perSecond: number): Rate {
  return { perSecond, burst: perSecond * BURST_SECONDS };
}

/** The rate of so many in a window. At most what an hour brings comes at once: a count that was quiet for an hour is forgotten. */
export function rateIn(requests: number, seconds: number): Rate {
  const perSecond = requests / seconds;
  return { perSecond, burst: Math.max(1, Math.min(requests, Math.floor(perSecond * 3_600))) };
}

/** What a process takes at once, so that it asks the others' count only now and then; an unused slice has filled up again in a burst's seconds. */
export function sliceOf({ burst, perSecond }: Rate): number {
  return Math.max(1, Math.floor(Math.min(burst * SLICE, perSecond * BURST_SECONDS)));
}

/** Takes `want` where there is so much, else all there is, else nothing when that is less than `need`. A missing bucket is full. */
export function lease(bucket: Bucket | null, rate: Rate, now: number, need: number, want: number): Leased & { readonly bucket: Bucket } {
  const passed = bucket === null ? 0 : Math.max(0, now - bucket.at);
  const full = bucket === null ? rate.burst : Math.min(rate.burst, bucket.tokens + (passed / 1000) * rate.perSecond);
  const granted = full >= want ? want : full >= need ? Math.floor(full) : 0;
  const tokens = full - granted;
  return {
    granted,
    retryMs: granted > 0 ? 0 : Math.max(1, Math.ceil(((Math.max(need, Math.min(want, rate.burst)) - tokens) / rate.perSecond) * 1000)),
    bucket: { tokens, at: Math.max(now, bucket?.at ?? now) },
  };
}
