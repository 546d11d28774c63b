// From the tasks that somebody names in two versions of a document to where everything else of the older one stands in the newer. A place is the names
// on the way to a task: what has the same place in both needs no word, and what stands in a task that is mapped moves along.
import { rejected } from '@kari/kernel';
import type { WorkflowDocument } from '../definition/document.js';
import { valueAt } from '../run/flow.rules.js';
import { movedTo, type Moves } from '../run/moves.rules.js';
import { placeNamed, tasksOfRuns, type NamedTask } from '../run/named-place.rules.js';
import { placeOf } from '../run/place.rules.js';

/** A task of the older version by its name, place or JSON pointer, and the one of the newer version that it is there; null: none is. */
export interface GivenMapping {
  readonly from: string;
  readonly to: string | null;
}

/** The same by places. */
export type PlaceMapping = readonly GivenMapping[];

export interface Versions {
  readonly from: WorkflowDocument;
  readonly to: WorkflowDocument;
}

const MOST_MAPPED = 500;

/** Throws `Rejection` WORKFLOW_MAPPING_INVALID. */
export function placesGiven({ from, to }: Versions, given: readonly GivenMapping[]): PlaceMapping {
  if (given.length > MOST_MAPPED) throw invalid('mapping', `there are ${given.length} entries; at most ${MOST_MAPPED} may be`);
  const [before, after] = [tasksOfRuns(from), tasksOfRuns(to)];
  const mapping = given.map((entry) => ({
    from: meant(before, entry.from, 'older'),
    to: entry.to === null ? null : meant(after, entry.to, 'newer'),
  }));
  unlikeOnes(mapping.map((entry) => entry.from));
  unlikeOnes(mapping.flatMap((entry) => (entry.to === null ? [] : [entry.to])));
  return mapping;
}

/** What becomes of every pointer of the older version. Of several that would come to one place, the one stays that was named for it most exactly. */
export function movesBetween({ from, to }: Versions, mapping: PlaceMapping): Moves {
  const there = new Map(tasksOfRuns(to).map(({ pointer }) => [placeOf(pointer), pointer]));
  const targets = tasksOfRuns(from).map(({ pointer }) => ({ pointer, ...targetOf(placeOf(pointer), mapping) }));
  const nearest = new Map<string, number>();
  for (const { place, named } of targets) if (place !== null) nearest.set(place, Math.max(named, nearest.get(place) ?? 0));
  const moves: Record<string, string | null> = {};
  for (const { pointer, place, named } of targets) {
    const wins = place !== null && nearest.get(place) === named;
    const next = wins ? (there.get(place) ?? null) : null;
    const along = movedTo(moves, pointer);
    // What is nowhere is nowhere already, unless something else stands where it would be looked for.
    if (along === next || (next === null && (along === null || valueAt(to, along) === undefined))) continue;
    moves[pointer] = next;
  }
  return moves;
}

/** `named`: how much of its new place was named for it. */
function targetOf(place: string, mapping: PlaceMapping): { readonly place: string | null; readonly named: number } {
  let nearest: GivenMapping | null = null;
  for (const entry of mapping) {
    if (place !== entry.from && !place.startsWith(`${entry.from}/`)) continue;
    if (nearest === null || entry.from.length > nearest.from.length) nearest = entry;
  }
  if (nearest === null) return { place, named: 0 };
  if (nearest.to === null) return { place: null, named: 0 };
  return { place: `${nearest.to}${place.slice(nearest.from.length)}`, named: nearest.to.length };
}

function meant(tasks: readonly NamedTask[], key: string, which: 'older' | 'newer'): string {
  const found = placeNamed(tasks, key);
  if ('reason' in found) throw invalid(key, `${found.reason} in the ${which} version`);
  return found.place;
}

function unlikeOnes(places: readonly string[]): void {
  const twice = places.find((place, index) => places.indexOf(place) !== index);
  if (twice !== undefined) throw invalid(twice, 'it is mapped twice');
}

function invalid(entry: string, reason: string) {
  return rejected('WORKFLOW_MAPPING_INVALID', { entry: entry.slice(0, 200), reason });
}
