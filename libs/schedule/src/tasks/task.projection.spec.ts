import { expect, it } from '@jest/globals';
import type { RecordedEvent } from '@kari/kernel';
import { taskStream } from './task.commands.js';
import type { TaskDefinition, TaskEvent } from './task.events.js';
import { taskProjection, type TaskRow } from './task.projection.js';

const tenant = '00000000-0000-7000-8000-00000000000a';
const task = 'acme.notes/sync';
const definition = (fault: string | null = null): TaskDefinition => ({
  description: 'Brings notes.',
  trigger: { kind: 'manual' },
  terms: { deadlineMs: null, retries: 3, overlap: 'skip' },
  missed: 'one',
  takesInput: false,
  right: null,
  fault,
});
const declared = (fault: string | null = null): TaskEvent => ({
  type: 'TaskDeclared',
  data: { task, version: '1.0.0', definition: definition(fault) },
});
const rowOf = (...facts: readonly TaskEvent[]): TaskRow | null =>
  facts.reduce<TaskRow | null>((row, { type, data }, index) => {
    const meta = { tenant, occurredAt: `2026-01-01T00:00:0${index}.000Z` };
    const event = { stream: taskStream(tenant, task), type, data, meta } as unknown as RecordedEvent;
    expect(taskProjection.keyOf(event)).toEqual([tenant, task]);
    return taskProjection.evolve(row, event);
  }, null);

it('shows a task with the reason why nothing starts it, the gravest first', () => {
  const held: TaskEvent = { type: 'TaskHeld', data: { task, reason: 'disabled' } };
  const paused: TaskEvent = { type: 'TaskPaused', data: { task, reason: null } };
  expect(rowOf(declared())).toMatchObject({
    tenant,
    task,
    extension: 'acme.notes',
    status: 'active',
    changed_at: '2026-01-01T00:00:00.000Z',
  });
  expect(rowOf(declared(), paused)).toMatchObject({ status: 'paused', changed_at: '2026-01-01T00:00:01.000Z' });
  expect(rowOf(declared('no such date'), paused)).toMatchObject({ status: 'faulty' });
  expect(rowOf(declared('no such date'), paused, held)).toMatchObject({ status: 'held' });
  expect(rowOf(declared(), held, { type: 'TaskReleased', data: { task } })).toMatchObject({ status: 'active' });
});

it('shows none that was withdrawn', () => {
  expect(rowOf(declared(), { type: 'TaskWithdrawn', data: { task } })).toBeNull();
});
