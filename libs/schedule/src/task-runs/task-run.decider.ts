// Decides the life of one run of a task: queued, tried until it succeeds or its retries are used up, skipped, refused, cancelled, tried anew. An attempt
// that is not the current one says nothing any more: whoever lost a run to another process cannot end it.
import { rejected, type Decider } from '@kari/kernel';
import { taskPause } from '@kari/package/rules';
import type { z } from 'zod';
import { consequenceOf, MOST_INTERRUPTIONS } from './attempt.rules.js';
import type { runTask, TaskRunCommand } from './task-run.commands.js';
import type { TaskRunEvent } from './task-run.events.js';

export type TaskRunStatus = 'queued' | 'running' | 'waiting' | 'succeeded' | 'failed' | 'cancelled' | 'skipped' | 'refused' | 'forgotten';

type Start = Omit<z.infer<typeof runTask>, 'impossible'>;

export interface KnownTaskRun extends Start {
  /** `waiting`: for the next attempt. */
  readonly status: TaskRunStatus;
  readonly queuedAt: string;
  /** 0 before the first. */
  readonly attempt: number;
  /** Attempts that failed, since it was started or tried anew. */
  readonly failures: number;
  readonly interruptions: number;
  readonly postponedSince: string | null;
  readonly retryAt: string | null;
  /** Somebody asked for its end while it went on. */
  readonly cancelling: { readonly reason: string | null } | null;
}

export type TaskRunState = { readonly status: 'none' } | KnownTaskRun;

const none: TaskRunState = { status: 'none' };
const OPEN = new Set<TaskRunStatus>(['queued', 'running', 'waiting']);
const RETRIABLE = new Set<TaskRunStatus>(['failed', 'cancelled', 'refused', 'skipped']);

export const taskRunDecider: Decider<TaskRunCommand, TaskRunEvent, TaskRunState> = {
  decide(command, state, { now }) {
    switch (command.type) {
      case 'RunTask':
        return queued(command.data, state, now);
      case 'CancelTaskRun':
        return cancel(known(state, command.data.run), command.data.reason);
      case 'RetryTaskRun': {
        const { run, task, status } = known(state, command.data.run);
        if (!RETRIABLE.has(status)) throw rejected('TASK_RUN_NOT_RETRIABLE', { run, status });
        return [{ type: 'TaskRunRetried', data: { run, task } }];
      }
      case 'ForgetTaskRun':
        return state.status === 'none' || state.status === 'forgotten' || OPEN.has(state.status)
          ? []
          : [{ type: 'TaskRunForgotten', data: { run: state.run, task: state.task } }];
      default:
        return isOpen(state) ? advanced(command, state, now) : [];
    }
  },
  evolve: evolveTaskRun,
  initialState: none,
};

export function isOpen(state: TaskRunState): state is KnownTaskRun {
  return state.status !== 'none' && OPEN.has(state.status);
}

function queued({ impossible, ...start }: z.infer<typeof runTask>, state: TaskRunState, at: string): readonly TaskRunEvent[] {
  // Asked for again, it is under way or has ended, whatever would be said of it now.
  if (state.status !== 'none') return [];
  if (impossible !== undefined) throw rejected(impossible.code, impossible.facts);
  return [{ type: 'TaskRunQueued', data: { ...start, at } }];
}

function cancel({ run, task, status, cancelling }: KnownTaskRun, reason: string | null): readonly TaskRunEvent[] {
  if (status === 'running') return cancelling === null ? [{ type: 'TaskRunCancelRequested', data: { run, task, reason } }] : [];
  if (OPEN.has(status)) return [{ type: 'TaskRunCancelled', data: { run, task, reason } }];
  throw rejected('TASK_RUN_ENDED', { run, status });
}

type Work = Extract<
  TaskRunCommand,
  { readonly type: 'BeginTaskRun' | 'CompleteTaskRun' | 'FailTaskRun' | 'InterruptTaskRun' | 'SkipTaskRun' }
>;

function advanced(command: Work, state: KnownTaskRun, now: string): readonly TaskRunEvent[] {
  const { run, task, status, cancelling } = state;
  if (command.type === 'SkipTaskRun')
    return state.attempt === 0 && status === 'queued' ? [{ type: 'TaskRunSkipped', data: { run, task, reason: command.data.reason } }] : [];
  if (command.type === 'BeginTaskRun') {
    const { attempt } = command.data;
    return status !== 'running' && attempt === state.attempt + 1 ? [{ type: 'TaskRunStarted', data: { run, task, attempt, at: now } }] : [];
  }
  const { attempt } = command.data;
  if (status !== 'running' || attempt !== state.attempt) return [];
  // Asked to end, it is cancelled whatever it came to: nobody can tell a whole answer from half of one.
  if (cancelling !== null) return [{ type: 'TaskRunCancelled', data: { run, task, reason: cancelling.reason } }];
  switch (command.type) {
    case 'CompleteTaskRun': {
      const { bytes, kept } = command.data;
      return [{ type: 'TaskRunSucceeded', data: { run, task, attempt, bytes, kept } }];
    }
    case 'InterruptTaskRun':
      return [interrupted(state, now, command.data.chance)];
    case 'FailTaskRun':
      return [failedAttempt(state, command.data, now)];
  }
}

function interrupted({ run, task, attempt, interruptions }: KnownTaskRun, now: string, chance: number): TaskRunEvent {
  if (interruptions < MOST_INTERRUPTIONS) {
    const retryAt = new Date(Date.parse(now) + (interruptions === 0 ? 0 : taskPause(interruptions, chance))).toISOString();
    return { type: 'TaskRunInterrupted', data: { run, task, attempt, retryAt } };
  }
  const reason = `the process that had it in hand ended ${interruptions + 1} times`;
  return { type: 'TaskRunFailed', data: { run, task, attempt, code: 'TASK_RUN_INTERRUPTED', reason } };
}

function failedAttempt(
  { run, task, attempt, failures, postponedSince, terms: { retries } }: KnownTaskRun,
  { code, reason, chance }: { readonly code: string; readonly reason: string; readonly chance: number },
  now: string,
): TaskRunEvent {
  const consequence = consequenceOf(code, { failures, retries, postponedSince }, now, chance);
  switch (consequence.kind) {
    case 'retry':
      return { type: 'TaskRunAttemptFailed', data: { run, task, attempt, code, reason, retryAt: consequence.retryAt } };
    case 'postpone': {
      const { retryAt, since } = consequence;
      return { type: 'TaskRunPostponed', data: { run, task, attempt, code, reason, retryAt, since } };
    }
    case 'fail':
      return { type: 'TaskRunFailed', data: { run, task, attempt, code, reason } };
    case 'refuse':
      return { type: 'TaskRunRefused', data: { run, task, code, reason } };
  }
}

export function evolveTaskRun(state: TaskRunState, event: TaskRunEvent): TaskRunState {
  if (event.type === 'TaskRunQueued') {
    const { at, ...start } = event.data;
    const fresh = { attempt: 0, failures: 0, interruptions: 0, postponedSince: null, retryAt: null, cancelling: null };
    return { ...start, ...fresh, status: 'queued', queuedAt: at };
  }
  return state.status === 'none' ? state : changed(state, event);
}

function changed(state: KnownTaskRun, event: Exclude<TaskRunEvent, { readonly type: 'TaskRunQueued' }>): KnownTaskRun {
  switch (event.type) {
    case 'TaskRunStarted':
      return { ...state, status: 'running', attempt: event.data.attempt, retryAt: null };
    case 'TaskRunAttemptFailed':
      return { ...state, status: 'waiting', failures: state.failures + 1, retryAt: event.data.retryAt, postponedSince: null };
    case 'TaskRunPostponed':
      return { ...state, status: 'waiting', retryAt: event.data.retryAt, postponedSince: event.data.since };
    case 'TaskRunInterrupted':
      return { ...state, status: 'waiting', retryAt: event.data.retryAt, interruptions: state.interruptions + 1 };
    case 'TaskRunCancelRequested':
      return { ...state, cancelling: { reason: event.data.reason } };
    case 'TaskRunRetried':
      return { ...state, status: 'waiting', failures: 0, interruptions: 0, postponedSince: null, retryAt: null, cancelling: null };
    case 'TaskRunSucceeded':
      return ended(state, 'succeeded');
    case 'TaskRunFailed':
      return ended(state, 'failed');
    case 'TaskRunRefused':
      return ended(state, 'refused');
    case 'TaskRunSkipped':
      return ended(state, 'skipped');
    case 'TaskRunCancelled':
      return ended(state, 'cancelled');
    case 'TaskRunForgotten':
      return ended(state, 'forgotten');
  }
}

function ended(state: KnownTaskRun, status: TaskRunStatus): KnownTaskRun {
  return { ...state, status, retryAt: null };
}

function known(state: TaskRunState, run: string): KnownTaskRun {
  if (state.status === 'none' || state.status === 'forgotten') throw rejected('TASK_RUN_NOT_FOUND', { run });
  return state;
}
