// Tasks of a test run whose outcome was given when it was started: they are never done.
import { placeOf } from '../place.rules.js';
import type { OpenTask, RunState } from '../run-state.rules.js';

/** Null for a task that is done. */
export function pinOf({ start }: RunState, { pointer }: Pick<OpenTask, 'pointer'>): { readonly output: unknown } | null {
  const { pins } = start ?? {};
  if (pins === undefined) return null;
  const place = placeOf(pointer);
  return Object.hasOwn(pins, place) ? { output: pins[place] ?? null } : null;
}
