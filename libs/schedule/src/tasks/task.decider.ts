// Decides the life of one declared task: declared by its extension, changed with a version, held while the extension does not run, paused by
// people, withdrawn. A pause outlives versions and the disabling of the extension; a withdrawal ends it.
import { canonicalJson, rejected, type Decider } from '@kari/kernel';
import type { TaskCommand } from './task.commands.js';
import type { TaskDefinition, TaskEvent } from './task.events.js';

export interface KnownTask {
  readonly status: 'declared';
  readonly task: string;
  readonly version: string;
  readonly definition: TaskDefinition;
  /** Why its extension does not run. */
  readonly held: string | null;
  readonly paused: { readonly reason: string | null } | null;
}

export type TaskState = { readonly status: 'absent' } | KnownTask;

const absent: TaskState = { status: 'absent' };

export const taskDecider: Decider<TaskCommand, TaskEvent, TaskState> = {
  decide(command, state) {
    const { task } = command.data;
    switch (command.type) {
      case 'DeclareTask': {
        const { version, definition, held } = command.data;
        return [
          ...(isSame(state, version, definition) ? [] : [{ type: 'TaskDeclared' as const, data: { task, version, definition } }]),
          ...heldOrReleased(task, state.status === 'absent' ? null : state.held, held),
        ];
      }
      case 'WithdrawTask':
        return state.status === 'absent' ? [] : [{ type: 'TaskWithdrawn', data: { task } }];
      case 'PauseTask':
        return known(state, task).paused === null ? [{ type: 'TaskPaused', data: { task, reason: command.data.reason } }] : [];
      case 'ResumeTask':
        return known(state, task).paused === null ? [] : [{ type: 'TaskResumed', data: { task } }];
    }
  },
  evolve: evolveTask,
  initialState: absent,
};

export function evolveTask(state: TaskState, event: TaskEvent): TaskState {
  if (event.type === 'TaskDeclared') {
    const { task, version, definition } = event.data;
    const { held, paused } = state.status === 'absent' ? { held: null, paused: null } : state;
    return { status: 'declared', task, version, definition, held, paused };
  }
  if (state.status === 'absent') return state;
  switch (event.type) {
    case 'TaskHeld':
      return { ...state, held: event.data.reason };
    case 'TaskReleased':
      return { ...state, held: null };
    case 'TaskPaused':
      return { ...state, paused: { reason: event.data.reason } };
    case 'TaskResumed':
      return { ...state, paused: null };
    case 'TaskWithdrawn':
      return absent;
  }
}

/** Whether planned times and events start it now. */
export function isStarting(state: TaskState): state is KnownTask {
  return state.status === 'declared' && state.held === null && state.paused === null && state.definition.fault === null;
}

function isSame(state: TaskState, version: string, definition: TaskDefinition): boolean {
  return state.status === 'declared' && state.version === version && canonicalJson(state.definition) === canonicalJson(definition);
}

function heldOrReleased(task: string, before: string | null, held: string | null): readonly TaskEvent[] {
  if (before === held) return [];
  return held === null ? [{ type: 'TaskReleased', data: { task } }] : [{ type: 'TaskHeld', data: { task, reason: held } }];
}

function known(state: TaskState, task: string): KnownTask {
  if (state.status === 'absent') throw rejected('TASK_NOT_FOUND', { task });
  return state;
}
