import { describe, it } from '@jest/globals';
import { specify } from '@kari/kernel/testing';
import type { TaskCommand } from './task.commands.js';
import { taskDecider } from './task.decider.js';
import type { TaskDefinition, TaskEvent } from './task.events.js';

const task = 'acme.notes/sync';
const definition: TaskDefinition = {
  description: 'Brings notes.',
  trigger: { kind: 'every', milliseconds: 60_000 },
  terms: { deadlineMs: null, retries: 3, overlap: 'skip' },
  missed: 'one',
  takesInput: false,
  right: null,
  fault: null,
};
const declare = (more: Partial<Extract<TaskCommand, { type: 'DeclareTask' }>['data']> = {}): TaskCommand => ({
  type: 'DeclareTask',
  data: { task, version: '1.0.0', definition, held: null, ...more },
});
const declared: TaskEvent = { type: 'TaskDeclared', data: { task, version: '1.0.0', definition } };
const held: TaskEvent = { type: 'TaskHeld', data: { task, reason: 'the extension is disabled' } };
const released: TaskEvent = { type: 'TaskReleased', data: { task } };
const paused: TaskEvent = { type: 'TaskPaused', data: { task, reason: 'a holiday' } };
const resumed: TaskEvent = { type: 'TaskResumed', data: { task } };
const withdrawn: TaskEvent = { type: 'TaskWithdrawn', data: { task } };
const { given } = specify(taskDecider);

describe('a task', () => {
  it('is there once the installed version declares it, and declaring it again changes nothing', () => {
    given([]).when(declare()).then([declared]);
    given([declared]).when(declare()).thenNothing();
  });

  it('changes with the version that takes over, and back with the one that returns', () => {
    const next = { ...definition, retries: 1, trigger: { kind: 'manual' } } as const;
    const changed: TaskEvent = {
      type: 'TaskDeclared',
      data: { task, version: '2.0.0', definition: { ...definition, trigger: next.trigger } },
    };
    given([declared])
      .when(declare({ version: '2.0.0', definition: { ...definition, trigger: next.trigger } }))
      .then([changed]);
    given([declared, changed]).when(declare()).then([declared]);
  });

  it('is held while its extension does not run, and says why', () => {
    given([])
      .when(declare({ held: 'the extension is disabled' }))
      .then([declared, held]);
    given([declared])
      .when(declare({ held: 'the extension is disabled' }))
      .then([held]);
    given([declared, held]).when(declare()).then([released]);
    given([declared, held])
      .when(declare({ held: 'the extension is disabled' }))
      .thenNothing();
  });

  it('is paused and resumed by people, once', () => {
    given([declared])
      .when({ type: 'PauseTask', data: { task, reason: 'a holiday' } })
      .then([paused]);
    given([declared, paused])
      .when({ type: 'PauseTask', data: { task, reason: 'another' } })
      .thenNothing();
    given([declared, paused]).when({ type: 'ResumeTask', data: { task } }).then([resumed]);
    given([declared]).when({ type: 'ResumeTask', data: { task } }).thenNothing();
  });

  it('stays paused when its extension is disabled and comes back, and when a new version declares it', () => {
    given([declared, paused, held, released]).when({ type: 'ResumeTask', data: { task } }).then([resumed]);
    const next: TaskEvent = { type: 'TaskDeclared', data: { task, version: '2.0.0', definition } };
    given([declared, paused, next]).when({ type: 'ResumeTask', data: { task } }).then([resumed]);
  });

  it('goes with its extension, the pause too', () => {
    given([declared, paused]).when({ type: 'WithdrawTask', data: { task } }).then([withdrawn]);
    given([declared, withdrawn]).when({ type: 'WithdrawTask', data: { task } }).thenNothing();
    given([declared, paused, withdrawn, declared]).when({ type: 'ResumeTask', data: { task } }).thenNothing();
  });

  it('that nobody declares is not found', () => {
    given([])
      .when({ type: 'PauseTask', data: { task, reason: null } })
      .thenRejected('TASK_NOT_FOUND');
    given([declared, withdrawn]).when({ type: 'ResumeTask', data: { task } }).thenRejected('TASK_NOT_FOUND');
  });
});
