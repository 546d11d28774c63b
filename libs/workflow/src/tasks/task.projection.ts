// Every attempt of every task of a run, with what went in and what came out.
import { idOf, type Projection, type RecordedEvent } from '@kari/kernel';
import type { RunEvent } from '../run/run.events.js';

export type TaskRowStatus = 'scheduled' | 'started' | 'completed' | 'skipped' | 'pinned' | 'retrying' | 'caught' | 'failed';

export type TaskRow = Readonly<{
  tenant: string;
  run: string;
  task: string;
  pointer: string;
  name: string;
  kind: string;
  parent: string | null;
  attempt: number;
  status: TaskRowStatus;
  input: unknown;
  arguments: unknown;
  output: unknown;
  error: unknown;
  worker: string | null;
  scheduled_at: string;
  ended_at: string | null;
  position: string;
}>;

export const taskProjection: Projection<TaskRow> = {
  name: 'workflow.task',
  version: 2,
  table: {
    name: 'workflow.task',
    columns: {
      tenant: 'text',
      run: 'uuid',
      task: 'text',
      pointer: 'text',
      name: 'text',
      kind: 'text',
      parent: 'text?',
      attempt: 'integer',
      status: 'text',
      input: 'json?',
      arguments: 'json?',
      output: 'json?',
      error: 'json?',
      worker: 'text?',
      scheduled_at: 'timestamp',
      ended_at: 'timestamp?',
      position: 'bigint',
    },
    key: ['tenant', 'run', 'task'],
    tenantColumn: 'tenant',
    indexes: [['tenant', 'run', 'position']],
  },
  handles: ['TaskScheduled', 'TaskStarted', 'TaskCompleted', 'TaskFailed', 'RunSummarised'],
  /** A summary gives up the tasks that it names. */
  spread(recorded) {
    const event = recorded as RecordedEvent & RunEvent;
    return event.type === 'RunSummarised' ? event.data.tasks.map((task) => ({ ...recorded, data: { task } })) : [recorded];
  },
  keyOf(recorded) {
    const { data } = recorded as RecordedEvent & { data: { task: string } };
    return [recorded.meta.tenant, idOf(recorded.stream), data.task];
  },
  evolve(row, recorded) {
    const event = recorded as RecordedEvent & RunEvent;
    switch (event.type) {
      case 'TaskScheduled': {
        const { task, pointer, name, kind, parent, attempt, input, arguments: args } = event.data;
        return {
          tenant: event.meta.tenant,
          run: idOf(event.stream),
          task,
          pointer,
          name,
          kind,
          parent,
          attempt,
          status: 'scheduled',
          input: input ?? null,
          arguments: args ?? null,
          output: null,
          error: row?.error ?? null,
          worker: null,
          scheduled_at: event.meta.occurredAt,
          ended_at: null,
          position: event.position,
        };
      }
      case 'TaskStarted':
        return row === null ? null : { ...row, status: 'started', worker: event.data.worker };
      case 'TaskCompleted':
        return row === null
          ? null
          : {
              ...row,
              status: event.data.skipped === true ? 'skipped' : event.data.pinned === true ? 'pinned' : 'completed',
              output: event.data.output ?? null,
              ended_at: event.meta.occurredAt,
            };
      case 'TaskFailed': {
        const status = event.data.handling === 'retry' ? 'retrying' : event.data.handling === 'catch' ? 'caught' : 'failed';
        return row === null ? null : { ...row, status, error: event.data.error, ended_at: event.meta.occurredAt };
      }
      case 'RunSummarised':
        return null;
      default:
        return row;
    }
  },
};
