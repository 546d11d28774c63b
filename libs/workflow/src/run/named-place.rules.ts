// Which task of a document is meant: by its name where only one has it, by its pointer or its place otherwise.
import { tasksOf } from '../definition/tasks.rules.js';
import type { WorkflowDocument } from '../definition/document.js';
import { placeOf } from './place.rules.js';

export interface NamedTask {
  readonly name: string;
  readonly pointer: string;
}

/** Tasks that a run may come to, outer ones first; those of functions stand elsewhere. */
export function tasksOfRuns(document: WorkflowDocument): readonly NamedTask[] {
  return tasksOf(document).filter(({ pointer }) => pointer.startsWith('/do/'));
}

/** Its place, or why nothing is meant. */
export function placeNamed(tasks: readonly NamedTask[], key: string): { readonly place: string } | { readonly reason: string } {
  const exact = tasks.find(({ pointer }) => pointer === key || placeOf(pointer) === key);
  if (exact !== undefined) return { place: placeOf(exact.pointer) };
  const [one, ...others] = tasks.filter(({ name }) => name === key);
  if (one === undefined) {
    const names = tasks.map(({ name }) => name).slice(0, 50);
    return { reason: `there is no such task; there are ${names.join(', ')}` };
  }
  if (others.length > 0)
    return { reason: `several tasks have this name: ${[one, ...others].map(({ pointer }) => placeOf(pointer)).join(', ')}` };
  return { place: placeOf(one.pointer) };
}
