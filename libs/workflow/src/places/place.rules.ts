// Who gets a place, and who the next one: runs of one key, of which only so many go on at once.

export interface PlaceRow {
  readonly run: string;
  readonly turn: number;
  readonly status: 'held' | 'waiting';
  /** Places that its own version of the workflow allows. */
  readonly places: number;
}

export interface PlaceWish {
  readonly run: string;
  readonly turn: number;
  readonly places: number;
  readonly overlap: 'queue' | 'skip' | 'cancel-previous';
  /** Runs that wait for this one, so that it can wait for none of them. */
  readonly ancestors: readonly string[];
}

export type PlaceDecision =
  | { readonly status: 'held' }
  /** `behind` names some of those `ahead`; those of `replaces` are to be cancelled. */
  | { readonly status: 'waiting'; readonly behind: readonly string[]; readonly ahead: number; readonly replaces: readonly string[] }
  | { readonly status: 'refused'; readonly reason: string };

export const MOST_WAITING = 10_000;
const NAMED = 10;

/** `rows` in the order in which they came, without the one that asks. */
export function placeFor(wish: PlaceWish, rows: readonly PlaceRow[]): PlaceDecision {
  const holders = rows.filter(({ status }) => status === 'held').map(({ run }) => run);
  const waiting = rows.filter(({ status }) => status === 'waiting').map(({ run }) => run);
  if (holders.length < wish.places && waiting.length === 0) return { status: 'held' };
  const [first = waiting[0]!] = holders;
  const ancestor = holders.find((run) => wish.ancestors.includes(run));
  if (ancestor !== undefined) return { status: 'refused', reason: `it would wait for run ${ancestor}, which waits for it` };
  if (wish.overlap === 'skip') return { status: 'refused', reason: `skipped, because run ${first} goes on with the same key` };
  if (waiting.length >= MOST_WAITING) return { status: 'refused', reason: `skipped, because ${MOST_WAITING} runs wait with the same key` };
  const ahead = [...holders, ...waiting];
  return { status: 'waiting', behind: ahead.slice(0, NAMED), ahead: ahead.length, replaces: replacedBy(wish, holders, waiting) };
}

/** Whoever waits already, and as many of the eldest as make room. */
function replacedBy({ overlap, places }: PlaceWish, holders: readonly string[], waiting: readonly string[]): readonly string[] {
  return overlap === 'cancel-previous' ? [...holders.slice(0, Math.max(0, holders.length - places + 1)), ...waiting] : [];
}

/** Those that come in when a place is free: first come, first served. */
export function admittedFrom(rows: readonly PlaceRow[]): readonly PlaceRow[] {
  let held = rows.filter(({ status }) => status === 'held').length;
  const admitted: PlaceRow[] = [];
  for (const row of rows) {
    if (row.status !== 'waiting') continue;
    if (held >= row.places) break;
    admitted.push(row);
    held += 1;
  }
  return admitted;
}
