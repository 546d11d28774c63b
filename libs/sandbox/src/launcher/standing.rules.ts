// Who is served last: a sandbox that uses up its share of the processor. Nobody who wants to run for a moment waits for one that always does.

export const standing = {
  /** Between two looks. */
  lookMs: 250,
  /** Looks without having used it up, until it stands with the others again. */
  restLooks: 4,
} as const;

export interface Standing {
  /** Periods in which the kernel held it back, up to the last look. */
  readonly heldBack: number;
  readonly rested: number;
  readonly last: boolean;
}

export const amongOthers: Standing = { heldBack: 0, rested: 0, last: false };

export function looked(before: Standing, heldBack: number): Standing {
  if (heldBack > before.heldBack) return { heldBack, rested: 0, last: true };
  const rested = before.rested + 1;
  return { heldBack, rested, last: before.last && rested < standing.restLooks };
}
