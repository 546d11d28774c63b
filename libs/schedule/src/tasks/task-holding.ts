// All tasks of an extension at once: each is paused or resumed by a command of its own, so that what was done is in the trail of each.
import { Inject, Injectable } from '@nestjs/common';
import { COMMAND_BUS, derivedId, EVENT_STORE, IDS, type CommandBus, type EventStore, type Ids, type RequestContext } from '@kari/kernel';
import { TaskQueries } from './task.queries.js';

@Injectable()
export class TaskHolding {
  constructor(
    @Inject(TaskQueries) private readonly queries: Pick<TaskQueries, 'idsOf'>,
    @Inject(COMMAND_BUS) private readonly bus: CommandBus,
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(IDS) private readonly ids: Ids,
  ) {}

  pauseAll(extension: string, reason: string | null, caller: RequestContext): Promise<readonly string[]> {
    return this.each(extension, caller, (task) => ({ type: 'PauseTask', data: { task, reason } }));
  }

  resumeAll(extension: string, caller: RequestContext): Promise<readonly string[]> {
    return this.each(extension, caller, (task) => ({ type: 'ResumeTask', data: { task } }));
  }

  /** Those that it changed. */
  private async each(
    extension: string,
    caller: RequestContext,
    wish: (task: string) => { readonly type: string; readonly data: unknown },
  ): Promise<readonly string[]> {
    const commandId = caller.commandId ?? this.ids.next();
    const changed: string[] = [];
    for (const task of await this.queries.idsOf(caller.tenant, extension, await this.store.head())) {
      const outcome = await this.bus.send(wish(task), { ...caller, commandId: derivedId(commandId, task) });
      if (outcome.changed) changed.push(task);
    }
    return changed;
  }
}
