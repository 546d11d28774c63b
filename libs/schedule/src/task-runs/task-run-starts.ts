// Starts runs of tasks: for people, for planned times, for events. What keeps a task from being started is found before the command, which refuses it,
// so that whoever asks is authorised and recorded first.
import { Inject, Injectable } from '@nestjs/common';
import {
  COMMAND_BUS,
  EVENT_STORE,
  IDS,
  Rejection,
  rejected,
  type CommandBus,
  type CommandOutcome,
  type EventStore,
  type Ids,
  type RequestContext,
} from '@kari/kernel';
import { INSTALLATIONS, type Installations } from '@kari/extension/contract';
import { compileForeignSchema } from '@kari/package';
import { StreamFolds } from '@kari/platform/command-bus';
import { EXTENSION_RIGHTS, type ExtensionRights } from '@kari/security/contract';
import { extensionOf, nameOf, taskStream } from '../tasks/task.commands.js';
import { taskDecider, type KnownTask, type TaskState } from '../tasks/task.decider.js';
import { taskId, type TaskEvent } from '../tasks/task.events.js';
import { taskRunId } from './task-run.commands.js';
import type { TaskRunState } from './task-run.decider.js';
import type { TaskCause } from './task-run.events.js';
import { TaskRunQueries } from './task-run.queries.js';

/** Runs of one task that wait or go on. */
const MOST_OPEN_RUNS = 1_000;

export interface TaskStart {
  readonly task: string;
  readonly input: unknown;
  readonly cause: TaskCause;
  /** The same key is the same run. */
  readonly key: string;
  readonly plannedAt: string | null;
  /** Whether people have made up the input: it is judged by the task's schema, and what asks for a right is not started. */
  readonly judged?: boolean;
}

const UNKNOWN: Pick<KnownTask, 'version'> & { readonly definition: Pick<KnownTask['definition'], 'terms'> } = {
  version: '',
  definition: { terms: { deadlineMs: null, retries: 0, overlap: 'skip' } },
};

@Injectable()
export class TaskRunStarts {
  private readonly folds: StreamFolds<TaskEvent, TaskState>;

  constructor(
    @Inject(EVENT_STORE) store: EventStore,
    @Inject(COMMAND_BUS) private readonly bus: CommandBus,
    @Inject(IDS) private readonly ids: Ids,
    @Inject(INSTALLATIONS) private readonly installations: Installations,
    @Inject(EXTENSION_RIGHTS) private readonly rights: ExtensionRights,
    @Inject(TaskRunQueries) private readonly queries: Pick<TaskRunQueries, 'countOpen'>,
  ) {
    this.folds = new StreamFolds(store, taskDecider);
  }

  /** For a person: the input is judged by the task's schema, and the right that the task asks for is asked for. */
  async byHand(task: string, input: unknown, context: RequestContext): Promise<CommandOutcome<TaskRunState>> {
    const commandId = context.commandId ?? this.ids.next();
    const state = await this.stateOf(context.tenant, task);
    const impossible = await this.refusalFor(task, state, input, context);
    const start = { task, input, cause: 'manual' as const, key: `manual:${commandId}`, plannedAt: null };
    return this.send(start, state, impossible, { ...context, commandId });
  }

  /** For a planned time or an event. */
  async byItself(start: TaskStart, context: RequestContext): Promise<CommandOutcome<TaskRunState>> {
    const state = await this.stateOf(context.tenant, start.task);
    const { task, input, cause, judged = false } = start;
    const refusal =
      notStarting(task, state) ??
      (cause === 'event' ? notHearing(task, state) : null) ??
      (judged ? this.mappingRefusal(context.tenant, task, state, input ?? null) : null);
    return this.send(start, state, refusal, context);
  }

  async stateOf(tenant: string, task: string): Promise<TaskState> {
    return taskId.safeParse(task).success ? (await this.folds.read(taskStream(tenant, task))).state : taskDecider.initialState;
  }

  private async send(start: TaskStart, state: TaskState, found: Rejection | null, context: RequestContext) {
    const { task, input, cause, key, plannedAt } = start;
    const { tenant, principal } = context;
    const { version, definition } = state.status === 'absent' ? UNKNOWN : state;
    const impossible = found ?? (await this.tooMany(tenant, task));
    const data = {
      run: taskRunId(tenant, task, key),
      task,
      version,
      key,
      cause,
      by: { id: principal.id, kind: principal.kind },
      plannedAt,
      input: input ?? null,
      terms: definition.terms,
      ...(impossible === null ? {} : { impossible: { code: impossible.code, facts: { ...impossible.facts } } }),
    };
    return this.bus.send<TaskRunState>({ type: 'RunTask', data }, context);
  }

  private async refusalFor(task: string, state: TaskState, input: unknown, context: RequestContext): Promise<Rejection | null> {
    if (state.status === 'absent') return rejected('TASK_NOT_FOUND', { task: task.slice(0, 150) });
    const { held, definition } = state;
    if (held !== null) return rejected('TASK_HELD', { task, reason: held });
    const { right } = definition;
    if (right !== null && !(await this.holds(right, task, context))) return rejected('TASK_RIGHT_NEEDED', { task, right });
    return this.inputRefusal(context.tenant, task, input ?? null);
  }

  private async holds(right: string, task: string, context: RequestContext): Promise<boolean> {
    const manifest = this.installations.find(context.tenant, extensionOf(task))?.version.manifest;
    const held = manifest === undefined ? [] : await this.rights.heldBy(context, manifest);
    return held.some((one) => `${extensionOf(task)}:${one}` === right);
  }

  private mappingRefusal(tenant: string, task: string, state: TaskState, input: unknown): Rejection | null {
    const right = state.status === 'absent' ? null : state.definition.right;
    return right === null ? this.inputRefusal(tenant, task, input) : rejected('TASK_RIGHT_NEEDED', { task, right });
  }

  private inputRefusal(tenant: string, task: string, input: unknown): Rejection | null {
    const schema = this.installations.find(tenant, extensionOf(task))?.version.manifest.tasks?.[nameOf(task)]?.input;
    if (schema === undefined)
      return input === null ? null : rejected('TASK_INPUT_INVALID', { task, pointer: '', reason: 'it takes no input' });
    const [problem] = compileForeignSchema(schema).check(input);
    return problem === undefined ? null : rejected('TASK_INPUT_INVALID', { task, pointer: problem.pointer, reason: problem.reason });
  }

  private async tooMany(tenant: string, task: string): Promise<Rejection | null> {
    return (await this.queries.countOpen(tenant, task)) < MOST_OPEN_RUNS
      ? null
      : rejected('TASK_RUNS_LIMIT', { task, limit: MOST_OPEN_RUNS });
  }
}

function notStarting(task: string, state: TaskState): Rejection | null {
  if (state.status === 'absent') return rejected('TASK_NOT_FOUND', { task: task.slice(0, 150) });
  if (state.held !== null) return rejected('TASK_HELD', { task, reason: state.held });
  return null;
}

function notHearing(task: string, state: TaskState): Rejection | null {
  return state.status === 'declared' && state.paused !== null ? rejected('TASK_HELD', { task, reason: 'it is paused' }) : null;
}
