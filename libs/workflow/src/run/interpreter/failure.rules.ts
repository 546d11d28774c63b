// What becomes of an error: it looks outwards for a `try` that takes it; without one the run fails.
import type { RetryPolicy, TryTask } from '../../definition/document.js';
import { taskAt } from '../flow.rules.js';
import { pauseBefore } from '../retry.rules.js';
import { passesFilter } from '../run-error.rules.js';
import { evolveRun, type OpenTask, type RunState } from '../run-state.rules.js';
import type { RunError, RunEvent } from '../run.events.js';
import { answer, holds, ValueFailed } from '../task-values.rules.js';
import { variablesOf, type Machine } from './machine.rules.js';
import { later, timerOf, timerSet } from './run-timers.rules.js';

/** Looks outwards for a `try` that takes the error; without one the run fails, and what was done is undone. */
export function fail(m: Machine, state: RunState, task: OpenTask, given: RunError, { unbegun = false } = {}): readonly RunEvent[] {
  const error = { ...given, instance: given.instance ?? task.pointer };
  const base = { task: task.id, attempt: task.attempt, error, ...(unbegun ? { unbegun } : {}) } as const;
  for (let frame: OpenTask | null = parentOf(state, task); frame !== null; frame = parentOf(state, frame)) {
    if (frame.kind !== 'try' || frame.phase !== 'body') continue;
    const caught = catching(m, state, frame, error);
    if (caught === 'passes') continue;
    if (caught === null) return [{ type: 'TaskFailed', data: { ...base, handling: 'catch', by: frame.id } }];
    const since = frame.failingSince ?? m.now;
    const retryAt = later(m.now, caught);
    const failure: RunEvent = { type: 'TaskFailed', data: { ...base, handling: 'retry', by: frame.id, retryAt, since } };
    const waiting = evolveRun(state, failure).tasks.get(frame.id)!;
    return [failure, timerSet(m, state, timerOf(waiting, 'retry'), frame.id, 'retry', caught)];
  }
  const failure: RunEvent = { type: 'TaskFailed', data: { ...base, handling: 'fail' } };
  if (state.status !== 'compensating') return [failure];
  const undo = topOf(state, task);
  return [failure, { type: 'CompensationDone', data: { task: undo.id.slice('undo:'.length), error } }];
}

/** Milliseconds until the next try, null for the catch itself, `passes` when the error is none of its business. */
function catching(m: Machine, state: RunState, frame: OpenTask, error: RunError): number | null | 'passes' {
  const { catch: clause } = taskAt(m.document, frame.pointer) as TryTask;
  if (!passesFilter(error, clause.errors?.with)) return 'passes';
  const variables = { ...variablesOf(m, state, frame), [clause.as ?? 'error']: error };
  const says = (condition: string): boolean => {
    try {
      return holds(answer(m.answers, condition, frame.input, variables));
    } catch (failure) {
      if (failure instanceof ValueFailed) return false;
      throw failure;
    }
  };
  if (clause.when !== undefined && !says(clause.when)) return 'passes';
  if (clause.exceptWhen !== undefined && says(clause.exceptWhen)) return 'passes';
  const policy: RetryPolicy | undefined = typeof clause.retry === 'string' ? m.document.use?.retries?.[clause.retry] : clause.retry;
  if (policy === undefined) return null;
  if (policy.when !== undefined && !says(policy.when)) return null;
  if (policy.exceptWhen !== undefined && says(policy.exceptWhen)) return null;
  const elapsedMs = frame.failingSince === null ? 0 : Date.parse(m.now) - Date.parse(frame.failingSince);
  return pauseBefore(policy, { attempts: frame.tries, elapsedMs }, m.chance);
}

export function topOf(state: RunState, task: OpenTask): OpenTask {
  let top = task;
  for (let above = parentOf(state, top); above !== null; above = parentOf(state, top)) top = above;
  return top;
}

function parentOf(state: RunState, task: OpenTask): OpenTask | null {
  return task.parent === null ? null : (state.tasks.get(task.parent) ?? null);
}
