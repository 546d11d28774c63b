// Whether a run can leave memory: nothing of it is under way, and what it waits for comes by a timer that is far off, or by the log.
import { awaitedChildrenOf, effectsOf } from './interpreter/effects.rules.js';
import { isOver, type RunState } from './run-state.rules.js';

/** `now` and the answer's distance by the wall clock, in milliseconds. */
export function canSleep(state: RunState, now: number, farMs: number): boolean {
  if (state.status === 'none' || isOver(state)) return false;
  // The end of a child is told to its parent in memory.
  if (awaitedChildrenOf(state).length > 0 || effectsOf(state).length > 0) return false;
  return [...state.timers.values()].every(({ dueAt }) => Date.parse(dueAt) - now >= farMs);
}
