// Runs of tasks that an event starts: one for each key.
import { Inject, Injectable } from '@nestjs/common';
import { derivedId } from '@kari/kernel';
import { systemPrincipal } from '@kari/platform/command-bus';
import type { TaskTriggers, TriggeredTask } from '../contract.js';
import { isStarting } from '../tasks/task.decider.js';
import { taskRunId } from './task-run.commands.js';
import { TaskRunStarts } from './task-run-starts.js';

@Injectable()
export class TriggeredTasks implements TaskTriggers {
  constructor(@Inject(TaskRunStarts) private readonly starts: Pick<TaskRunStarts, 'byItself' | 'stateOf'>) {}

  async eventType(tenant: string, task: string): Promise<string | null> {
    const state = await this.starts.stateOf(tenant, task);
    if (!isStarting(state)) return null;
    const { trigger } = state.definition;
    return trigger.kind === 'event' ? trigger.type : null;
  }

  async start({ tenant, task, input, judged, key, by, correlationId, causationId }: TriggeredTask): Promise<{ readonly run: string }> {
    const commandId = derivedId('triggered task', tenant, task, key);
    const context = { principal: systemPrincipal(by), tenant, correlationId, causationId, commandId };
    await this.starts.byItself({ task, input, judged, cause: 'event', key, plannedAt: null }, context);
    return { run: taskRunId(tenant, task, key) };
  }
}
