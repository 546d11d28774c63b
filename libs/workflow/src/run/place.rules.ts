// Where a task stands, told by the names on the way to it: what a list gains or loses elsewhere does not move it.
import { nameIn } from './moves.rules.js';

const LISTS: ReadonlySet<string> = new Set(['do', 'try', 'branches', 'compensate']);

/** `/do/3/pay/try/0/charge` is `/do/pay/try/charge`. Names are unique in a list, so nothing is lost. */
export function placeOf(pointer: string): string {
  const tokens = pointer.split('/');
  const kept: string[] = [];
  for (let index = 0; index < tokens.length; index += 1) {
    const token = tokens[index]!;
    const name = tokens[index + 1];
    const numbersAnEntry = name !== undefined && /^\d+$/.test(token) && LISTS.has(tokens[index - 1] ?? '');
    kept.push(numbersAnEntry ? name : token);
    if (numbersAnEntry) index += 1;
  }
  return kept.join('/');
}

/** One repetition of a task: its place, by which its run knows it, and the rounds of the loops around it. */
export function repetitionOf(task: { readonly id: string; readonly iteration: string }): string {
  return `${placeOf(nameIn(task))}#${task.iteration}`;
}
