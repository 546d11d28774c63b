// The timers of a run: their names, when they are due, and those that a timeout asks for.
import type { Timeout } from '../../definition/document.js';
import { millisecondsOf } from '../duration.rules.js';
import { taskAt } from '../flow.rules.js';
import { isUndo, type OpenTask, type RunState } from '../run-state.rules.js';
import type { RunEvent, RunEventOf } from '../run.events.js';
import { filled, ValueFailed, type Variables } from '../task-values.rules.js';
import { ownVariables, variablesOf, type Machine } from './machine.rules.js';

export function timerOf(task: Pick<OpenTask, 'id' | 'attempt'>, purpose: string): string {
  return `${task.id}:${purpose}:${task.attempt}`;
}

export function timerSet(
  m: Machine,
  state: RunState,
  timer: string,
  task: string | null,
  purpose: RunEventOf<'TimerSet'>['data']['purpose'],
  milliseconds: number,
): RunEvent {
  return {
    type: 'TimerSet',
    data: { timer, task, purpose, dueAt: later(m.now, milliseconds), milliseconds, shard: state.start?.shard ?? 0 },
  };
}

export function later(now: string, milliseconds: number): string {
  return new Date(Date.parse(now) + milliseconds).toISOString();
}

export function runTimer(m: Machine, state: RunState, timeout: Timeout | string | undefined): readonly RunEvent[] {
  const length = timeoutOf(m, timeout, state.start?.input ?? null, ownVariables(m, state));
  return length === null ? [] : [timerSet(m, state, 'run', null, 'run-timeout', length)];
}

export function timeoutToSet(m: Machine, state: RunState, task: OpenTask): readonly RunEvent[] | null {
  const { timeout } = taskAt(m.document, task.pointer) as { timeout?: Timeout | string };
  if (timeout === undefined || isUndo(task.id)) return null;
  const timer = timerOf(task, 'timeout');
  if (state.timers.has(timer) || task.fired.includes('timeout')) return null;
  const length = timeoutOf(m, timeout, task.input, variablesOf(m, state, task));
  if (length === null) throw new ValueFailed(`the timeout of ${task.name} is no duration`);
  return [timerSet(m, state, timer, task.id, 'timeout', length)];
}

function timeoutOf(m: Machine, timeout: Timeout | string | undefined, input: unknown, variables: Variables): number | null {
  const named = typeof timeout === 'string' ? m.document.use?.timeouts?.[timeout] : timeout;
  return named === undefined ? null : millisecondsOf(filled(m.answers, named.after, input, variables) as never);
}
