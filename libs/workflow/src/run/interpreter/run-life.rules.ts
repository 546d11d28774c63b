// How a run begins and how it ends: its children first, then what was done is undone.
import { standardError } from '../run-error.rules.js';
import { awaitsChild, ROOT, type RunState } from '../run-state.rules.js';
import type { RunError, RunEvent } from '../run.events.js';
import { shaped, ValueFailed } from '../task-values.rules.js';
import { admit, placeLeft } from './admission.rules.js';
import { faultOf, ownVariables, type Machine } from './machine.rules.js';
import { runTimer } from './run-timers.rules.js';

export function begin(m: Machine, state: RunState, attempt = 1): readonly RunEvent[] {
  const { input, timeout } = m.document;
  const raw = state.start?.input ?? null;
  const base = { task: ROOT, pointer: ROOT, name: 'do', kind: 'do' as const, parent: null, iteration: '', attempt, raw };
  const set = runTimer(m, state, timeout);
  const events = (given: unknown): RunEvent[] => [{ type: 'TaskScheduled', data: { ...base, input: given } }, ...set];
  try {
    const fault = faultOf(m, input?.schema, raw);
    if (fault !== null)
      return [...events(raw), rootFailure(standardError('validation', `the input of the workflow: ${fault}`, { instance: ROOT }), attempt)];
    const given = input?.from === undefined ? raw : shaped(m.answers, input.from, raw, ownVariables(m, state));
    return events(given);
  } catch (error) {
    if (!(error instanceof ValueFailed)) throw error;
    return [...events(raw), rootFailure(standardError('expression', error.reason, { instance: ROOT }), attempt)];
  }
}

function rootFailure(error: RunError, attempt: number): RunEvent {
  return { type: 'TaskFailed', data: { task: ROOT, attempt, error, handling: 'fail', unbegun: true } };
}

/** Asks to be let in where something limits how many runs go on; a key without a value fails the run before its first task. */
export function seekAdmission(m: Machine, state: RunState): readonly RunEvent[] | null {
  try {
    return admit(m, state);
  } catch (error) {
    if (!(error instanceof ValueFailed)) throw error;
    const { input = null } = state.start ?? {};
    const attempt = state.tasks.get(ROOT)?.attempt ?? 1;
    const root = { task: ROOT, pointer: ROOT, name: 'do', kind: 'do' as const, parent: null, iteration: '', attempt, raw: input, input };
    return [{ type: 'TaskScheduled', data: root }, rootFailure(standardError('expression', error.reason, { instance: ROOT }), attempt)];
  }
}

export function ending(state: RunState): readonly RunEvent[] | null {
  const children = [...state.tasks.values()].some(awaitsChild);
  if (state.abandoned.length > 0 || children) return null;
  const cause = state.status === 'cancelling' ? 'cancelled' : 'failed';
  if (state.undo.length > 0) return [{ type: 'CompensationStarted', data: { cause, tasks: state.undo.map(({ task }) => task).reverse() } }];
  return over(state, cause);
}

/** One after the other, last done first undone; null while one is under way. */
export function nextUndo(state: RunState): readonly RunEvent[] | null {
  if (state.tasks.size > 0) return null;
  const undo = state.undo.at(-1);
  if (undo === undefined) return state.abandoned.length > 0 ? null : over(state, state.cause ?? 'failed');
  const iteration = undo.task.includes('#') ? undo.task.slice(undo.task.indexOf('#') + 1) : '';
  const { input, output } = undo.input as { input: unknown; output: unknown };
  return [
    {
      type: 'TaskScheduled',
      data: {
        task: `undo:${undo.task}`,
        pointer: undo.pointer,
        name: 'compensate',
        kind: 'do',
        parent: null,
        iteration,
        attempt: 1,
        raw: output,
        input: output,
        variables: { input, output },
      },
    },
  ];
}

export function completion(state: RunState, output: unknown): readonly RunEvent[] {
  return [...placeLeft(state), { type: 'RunCompleted', data: { output } }];
}

function over(state: RunState, cause: 'failed' | 'cancelled'): readonly RunEvent[] {
  if (cause === 'cancelled') return [...placeLeft(state), { type: 'RunCancelled', data: { reason: state.reason } }];
  const error = state.failure?.error ?? standardError('runtime', 'the run failed');
  const failures = state.undoFailures.length === 0 ? {} : { compensationFailures: [...state.undoFailures] };
  return [...placeLeft(state), { type: 'RunFailed', data: { error, ...failures } }];
}
