// Tasks beginning: the next one of a list, and the frames that loops, branches and tries stand in.
import { kindOf, type CallTask, type Task } from '../../definition/document.js';
import { instanceId, taskAt, within, type Entry } from '../flow.rules.js';
import { nameOf } from '../moves.rules.js';
import { Refusal, standardError } from '../run-error.rules.js';
import { evolveRun, type EndedChild, type OpenTask, type RunState } from '../run-state.rules.js';
import type { RunError, RunEvent, TaskKind } from '../run.events.js';
import { answer, holds, shaped, ValueFailed, type Variables } from '../task-values.rules.js';
import { fail } from './failure.rules.js';
import { faultOf, variablesOf, type Machine } from './machine.rules.js';
import { argumentsOf } from './task-arguments.rules.js';

/** The next task of a list. */
export function schedule(
  m: Machine,
  state: RunState,
  parent: OpenTask,
  { name, pointer }: Entry,
  raw: unknown,
  { index = 0 }: { readonly index?: number } = {},
): readonly RunEvent[] {
  const place = nameOf(state.migrations, pointer);
  const visits = parent.kind === 'do' ? (parent.visits[place] ?? 0) : 0;
  const iteration = visits === 0 ? parent.iteration : within(parent.iteration, `v${visits}`);
  const task: OpenTask = {
    ...BLANK,
    id: instanceId(place, iteration),
    pointer,
    name,
    kind: taskKindOf(taskAt(m.document, pointer) as Task),
    parent: parent.id,
    iteration,
    index,
    attempt: parent.attempt,
    raw,
    input: raw,
    variables: parent.variables,
  };
  return begun(m, state, task);
}

/** A task that failed before it began, in a run that is retried: everything is asked for again. */
export function beginAnew(
  m: Machine,
  state: RunState,
  { id, pointer, name, kind, parent, iteration, index, attempt, raw, variables }: OpenTask,
) {
  return begun(m, state, { ...BLANK, id, pointer, name, kind, parent, iteration, index, attempt, raw, input: raw, variables });
}

/** With its data flow: skipped, failed or ready. */
function begun(m: Machine, state: RunState, task: OpenTask): readonly RunEvent[] {
  const { pointer, name, iteration, index, raw } = task;
  const definition = taskAt(m.document, pointer) as Task;
  const event = (input: unknown, args?: unknown): RunEvent => ({
    type: 'TaskScheduled',
    data: {
      task: task.id,
      pointer,
      name,
      kind: task.kind,
      parent: task.parent,
      iteration,
      ...(index === 0 ? {} : { index }),
      attempt: task.attempt,
      raw,
      input,
      ...(args === undefined ? {} : { arguments: args }),
      ...(Object.keys(task.variables).length === 0 ? {} : { variables: { ...task.variables } }),
    },
  });
  const refused = (error: RunError): readonly RunEvent[] => {
    const scheduled = event(raw);
    return [scheduled, ...fail(m, evolveRun(state, scheduled), task, error, { unbegun: true })];
  };
  try {
    if (definition.if !== undefined && !holds(answer(m.answers, definition.if, raw, variablesOf(m, state, task)))) {
      return [event(raw), { type: 'TaskCompleted', data: { task: task.id, output: raw, skipped: true, next: 'continue' } }];
    }
    const fault = faultOf(m, definition.input?.schema, raw);
    if (fault !== null) return refused(standardError('validation', `the input of ${name}: ${fault}`));
    const input = definition.input?.from === undefined ? raw : shaped(m.answers, definition.input.from, raw, variablesOf(m, state, task));
    const args = argumentsOf(m, state, { ...task, input }, definition);
    return [event(input, args)];
  } catch (error) {
    if (error instanceof Refusal) return refused(error.error);
    if (error instanceof ValueFailed) return refused(standardError('expression', error.reason));
    throw error;
  }
}

export function frame(
  { migrations }: RunState,
  parent: OpenTask,
  of: {
    readonly pointer: string;
    readonly name: string;
    readonly iteration: string;
    readonly index: number;
    readonly raw: unknown;
    readonly variables: Variables;
  },
): RunEvent {
  const { pointer, name, iteration, index, raw, variables } = of;
  const attempt = parent.attempt;
  const data = {
    task: instanceId(nameOf(migrations, pointer), iteration),
    pointer,
    name,
    kind: 'do',
    parent: parent.id,
    iteration,
    index,
    attempt,
    raw,
    input: raw,
  } as const;
  return { type: 'TaskScheduled', data: { ...data, variables: { ...variables } } };
}

export function taskKindOf(definition: Task): TaskKind {
  const kind = kindOf(definition);
  return kind === 'call' && APPROVAL_CALL.test((definition as CallTask).call) ? 'approval' : kind;
}

const APPROVAL_CALL = /^approval\.request(@1)?$/;

const BLANK = {
  arguments: undefined,
  phase: 'body',
  caught: null,
  tries: 1,
  failingSince: null,
  begun: false,
  unbegun: false,
  ended: [] as readonly EndedChild[],
  results: {},
  made: 0,
  visits: {},
  fired: [] as readonly string[],
  listening: null,
  approval: null,
  child: null,
} as const;
