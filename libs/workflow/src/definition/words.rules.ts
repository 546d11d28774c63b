// "Did you mean ...?" for names inside a document.

/** The known word that shares the longest beginning or end with a misspelt one, or all that there are. */
export function suggestionFor(word: string, known: readonly string[]): string {
  if (known.length === 0) return 'Remove it.';
  const lower = word.toLowerCase();
  const near =
    known.find((one) => one.toLowerCase() === lower) ??
    known.find((one) => shared(one.toLowerCase(), lower) >= Math.max(3, lower.length - 2));
  return near === undefined ? `Known here: ${known.slice(0, 20).join(', ')}.` : `Did you mean "${near}"?`;
}

function shared(left: string, right: string): number {
  let start = 0;
  while (start < Math.min(left.length, right.length) && left[start] === right[start]) start += 1;
  let end = 0;
  while (end < Math.min(left.length, right.length) - start && left.at(-1 - end) === right.at(-1 - end)) end += 1;
  return start + end;
}
