// What becomes of what a task gave: its output, the context, and how it would be undone.
import type { ListenTask, Task } from '../../definition/document.js';
import { taskAt } from '../flow.rules.js';
import { standardError } from '../run-error.rules.js';
import { isUndo, ROOT, type OpenTask, type RunState } from '../run-state.rules.js';
import type { RunEvent } from '../run.events.js';
import { shaped, ValueFailed } from '../task-values.rules.js';
import { fail, topOf } from './failure.rules.js';
import { faultOf, variablesOf, type Machine } from './machine.rules.js';

/** The task gave this: what becomes of it, and of the context. */
export function complete(m: Machine, state: RunState, task: OpenTask, raw: unknown, then?: string): readonly RunEvent[] {
  const output = raw ?? null;
  if (isUndo(task.id)) {
    const done: RunEvent = { type: 'TaskCompleted', data: { task: task.id, output, next: 'continue' } };
    return [done, { type: 'CompensationDone', data: { task: task.id.slice('undo:'.length), error: null } }];
  }
  const root = task.id === ROOT;
  const definition = root ? { output: m.document.output } : (roundOf(m, state, task) ?? taskAt(m.document, task.pointer));
  const { output: shape, export: exported, then: next } = definition as Partial<Task>;
  try {
    const variables = { ...variablesOf(m, state, task), output };
    const given = shape?.as === undefined ? output : shaped(m.answers, shape.as, output, variables);
    const fault = faultOf(m, shape?.schema, given);
    if (fault !== null)
      return fail(m, state, task, standardError('validation', `the output of ${root ? 'the workflow' : task.name}: ${fault}`));
    const context =
      exported?.as === undefined ? undefined : { context: shaped(m.answers, exported.as, given, { ...variables, output: given }) };
    const wrong = context === undefined ? null : faultOf(m, exported?.schema, context.context);
    if (wrong !== null) return fail(m, state, task, standardError('validation', `the export of ${task.name}: ${wrong}`));
    const undo = undoOf(state, task, definition as Partial<Task>, given);
    return [
      { type: 'TaskCompleted', data: { task: task.id, output: given ?? null, ...context, next: then ?? next ?? 'continue', ...undo } },
    ];
  } catch (error) {
    if (!(error instanceof ValueFailed)) throw error;
    return fail(m, state, task, standardError('expression', error.reason));
  }
}

/** What `foreach` of a listening task says of each event it has done with. */
function roundOf(m: Machine, state: RunState, { parent }: OpenTask): Partial<Task> | null {
  const listening = parent === null ? undefined : state.tasks.get(parent);
  if (listening?.kind !== 'listen') return null;
  const { foreach } = taskAt(m.document, listening.pointer) as Partial<ListenTask>;
  return {
    ...(foreach?.output === undefined ? {} : { output: foreach.output }),
    ...(foreach?.export === undefined ? {} : { export: foreach.export }),
  };
}

/** `end` ends the workflow, or the compensation it stands in, whatever is open. */
export function endAll(m: Machine, state: RunState, task: OpenTask, output: unknown): readonly RunEvent[] {
  return complete(m, state, topOf(state, task), output);
}

function undoOf(
  state: RunState,
  task: OpenTask,
  definition: Partial<Task>,
  output: unknown,
): { undo?: { pointer: string; input: unknown } } {
  const compensate = definition.metadata?.kari?.compensate;
  if (compensate === undefined || state.status !== 'running') return {};
  return { undo: { pointer: `${task.pointer}/metadata/kari/compensate`, input: { input: task.input ?? null, output: output ?? null } } };
}
