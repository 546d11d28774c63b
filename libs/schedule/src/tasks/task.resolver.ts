// Declared tasks in the API.
import { Inject } from '@nestjs/common';
import { Args, ID, Mutation, Query, Resolver, Subscription } from '@nestjs/graphql';
import { COMMAND_BUS, type CommandBus, type RequestContext } from '@kari/kernel';
import { Caller, ConnectionOf, Gone, mapPage, Operation, pageRequest, type Connection } from '@kari/platform/graphql';
import { TaskChanges, type TaskChanged } from './task-changes.js';
import type { TaskCommand } from './task.commands.js';
import type { TaskState } from './task.decider.js';
import { taskId } from './task.events.js';
import { ChangedTask, changedTask, ChangedTasks, Task, TaskArgs, taskOf } from './task.graphql.js';
import { TaskHolding } from './task-holding.js';
import { TaskQueries } from './task.queries.js';

const about = ({ id }: { id?: string | null }) => (typeof id === 'string' && taskId.safeParse(id).success ? `task:${id}` : null);
const aboutExtension = ({ extension }: { extension: string }) => `extension:${extension.slice(0, 100)}`;

@Resolver()
export class TaskResolver {
  constructor(
    private readonly queries: TaskQueries,
    private readonly holding: TaskHolding,
    private readonly live: TaskChanges,
    @Inject(COMMAND_BUS) private readonly bus: CommandBus,
  ) {}

  @Query(() => ConnectionOf(Task), { description: 'Background tasks of the extensions of this tenant, by name.' })
  @Operation({ right: 'task.read', scope: 'tenant', audit: 'entry' })
  async tasks(@Args() { extension, status, waitFor, ...page }: TaskArgs, @Caller() { tenant }: RequestContext): Promise<Connection<Task>> {
    const filter = { extension: extension ?? null, status: status ?? null };
    return mapPage(await this.queries.page(pageRequest('tasks', page, tenant), filter, waitFor ?? null), taskOf);
  }

  @Query(() => Task)
  @Operation({ right: 'task.read', scope: 'tenant', audit: 'entry', subject: about })
  async task(
    @Args('id', { type: () => ID }) id: string,
    @Caller() { tenant }: RequestContext,
    @Args('waitFor', { type: () => String, nullable: true }) waitFor?: string | null,
  ): Promise<Task> {
    return taskOf(await this.queries.one(tenant, id, waitFor ?? null));
  }

  @Mutation(() => ChangedTask, {
    description:
      'No planned time and no event starts it until it is resumed; what goes on or waits is not touched, and people may still run it.',
  })
  @Operation({ right: 'task.operate', scope: 'tenant', audit: 'command' })
  pauseTask(
    @Args('id', { type: () => ID }) task: string,
    @Caller() caller: RequestContext,
    @Args('reason', { type: () => String, nullable: true }) reason?: string | null,
  ): Promise<ChangedTask> {
    return this.send({ type: 'PauseTask', data: { task, reason: reason ?? null } }, caller);
  }

  @Mutation(() => ChangedTask, { description: 'Planned times count from now: those of the pause are not made up for.' })
  @Operation({ right: 'task.operate', scope: 'tenant', audit: 'command' })
  resumeTask(@Args('id', { type: () => ID }) task: string, @Caller() caller: RequestContext): Promise<ChangedTask> {
    return this.send({ type: 'ResumeTask', data: { task } }, caller);
  }

  @Mutation(() => ChangedTasks, { description: 'Pauses every task of an extension.' })
  @Operation({ right: 'task.operate', scope: 'tenant', audit: 'entry', subject: aboutExtension })
  async pauseTasksOf(
    @Args('extension', { type: () => ID }) extension: string,
    @Caller() caller: RequestContext,
    @Args('reason', { type: () => String, nullable: true }) reason?: string | null,
  ): Promise<ChangedTasks> {
    return { tasks: [...(await this.holding.pauseAll(extension, reason ?? null, caller))] };
  }

  @Mutation(() => ChangedTasks, { description: 'Resumes every task of an extension.' })
  @Operation({ right: 'task.operate', scope: 'tenant', audit: 'entry', subject: aboutExtension })
  async resumeTasksOf(@Args('extension', { type: () => ID }) extension: string, @Caller() caller: RequestContext): Promise<ChangedTasks> {
    return { tasks: [...(await this.holding.resumeAll(extension, caller))] };
  }

  @Subscription(() => ChangedTask, {
    description: 'A task each time it changes; all of them when none is named. `after` resumes behind a position.',
    resolve: (changed: TaskChanged) => changedTask(changed.task, changed),
  })
  @Operation({ right: 'task.read', scope: 'tenant', audit: 'entry', subject: about })
  taskChanged(
    @Args('id', { type: () => ID, nullable: true }) id: string | null,
    @Args('after', { type: () => String, nullable: true }) after: string | null,
    @Caller() { tenant }: RequestContext,
    @Gone() signal: AbortSignal,
  ): AsyncIterable<TaskChanged> {
    return this.live.changes(tenant, id ?? null, after ?? null, signal);
  }

  private async send(command: TaskCommand, caller: RequestContext): Promise<ChangedTask> {
    return changedTask(command.data.task, await this.bus.send<TaskState>(command, caller));
  }
}
