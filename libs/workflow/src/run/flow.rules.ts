// Where a run stands in its document: tasks by pointer, the lists they stand in, and which one comes next.
import { pointerOf, type Task, type TaskList, type WorkflowDocument } from '../definition/document.js';

export interface Entry {
  readonly name: string;
  readonly pointer: string;
}

/** A document never changes, and a run asks for the same few places with every step. */
function remembered<T>(find: (document: WorkflowDocument, pointer: string) => T): (document: WorkflowDocument, pointer: string) => T {
  const byDocument = new WeakMap<WorkflowDocument, Map<string, T>>();
  return (document, pointer) => {
    const known = byDocument.get(document) ?? new Map<string, T>();
    if (known.size === 0) byDocument.set(document, known);
    const found = known.get(pointer) ?? find(document, pointer);
    known.set(pointer, found);
    return found;
  };
}

/** Undefined where the document has nothing. */
export function valueAt(document: unknown, pointer: string): unknown {
  let current = document;
  for (const token of pointer.split('/').slice(1)) {
    if (typeof current !== 'object' || current === null) return undefined;
    const key = token.replaceAll('~1', '/').replaceAll('~0', '~');
    if (!Object.hasOwn(current, key)) return undefined;
    current = (current as Record<string, unknown>)[key];
  }
  return current;
}

/** The task at a pointer; an empty one for a list, which has neither condition nor data flow of its own. */
export const taskAt = remembered((document, pointer): Partial<Task> => {
  const found = valueAt(document, pointer);
  return typeof found === 'object' && found !== null && !Array.isArray(found) ? found : {};
});

/** Pointer of the list that a frame walks through: its own place, or the `do` of the task that stands there. */
export const listOf = remembered((document, pointer): string => (Array.isArray(valueAt(document, pointer)) ? pointer : `${pointer}/do`));

export const entriesOf = remembered((document, list): readonly Entry[] => {
  const items = (valueAt(document, list) ?? []) as TaskList;
  return items.flatMap((item, index) => Object.keys(item).map((name) => ({ name, pointer: pointerOf(list, index, name) })));
});

/** What follows a child of the list: an entry, or null when the list is done. */
export function following(entries: readonly Entry[], ended: { readonly pointer: string; readonly next: string }): Entry | null {
  if (ended.next === 'continue') return entries[entries.findIndex(({ pointer }) => pointer === ended.pointer) + 1] ?? null;
  return entries.find(({ name }) => name === ended.next) ?? null;
}

/** `2` of the third round, behind the rounds of the loops around it. */
export function within(iteration: string, part: string): string {
  return iteration === '' ? part : `${iteration}.${part}`;
}

export function instanceId(pointer: string, iteration: string): string {
  return iteration === '' ? pointer : `${pointer}#${iteration}`;
}
