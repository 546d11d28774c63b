// When a deadline that passed speaks against the process. Callers choose how long they wait, down to a millisecond: their impatience must
// not cost an extension its process, or whoever may call a plugin could put it into quarantine.

/** Of the time of its class: who had that much and did not answer, is to blame. */
const FAIR_SHARE = 0.5;

export function isFair(milliseconds: number, classMilliseconds: number): boolean {
  return milliseconds >= classMilliseconds * FAIR_SHARE;
}

export interface PassedDeadline {
  /** What was left to the call when the process got it: the start of a sandbox may have taken some. */
  readonly milliseconds: number;
  /** What the resource class promises to every call. */
  readonly classMilliseconds: number;
  /** Whether the process wanted the processor and did not get it. */
  readonly starved: boolean;
}

export function countsAsMissed({ milliseconds, classMilliseconds, starved }: PassedDeadline): boolean {
  return !starved && isFair(milliseconds, classMilliseconds);
}
