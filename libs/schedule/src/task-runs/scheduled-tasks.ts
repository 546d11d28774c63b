// Tasks as something that schedules start: under a key that only schedule and planned time make.
import { Inject, Injectable } from '@nestjs/common';
import {
  COMMAND_BUS,
  derivedId,
  EVENT_STORE,
  idOf,
  rejected,
  Rejection,
  type CommandBus,
  type EventStore,
  type RecordedEvent,
  type RequestContext,
} from '@kari/kernel';
import { systemPrincipal } from '@kari/platform/command-bus';
import type { ScheduledOutcome, ScheduledStart, ScheduleTarget } from '../contract.js';
import { TASK_KIND } from '../tasks/task.commands.js';
import { taskRunId, taskRunStream } from './task-run.commands.js';
import { TaskRunStarts } from './task-run-starts.js';

const principal = systemPrincipal('schedule.scheduler');
const OUTCOMES: Readonly<Record<string, ScheduledOutcome>> = {
  TaskRunSucceeded: 'completed',
  TaskRunFailed: 'failed',
  TaskRunRefused: 'failed',
  TaskRunSkipped: 'cancelled',
  TaskRunCancelled: 'cancelled',
};

@Injectable()
export class ScheduledTasks implements ScheduleTarget {
  readonly kind = TASK_KIND;
  readonly endings = Object.keys(OUTCOMES);

  constructor(
    @Inject(TaskRunStarts) private readonly starts: Pick<TaskRunStarts, 'byItself' | 'stateOf'>,
    @Inject(COMMAND_BUS) private readonly bus: CommandBus,
    @Inject(EVENT_STORE) private readonly store: EventStore,
  ) {}

  endOf({ type, stream }: RecordedEvent): { readonly started: string; readonly outcome: ScheduledOutcome } | null {
    const outcome = OUTCOMES[type];
    return outcome === undefined ? null : { started: idOf(stream), outcome };
  }

  async check(tenant: string, task: string): Promise<void> {
    if ((await this.starts.stateOf(tenant, task)).status === 'absent') throw rejected('TASK_NOT_FOUND', { task });
  }

  async start({ tenant, id: task, input, fire, correlationId }: ScheduledStart): Promise<string> {
    const planned = /@(\d{4}-.*Z)$/.exec(fire)?.[1] ?? null;
    const start = { task, input, cause: 'schedule' as const, key: fire, plannedAt: planned };
    await this.starts.byItself(start, contextOf(tenant, correlationId, derivedId('scheduled task', task, fire)));
    return taskRunId(tenant, task, fire);
  }

  async cancel(tenant: string, run: string, fire: string): Promise<void> {
    const reason = 'its schedule starts another one in its place';
    try {
      await this.bus.send(
        { type: 'CancelTaskRun', data: { run, reason } },
        contextOf(tenant, run, derivedId('scheduled task cancel', fire)),
      );
    } catch (error) {
      if (!(error instanceof Rejection && error.code === 'TASK_RUN_ENDED')) throw error;
    }
  }

  async outcome(tenant: string, run: string): Promise<ScheduledOutcome | null> {
    for await (const { type } of this.store.readStream(taskRunStream(tenant, run), { direction: 'backwards', limit: 3 })) {
      if (type === 'TaskRunForgotten') continue;
      return OUTCOMES[type] ?? null;
    }
    return null;
  }
}

function contextOf(tenant: string, correlationId: string, commandId: string): RequestContext {
  return { principal, tenant, correlationId, commandId };
}
