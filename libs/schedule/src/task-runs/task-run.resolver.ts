// Runs of tasks in the API.
import { Inject } from '@nestjs/common';
import { Args, ID, Mutation, Query, Resolver, Subscription } from '@nestjs/graphql';
import { COMMAND_BUS, type CommandBus, type CommandOutcome, type RequestContext } from '@kari/kernel';
import { Caller, ConnectionOf, Gone, Json, mapPage, Operation, pageRequest, type Connection } from '@kari/platform/graphql';
import type { TaskOutputView } from './task-output.view.js';
import { TaskRunChanges, type TaskRunChanged } from './task-run-changes.js';
import type { TaskRunState } from './task-run.decider.js';
import {
  ChangedTaskRun,
  changedTaskRun,
  progressOf,
  TaskRun,
  TaskRunArgs,
  TaskRunChangedArgs,
  taskRunOf,
  TaskRunProgress,
} from './task-run.graphql.js';
import { TaskRunQueries } from './task-run.queries.js';
import { TaskRunStarts } from './task-run-starts.js';

const UUID = /^[0-9a-f-]{36}$/;
const about = ({ run }: { run?: string | null }) => (typeof run === 'string' && UUID.test(run) ? `task-run:${run}` : null);

@Resolver()
export class TaskRunResolver {
  constructor(
    private readonly queries: TaskRunQueries,
    private readonly starts: TaskRunStarts,
    private readonly live: TaskRunChanges,
    @Inject(COMMAND_BUS) private readonly bus: CommandBus,
  ) {}

  @Query(() => ConnectionOf(TaskRun), { description: 'Runs of background tasks, newest first.' })
  @Operation({ right: 'task.read', scope: 'tenant', audit: 'entry' })
  async taskRuns(
    @Args() { task, extension, status, waitFor, ...page }: TaskRunArgs,
    @Caller() { tenant }: RequestContext,
  ): Promise<Connection<TaskRun>> {
    const filter = { task: task ?? null, extension: extension ?? null, status: status ?? null };
    return mapPage(await this.queries.page(pageRequest('taskRuns', page, tenant), filter, waitFor ?? null), taskRunOf);
  }

  @Query(() => TaskRun)
  @Operation({ right: 'task.read', scope: 'tenant', audit: 'entry', subject: about })
  async taskRun(
    @Args('run', { type: () => ID }) run: string,
    @Caller() { tenant }: RequestContext,
    @Args('waitFor', { type: () => String, nullable: true }) waitFor?: string | null,
  ): Promise<TaskRun> {
    return taskRunOf(await this.queries.one(tenant, run, waitFor ?? null));
  }

  @Mutation(() => ChangedTaskRun, {
    description:
      'Starts a task now, paused or not, with an input where it takes one; what else goes on of it counts as for every other start.',
  })
  @Operation({ right: 'task.run', scope: 'tenant', audit: 'command' })
  async runTask(
    @Args('id', { type: () => ID }) task: string,
    @Caller() caller: RequestContext,
    @Args('input', { type: () => Json, nullable: true, description: 'At most 64 Ki characters.' }) input?: unknown,
  ): Promise<ChangedTaskRun> {
    return shown(await this.starts.byHand(task, input ?? null, caller));
  }

  @Mutation(() => ChangedTaskRun, {
    description: 'Asks its handler to end, for five seconds; then nobody waits for it any more. What has not begun yet is let go at once.',
  })
  @Operation({ right: 'task.operate', scope: 'tenant', audit: 'command' })
  async cancelTaskRun(
    @Args('run', { type: () => ID }) run: string,
    @Caller() caller: RequestContext,
    @Args('reason', { type: () => String, nullable: true }) reason?: string | null,
  ): Promise<ChangedTaskRun> {
    return shown(await this.bus.send<TaskRunState>({ type: 'CancelTaskRun', data: { run, reason: reason ?? null } }, caller));
  }

  @Mutation(() => ChangedTaskRun, { description: 'Tries a run anew that came to nothing, with its input and under its key.' })
  @Operation({ right: 'task.operate', scope: 'tenant', audit: 'command' })
  async retryTaskRun(@Args('run', { type: () => ID }) run: string, @Caller() caller: RequestContext): Promise<ChangedTaskRun> {
    return shown(await this.bus.send<TaskRunState>({ type: 'RetryTaskRun', data: { run } }, caller));
  }

  @Subscription(() => ChangedTaskRun, {
    description: 'Runs each time they change: one, those of a task or of an extension, or all.',
    resolve: (changed: TaskRunChanged) => changedTaskRun(changed.run, changed),
  })
  @Operation({ right: 'task.read', scope: 'tenant', audit: 'entry', subject: about })
  taskRunChanged(
    @Args() { run, task, extension, after }: TaskRunChangedArgs,
    @Caller() { tenant }: RequestContext,
    @Gone() signal: AbortSignal,
  ): AsyncIterable<TaskRunChanged> {
    const wanted = { run: run ?? null, task: task ?? null, extension: extension ?? null };
    return this.live.changes(tenant, wanted, after ?? null, signal);
  }

  @Subscription(() => TaskRunProgress, {
    description: 'What a run tells of itself: what it told last, and each word that follows.',
    resolve: (output: TaskOutputView) => progressOf(output),
  })
  @Operation({ right: 'task.read', scope: 'tenant', audit: 'entry', subject: about })
  taskRunProgressed(
    @Args('run', { type: () => ID }) run: string,
    @Caller() { tenant }: RequestContext,
    @Gone() signal: AbortSignal,
  ): AsyncIterable<TaskOutputView> {
    return this.live.progress(tenant, run, signal);
  }
}

function shown(outcome: CommandOutcome<TaskRunState>): ChangedTaskRun {
  return changedTaskRun(outcome.state.status === 'none' ? '' : outcome.state.run, outcome);
}
