// Where the places of one version of a document stand in another, and by which name a run knows each of them: the pointer that it had when the run
// first went by it. So the ids of tasks, their timers, and the keys of their effects stay what they are through every migration.

/** From pointers of the older version to pointers of the newer one; what stands below moves along. Null: it has no place there any more. */
export type Moves = Readonly<Record<string, string | null>>;

/** Where what stood at a pointer of the older version stands in the newer one. */
export function movedTo(moves: Moves, pointer: string): string | null {
  for (let at = pointer; at !== ''; at = above(at)) {
    if (!Object.hasOwn(moves, at)) continue;
    const to = moves[at] ?? null;
    return to === null ? null : `${to}${pointer.slice(at.length)}`;
  }
  return pointer;
}

/** By which name a run knows a place of the version that it goes by. `migrations`: its moves so far, first ones first. */
export function nameOf(migrations: readonly Moves[], pointer: string): string {
  let name = pointer;
  for (let nth = migrations.length; nth > 0; nth -= 1) {
    const origin = cameFrom(migrations[nth - 1]!, name);
    // Its pointer names something else already. No pointer holds these signs, so the name is nobody's.
    if (origin === null) return `${name}~m${nth}`;
    name = origin;
  }
  return name;
}

/** The name of a task's place, without the repetition. */
export function nameIn({ id, iteration }: { readonly id: string; readonly iteration: string }): string {
  return iteration === '' ? id : id.slice(0, id.length - iteration.length - 1);
}

function cameFrom(moves: Moves, pointer: string): string | null {
  for (let at = pointer; at !== ''; at = above(at)) {
    for (const [from, to] of Object.entries(moves)) {
      const origin = to === at ? `${from}${pointer.slice(at.length)}` : null;
      if (origin !== null && movedTo(moves, origin) === pointer) return origin;
    }
  }
  return movedTo(moves, pointer) === pointer ? pointer : null;
}

function above(pointer: string): string {
  return pointer.slice(0, Math.max(0, pointer.lastIndexOf('/')));
}
