// When a deadline that passed speaks against the process. Callers choose how long they wait, down to a millisecond: their impatience must
// not cost an extension its process, or whoever may call a plugin could put it into quarantine.

export interface PassedDeadline {
  /** What the call was given. */
  readonly milliseconds: number;
  /** What the resource class promises to every call. */
  readonly classMilliseconds: number;
  /** Whether the process wanted the processor and did not get it. */
  readonly starved: boolean;
}

export function countsAsMissed({ milliseconds, classMilliseconds, starved }: PassedDeadline): boolean {
  return !starved && milliseconds >= classMilliseconds;
}
