// Runs of tasks as the history shows them, and as their owner finds those that are open.
import type { Projection, RecordedEvent } from '@kari/kernel';
import { extensionOf } from '../tasks/task.commands.js';
import { taskShardOf } from './task-run.commands.js';
import { evolveTaskRun, type KnownTaskRun, type TaskRunStatus } from './task-run.decider.js';
import { taskRunEvents, type TaskCause, type TaskRunEvent } from './task-run.events.js';

export type TaskRunRow = Readonly<{
  tenant: string;
  run: string;
  task: string;
  extension: string;
  shard: number;
  status: TaskRunStatus;
  cause: TaskCause;
  /** What went wrong last, or why it did not run; null when all is well. */
  code: string | null;
  reason: string | null;
  answer_bytes: number | null;
  answer_kept: boolean;
  state: KnownTaskRun;
  queued_at: string;
  started_at: string | null;
  ended_at: string | null;
  changed_at: string;
  position: string;
}>;

const SKIPPED = { overlap: 'an earlier run of the task went on', replaced: 'a later run of the task took its place' } as const;

export const taskRunProjection: Projection<TaskRunRow> = {
  name: 'schedule.task_run',
  version: 1,
  table: {
    name: 'schedule.task_run',
    columns: {
      tenant: 'text',
      run: 'uuid',
      task: 'text',
      extension: 'text',
      shard: 'integer',
      status: 'text',
      cause: 'text',
      code: 'text?',
      reason: 'text?',
      answer_bytes: 'integer?',
      answer_kept: 'boolean',
      state: 'json',
      queued_at: 'timestamp',
      started_at: 'timestamp?',
      ended_at: 'timestamp?',
      changed_at: 'timestamp',
      position: 'bigint',
    },
    key: ['tenant', 'run'],
    tenantColumn: 'tenant',
    indexes: [
      ['shard', 'status'],
      ['tenant', 'task', 'position'],
      ['tenant', 'extension', 'position'],
      ['tenant', 'position'],
      ['ended_at'],
    ],
  },
  handles: taskRunEvents.map(({ type }) => type),
  keyOf: ({ meta, data }) => [meta.tenant, (data as { run: string }).run],
  evolve(row, recorded) {
    const event = recorded as RecordedEvent & TaskRunEvent;
    const state = evolveTaskRun(row?.state ?? { status: 'none' }, event);
    if (state.status === 'none' || state.status === 'forgotten') return null;
    const { tenant, occurredAt } = event.meta;
    const open = state.status === 'queued' || state.status === 'running' || state.status === 'waiting';
    return {
      tenant,
      run: state.run,
      task: state.task,
      extension: extensionOf(state.task),
      shard: taskShardOf(tenant, extensionOf(state.task)),
      status: state.status,
      cause: state.cause,
      code: row?.code ?? null,
      reason: row?.reason ?? null,
      answer_bytes: row?.answer_bytes ?? null,
      answer_kept: row?.answer_kept ?? false,
      ...saidBy(event),
      state,
      queued_at: state.queuedAt,
      started_at: row?.started_at ?? (event.type === 'TaskRunStarted' ? event.data.at : null),
      ended_at: open ? null : (row?.ended_at ?? occurredAt),
      changed_at: occurredAt,
      position: row?.position ?? event.position,
    };
  },
};

function saidBy(event: TaskRunEvent): Partial<Pick<TaskRunRow, 'code' | 'reason' | 'answer_bytes' | 'answer_kept'>> {
  switch (event.type) {
    case 'TaskRunAttemptFailed':
    case 'TaskRunPostponed':
    case 'TaskRunFailed':
    case 'TaskRunRefused':
      return { code: event.data.code, reason: event.data.reason };
    case 'TaskRunInterrupted':
      return { code: 'TASK_RUN_INTERRUPTED', reason: 'the process that had it in hand ended' };
    case 'TaskRunSkipped':
      return { reason: SKIPPED[event.data.reason] };
    case 'TaskRunCancelRequested':
    case 'TaskRunCancelled':
      return { code: null, reason: event.data.reason };
    case 'TaskRunSucceeded':
      return { code: null, reason: null, answer_bytes: event.data.bytes, answer_kept: event.data.kept };
    case 'TaskRunRetried':
      return { code: null, reason: null, answer_bytes: null, answer_kept: false };
    default:
      return {};
  }
}
