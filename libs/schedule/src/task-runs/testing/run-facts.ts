// Facts and wishes of one run of a task, for specs.
import type { RecordedEvent } from '@kari/kernel';
import { taskRunStream, type TaskRunCommand } from '../task-run.commands.js';
import type { TaskRunEvent } from '../task-run.events.js';

export const TENANT = '00000000-0000-7000-8000-00000000000a';
export const RUN = '0197a3c0-2222-7000-8000-000000000001';
export const TASK = 'acme.notes/sync';
export const NOW = '2026-01-01T00:00:00.000Z';

export const later = (milliseconds: number): string => new Date(Date.parse(NOW) + milliseconds).toISOString();

const named = { run: RUN, task: TASK };

export const start = {
  ...named,
  version: '1.0.0',
  key: 'manual:c',
  cause: 'manual',
  by: { id: 'ada', kind: 'user' },
  plannedAt: null,
  input: { since: 1 },
  terms: { deadlineMs: null, retries: 2, overlap: 'skip' },
} as const;

export const queued: TaskRunEvent = { type: 'TaskRunQueued', data: { ...start, at: NOW } };
export const started = (attempt = 1): TaskRunEvent => ({ type: 'TaskRunStarted', data: { ...named, attempt, at: NOW } });
export const attemptFailed = (attempt = 1): TaskRunEvent => ({
  type: 'TaskRunAttemptFailed',
  data: { ...named, attempt, code: 'TASK_FAILED', reason: 'boom', retryAt: later(1_000) },
});
export const interrupted = (attempt = 1): TaskRunEvent => ({ type: 'TaskRunInterrupted', data: { ...named, attempt, retryAt: NOW } });
export const succeeded = (attempt = 1): TaskRunEvent => ({ type: 'TaskRunSucceeded', data: { ...named, attempt, bytes: 4, kept: true } });
export const failed = (attempt = 1): TaskRunEvent => ({
  type: 'TaskRunFailed',
  data: { ...named, attempt, code: 'TASK_FAILED', reason: 'boom' },
});
export const cancelRequested: TaskRunEvent = { type: 'TaskRunCancelRequested', data: { ...named, reason: 'enough' } };
export const cancelled: TaskRunEvent = { type: 'TaskRunCancelled', data: { ...named, reason: 'enough' } };
export const skipped: TaskRunEvent = { type: 'TaskRunSkipped', data: { ...named, reason: 'overlap' } };
export const retried: TaskRunEvent = { type: 'TaskRunRetried', data: named };
export const forgotten: TaskRunEvent = { type: 'TaskRunForgotten', data: named };

export const run: TaskRunCommand = { type: 'RunTask', data: start };
export const begin = (attempt = 1): TaskRunCommand => ({ type: 'BeginTaskRun', data: { ...named, attempt } });
export const complete = (attempt = 1): TaskRunCommand => ({ type: 'CompleteTaskRun', data: { ...named, attempt, bytes: 4, kept: true } });
export const fail = (attempt = 1, code = 'TASK_FAILED'): TaskRunCommand => ({
  type: 'FailTaskRun',
  data: { ...named, attempt, code, reason: 'boom', chance: 0 },
});
export const interrupt = (attempt = 1): TaskRunCommand => ({ type: 'InterruptTaskRun', data: { ...named, attempt, chance: 0 } });
export const skip: TaskRunCommand = { type: 'SkipTaskRun', data: { ...named, reason: 'overlap' } };
export const cancel: TaskRunCommand = { type: 'CancelTaskRun', data: { run: RUN, reason: 'enough' } };
export const retry: TaskRunCommand = { type: 'RetryTaskRun', data: { run: RUN } };
export const forget: TaskRunCommand = { type: 'ForgetTaskRun', data: { run: RUN } };

/** As the log gives them, a second apart. */
export function recordedFacts(facts: readonly TaskRunEvent[]): readonly RecordedEvent[] {
  return facts.map((fact, index) => ({
    id: `00000000-0000-7000-8000-${String(index).padStart(12, '0')}`,
    stream: taskRunStream(TENANT, RUN),
    revision: BigInt(index),
    position: String(index + 1),
    type: fact.type,
    version: 1,
    data: fact.data,
    meta: {
      ...{ tenant: TENANT, actor: 'ada', actorKind: 'user' as const, commandId: RUN, commandType: 'RunTask', correlationId: RUN },
      occurredAt: later(index * 1_000),
    },
    recordedAt: NOW,
  }));
}
