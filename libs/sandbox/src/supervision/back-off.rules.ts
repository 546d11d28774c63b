// How long a crashed sandbox waits before it is started again: half a second, doubling to a minute, with jitter so that the sandboxes of one
// broken service do not all return in step.

const FIRST = 500;
const LONGEST = 60_000;

/** `consecutive` crashes so far (1 for the first); `chance` in [0, 1). Half of the delay is certain, half is chance. */
export function backOff(consecutive: number, chance: number): number {
  const delay = Math.min(LONGEST, FIRST * 2 ** (Math.max(1, consecutive) - 1));
  return Math.round(delay / 2 + (delay / 2) * chance);
}
