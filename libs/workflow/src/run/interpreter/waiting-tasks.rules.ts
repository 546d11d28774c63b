// Tasks that wait for a time, or for a run of their own.
import { millisecondsOf } from '../duration.rules.js';
import { standardError } from '../run-error.rules.js';
import type { OpenTask, RunState } from '../run-state.rules.js';
import type { RunEvent } from '../run.events.js';
import { filled } from '../task-values.rules.js';
import { complete } from './completion.rules.js';
import { fail } from './failure.rules.js';
import { variablesOf, type Machine } from './machine.rules.js';
import { timerOf, timerSet } from './run-timers.rules.js';

export function pause(m: Machine, state: RunState, task: OpenTask, duration: never): readonly RunEvent[] | null {
  if (task.fired.includes('wait')) return complete(m, state, task, task.input);
  const timer = timerOf(task, 'wait');
  if (state.timers.has(timer)) return null;
  const length = millisecondsOf(filled(m.answers, duration, task.input, variablesOf(m, state, task)) as never);
  if (length === null) return fail(m, state, task, standardError('configuration', 'the time to wait is no duration'));
  return [timerSet(m, state, timer, task.id, 'wait', length)];
}

export function childOutcome(m: Machine, state: RunState, task: OpenTask): readonly RunEvent[] | null {
  if (task.child === null) return null;
  const { outcome, output, error } = task.child;
  if (outcome === 'completed') return complete(m, state, task, output ?? null);
  return fail(m, state, task, error ?? standardError('runtime', `the run ${task.child.run} was ${outcome}`));
}
