// How long a task waits for its next attempt: the same on the platform and in the test host.
const FIRST_MS = 1_000;
const LONGEST_MS = 300_000;

/** Further attempts of a task that says nothing of them. */
export const DEFAULT_TASK_RETRIES = 3;

/** Milliseconds after the n-th failure: one second, doubled with each up to five minutes. `chance` in [0, 1) takes up to half of it away. */
export function taskPause(failures: number, chance: number): number {
  return Math.round(Math.min(FIRST_MS * 2 ** Math.min(failures - 1, 20), LONGEST_MS) * (1 - chance / 2));
}
