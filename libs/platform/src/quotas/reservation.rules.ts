// Arithmetic of turns: who may begin when, where only so many may in a time. Unlike a bucket that refuses, everybody gets a moment of their own,
// so that those who wait ask once.

export interface Pace {
  /** May begin at once after a quiet time, and in the long run in each `perMs`. */
  readonly limit: number;
  readonly perMs: number;
}

/** Moments in milliseconds, on the clock of whoever keeps the count. `free`: when all that was reserved has been worked off; null for never. */
export function reserve(free: number | null, { limit, perMs }: Pace, now: number, count: number): { readonly free: number } {
  return { free: Math.max(free ?? 0, now) + (count * perMs) / limit };
}

/** How long each of the last `count` reservations waits, first come first. */
export function waitsOf({ free }: { readonly free: number }, { limit, perMs }: Pace, now: number, count: number): readonly number[] {
  const each = perMs / limit;
  return Array.from({ length: count }, (_, index) => Math.max(0, Math.ceil(free - (count - 1 - index) * each - perMs - now)));
}
