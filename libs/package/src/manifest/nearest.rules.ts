// "Did you mean ...?": the known word that takes the fewest edits.

const LONGEST = 64;

/** Null when nothing is near: at most a third of the letters may differ, and never more than three. */
export function nearest(word: string, known: readonly string[]): string | null {
  if (word.length > LONGEST) return null;
  const most = Math.min(3, Math.max(1, Math.floor(word.length / 3)));
  let best: string | null = null;
  let distance = most + 1;
  for (const candidate of known) {
    if (Math.abs(candidate.length - word.length) >= distance) continue;
    const edits = candidate.toLowerCase() === word.toLowerCase() ? 0 : editsBetween(word, candidate);
    if (edits < distance) [best, distance] = [candidate, edits];
  }
  return best;
}

/** `Did you mean "x"?`, or the list of what there is. */
export function suggestion(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  if (near !== null) return `Did you mean "${near}"?`;
  if (known.length === 0) return 'Remove it.';
  return `Known here: ${known.slice(0, 30).join(', ')}.`;
}

/** Damerau-Levenshtein, neighbours swapped count once. */
function editsBetween(left: string, right: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const changed = left[row - 1] === right[column - 1] ? 0 : 1;
      let edits = Math.min(previous[column]! + 1, current[column - 1]! + 1, previous[column - 1]! + changed);
      // Before the first letter there is none, and so nothing that could have been swapped.
      if (left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1]) {
        edits = Math.min(edits, before[column - 2]! + 1);
      }
      current.push(edits);
    }
    [before, previous] = [previous, current];
  }
  return previous[right.length]!;
}
