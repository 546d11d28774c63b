// What a run has asked for, timers, approvals and events, lasts no longer than its task.
import type { RunState } from '../run-state.rules.js';
import type { RunEvent } from '../run.events.js';
import { timerOf } from './run-timers.rules.js';

/** What a task that is gone, or a run that is ending, had asked for is taken back before anything else happens. */
export function staleRegistration(state: RunState): RunEvent | null {
  const ending = state.status === 'cancelling' || state.status === 'failing';
  for (const [timer, { task, purpose }] of state.timers) {
    const alive = task === null ? state.status === 'running' && state.result === null : !ending && belongs(timer, task, purpose, state);
    if (!alive) return { type: 'TimerCancelled', data: { timer } };
  }
  for (const [approval, task] of state.openApprovals) {
    if (ending || state.tasks.get(task)?.approval?.id !== approval)
      return { type: 'ApprovalClosed', data: { approval, reason: 'withdrawn' } };
  }
  for (const task of state.listeners) {
    if (ending || (state.tasks.get(task)?.listening?.closed ?? true)) return { type: 'EventUnawaited', data: { task } };
  }
  return null;
}

/** A retry's timer outlives the attempt it was set by only while that `try` is in its pause. */
function belongs(timer: string, task: string, purpose: string, state: RunState): boolean {
  const open = state.tasks.get(task);
  return open !== undefined && timer === timerOf(open, purpose);
}
