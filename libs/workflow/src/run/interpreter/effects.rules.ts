// What a run asks of the world: effects to be made now, and child runs to wait for or to end.
import { awaitsChild, childRunOf, isAdmitted, isOver, type OpenTask, type RunState } from '../run-state.rules.js';
import { nameIn } from '../moves.rules.js';
import type { RunPace, TaskKind } from '../run.events.js';
import { pinOf } from './pins.rules.js';
import { timerOf } from './run-timers.rules.js';

const EFFECTS: ReadonlySet<TaskKind> = new Set(['call', 'emit', 'run']);

/** The tasks whose effect is to be made now. */
export function effectsOf(state: RunState): readonly OpenTask[] {
  if (state.paused || (state.status !== 'running' && state.status !== 'compensating') || !isAdmitted(state)) return [];
  return [...state.tasks.values()].filter(
    (task) =>
      EFFECTS.has(task.kind) &&
      task.child === null &&
      !task.unbegun &&
      !task.fired.includes('timeout') &&
      !state.timers.has(timerOf(task, 'rate')) &&
      pinOf(state, task) === null,
  );
}

/** The rate limit that the task has yet to wait for; null without one, or when its time has come. */
export function paceToKeep(task: OpenTask): RunPace | null {
  return task.fired.includes('rate') ? null : ((task.arguments as { pace?: RunPace } | undefined)?.pace ?? null);
}

/** Runs that this one waits for, of open tasks and of tasks that are gone. */
export function awaitedChildrenOf(state: RunState): readonly string[] {
  if (isOver(state)) return [];
  return [...state.abandoned, ...[...state.tasks.values()].filter(awaitsChild).map(childRunOf)];
}

/** Those of them that nobody has a use for any more. */
export function childrenToEnd(state: RunState): readonly string[] {
  return state.status === 'cancelling' || state.status === 'failing' ? awaitedChildrenOf(state) : state.abandoned;
}

/** Stable over attempts, owners, restarts and migrations: one name for one effect. */
export function idempotencyKeyOf(run: string, task: Pick<OpenTask, 'id' | 'iteration'>): string {
  return `${run}:${nameIn(task)}:${task.iteration}`;
}
