// The planned times of a task are the scheduler's, for as long as something may start it.
import { Inject, Injectable } from '@nestjs/common';
import { EVENT_STORE, type EventStore, type RecordedEvent } from '@kari/kernel';
import { StreamFolds } from '@kari/platform/command-bus';
import type { Reactor } from '@kari/platform/registry';
import { SCHEDULES, type AttachmentCause, type Schedules } from '../contract.js';
import { timingOf } from './declared-tasks.rules.js';
import { TASK_KIND, taskStream } from './task.commands.js';
import { isStarting, taskDecider, type TaskState } from './task.decider.js';
import { taskEvents, type TaskEvent } from './task.events.js';

@Injectable()
export class TaskSchedules implements Reactor {
  readonly name = 'schedule.task-schedules';
  readonly runs = 'once';
  readonly handles = taskEvents.map(({ type }) => type);
  private readonly folds: StreamFolds<TaskEvent, TaskState>;

  constructor(
    @Inject(EVENT_STORE) store: EventStore,
    @Inject(SCHEDULES) private readonly schedules: Schedules,
  ) {
    this.folds = new StreamFolds(store, taskDecider);
  }

  async react(event: RecordedEvent): Promise<void> {
    const { task } = event.data as TaskEvent['data'];
    const { tenant, correlationId } = event.meta;
    const { state } = await this.folds.read(taskStream(tenant, task));
    const cause: AttachmentCause = { tenant, correlationId, eventId: event.id };
    const timing = isStarting(state) ? timingOf(state.definition.trigger) : null;
    if (!isStarting(state) || timing === null) return this.schedules.detach(TASK_KIND, task, cause);
    const { terms, missed } = state.definition;
    // Overlap with any other start of the task is dealt with where runs begin; the scheduler deals with that of its own.
    await this.schedules.attach({ kind: TASK_KIND, id: task, name: task, timing, overlap: terms.overlap, missed }, cause);
  }
}
