// What the interpreter is given of the world, and what the expressions of a run may name.
import type { WorkflowDocument } from '../../definition/document.js';
import { taskAt } from '../flow.rules.js';
import type { OpenTask, RunState } from '../run-state.rules.js';
import type { Answers, Variables } from '../task-values.rules.js';

export interface Machine {
  readonly run: string;
  /** What expressions see as the id of the run: a replay shows that of the run which it repeats. Default: `run`. */
  readonly shownAs?: string;
  readonly document: WorkflowDocument;
  readonly answers: Answers;
  /** What a value breaks of a schema, in words; null for nothing. */
  schemaFault(schema: unknown, value: unknown): string | null;
  /** ISO 8601. */
  readonly now: string;
  /** In [0, 1). */
  readonly chance: number;
}

/** What every expression of the run may name. */
export function ownVariables(m: Machine, state: RunState): Variables {
  const { start } = state;
  return {
    context: state.context,
    workflow: {
      id: m.shownAs ?? m.run,
      definition: m.document,
      input: start?.input ?? null,
      startedAt: { iso8601: start?.startedAt ?? null },
    },
    runtime: { name: 'kari', version: '1', metadata: {} },
  };
}

export function variablesOf(m: Machine, state: RunState, task: OpenTask): Variables {
  return {
    ...ownVariables(m, state),
    input: task.input,
    task: { name: task.name, reference: task.pointer, definition: taskAt(m.document, task.pointer), input: task.raw },
    ...task.variables,
  };
}

export function faultOf(m: Machine, schema: { readonly document?: unknown } | undefined, value: unknown): string | null {
  return schema?.document === undefined ? null : m.schemaFault(schema.document, value);
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}
