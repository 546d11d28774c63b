// The declared tasks of a tenant, as the list shows them.
import type { Projection, RecordedEvent } from '@kari/kernel';
import { extensionOf } from './task.commands.js';
import { evolveTask, type KnownTask } from './task.decider.js';
import { taskEvents, type TaskEvent } from './task.events.js';

/** `held`: its extension does not run here. `faulty`: nothing can start it as it is declared. */
export type TaskStatus = 'active' | 'paused' | 'held' | 'faulty';

export type TaskRow = Readonly<{
  tenant: string;
  task: string;
  extension: string;
  status: TaskStatus;
  state: KnownTask;
  changed_at: string;
}>;

export const taskProjection: Projection<TaskRow> = {
  name: 'schedule.task',
  version: 1,
  table: {
    name: 'schedule.task',
    columns: { tenant: 'text', task: 'text', extension: 'text', status: 'text', state: 'json', changed_at: 'timestamp' },
    key: ['tenant', 'task'],
    tenantColumn: 'tenant',
    indexes: [['tenant', 'extension']],
  },
  handles: taskEvents.map(({ type }) => type),
  keyOf: ({ meta, data }) => [meta.tenant, (data as { task: string }).task],
  evolve(row, recorded) {
    const event = recorded as RecordedEvent & TaskEvent;
    const state = evolveTask(row?.state ?? { status: 'absent' }, event);
    if (state.status === 'absent') return null;
    const { tenant, occurredAt } = event.meta;
    return { tenant, task: state.task, extension: extensionOf(state.task), status: taskStatus(state), state, changed_at: occurredAt };
  },
};

export function taskStatus({ held, paused, definition }: KnownTask): TaskStatus {
  if (held !== null) return 'held';
  if (definition.fault !== null) return 'faulty';
  return paused === null ? 'active' : 'paused';
}
