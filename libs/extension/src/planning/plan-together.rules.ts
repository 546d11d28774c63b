// Which changes of a plan only fit together: none of them may go alone, and all of them may as one.

/** Whether a change may be made when those beside it are made in the same moment. */
export type FitsBeside<T> = (one: T, beside: readonly T[]) => boolean;

/** So few of the candidates that none can be left out; empty when no choice of them fits together. */
export function fewestTogether<T>(candidates: readonly T[], fits: FitsBeside<T>): readonly T[] {
  // One that fits nowhere may keep out others that do without it.
  const tries = [candidates, ...candidates.map((one) => without(candidates, one))];
  let group = tries.map((chosen) => fitting(chosen, fits)).find((found) => found.length > 0) ?? [];
  for (const one of group) {
    const fewer = fitting(without(group, one), fits);
    if (fewer.length > 0) group = fewer;
  }
  return group;
}

/** What is left when whoever does not fit beside the rest goes, and then whoever needed that one. */
function fitting<T>(candidates: readonly T[], fits: FitsBeside<T>): readonly T[] {
  const left = candidates.filter((one) => fits(one, without(candidates, one)));
  return left.length === candidates.length ? left : fitting(left, fits);
}

function without<T>(all: readonly T[], one: T): readonly T[] {
  return all.filter((other) => other !== one);
}
