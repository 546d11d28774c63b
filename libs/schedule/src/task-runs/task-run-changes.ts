// Runs of tasks as they change, and how far they have come while they go on.
import { Inject, Injectable } from '@nestjs/common';
import { EVENT_STORE, idOf, TIMERS, type CommandOutcome, type EventStore, type Position, type Timers } from '@kari/kernel';
import { LIVE_FEED, type LiveFeed } from '@kari/platform/graphql';
import { extensionOf } from '../tasks/task.commands.js';
import { evolveTaskRun, taskRunDecider, type TaskRunState } from './task-run.decider.js';
import { TASK_RUN_CATEGORY, type TaskRunEvent } from './task-run.events.js';
import { TaskProgress } from './task-progress.js';
import { TaskRunQueries } from './task-run.queries.js';
import type { TaskOutputView } from './task-output.view.js';

/** What other processes were told is seen at the next look. */
const LOOK_MS = 1_000;

export type TaskRunChanged = Pick<CommandOutcome<TaskRunState>, 'state' | 'revision' | 'position'> & { readonly run: string };

export interface WatchedRuns {
  readonly run: string | null;
  readonly task: string | null;
  readonly extension: string | null;
}

@Injectable()
export class TaskRunChanges {
  constructor(
    @Inject(LIVE_FEED) private readonly feed: LiveFeed,
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(TIMERS) private readonly timers: Timers,
    private readonly queries: TaskRunQueries,
    private readonly told: TaskProgress,
  ) {}

  async *changes(tenant: string, wanted: WatchedRuns, after: Position | null, signal: AbortSignal): AsyncGenerator<TaskRunChanged> {
    for await (const event of this.feed.watch({ tenant, categories: [TASK_RUN_CATEGORY], after, signal })) {
      const run = idOf(event.stream);
      const { task } = event.data as TaskRunEvent['data'];
      if ((wanted.run ?? run) !== run || (wanted.task ?? task) !== task) continue;
      if (wanted.extension !== null && wanted.extension !== extensionOf(task)) continue;
      let state: TaskRunState = taskRunDecider.initialState;
      for await (const fact of this.store.readStream(event.stream, { to: event.revision }))
        state = evolveTaskRun(state, fact as unknown as TaskRunEvent);
      yield { run, state, revision: event.revision, position: event.position };
    }
  }

  /** What the run tells from now on, the newest each time, and what it told last. */
  async *progress(tenant: string, run: string, signal: AbortSignal): AsyncGenerator<TaskOutputView> {
    let last = 0;
    let isNews = true;
    let wake: () => void = () => undefined;
    const tell = (): void => {
      isNews = true;
      wake();
    };
    const deaf = this.told.onTold((toldTenant, toldRun) => {
      if (toldTenant === tenant && toldRun === run) tell();
    });
    const look = this.timers.every(LOOK_MS, tell);
    signal.addEventListener('abort', tell, { once: true });
    try {
      while (!signal.aborted) {
        if (!isNews) await new Promise<void>((resolve) => (wake = resolve));
        isNews = false;
        const output = signal.aborted ? null : await this.queries.output(tenant, run);
        const at = output?.toldAt?.getTime() ?? 0;
        if (output === null || at <= last) continue;
        last = at;
        yield output;
      }
    } finally {
      deaf();
      look.cancel();
      signal.removeEventListener('abort', tell);
    }
  }
}
