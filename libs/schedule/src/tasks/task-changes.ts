// Declared tasks of a tenant as they change.
import { Inject, Injectable } from '@nestjs/common';
import { EVENT_STORE, idOf, type CommandOutcome, type EventStore, type Position } from '@kari/kernel';
import { LIVE_FEED, type LiveFeed } from '@kari/platform/graphql';
import { evolveTask, taskDecider, type TaskState } from './task.decider.js';
import { TASK_CATEGORY, type TaskEvent } from './task.events.js';

export type TaskChanged = Pick<CommandOutcome<TaskState>, 'state' | 'revision' | 'position'> & { readonly task: string };

@Injectable()
export class TaskChanges {
  constructor(
    @Inject(LIVE_FEED) private readonly feed: LiveFeed,
    @Inject(EVENT_STORE) private readonly store: EventStore,
  ) {}

  async *changes(tenant: string, task: string | null, after: Position | null, signal: AbortSignal): AsyncGenerator<TaskChanged> {
    for await (const event of this.feed.watch({ tenant, categories: [TASK_CATEGORY], after, signal })) {
      const id = idOf(event.stream);
      if ((task ?? id) !== id) continue;
      let state: TaskState = taskDecider.initialState;
      for await (const fact of this.store.readStream(event.stream, { to: event.revision }))
        state = evolveTask(state, fact as unknown as TaskEvent);
      yield { task: id, state, revision: event.revision, position: event.position };
    }
  }
}
