// What an effect is made with, known before it is made.
import { derivedId } from '@kari/kernel';
import { callArguments } from '../../calls/call-arguments.rules.js';
import { namesSecrets } from '../../calls/secret-names.rules.js';
import { PROTOCOLS } from '../../definition/call.rules.js';
import type { CallTask, EmitTask, Task } from '../../definition/document.js';
import { Refusal, standardError } from '../run-error.rules.js';
import type { OpenTask, RunState } from '../run-state.rules.js';
import { answer, filled } from '../task-values.rules.js';
import { approvalArguments } from './approval.rules.js';
import { idempotencyKeyOf } from './effects.rules.js';
import { textOf, variablesOf, type Machine } from './machine.rules.js';
import { paceOf } from './pace.rules.js';

/** What an effect is made with, known before it is made: it stands in the history, and a repeat is made with the same. */
export function argumentsOf(m: Machine, state: RunState, task: OpenTask, definition: Task): unknown {
  const variables = variablesOf(m, state, task);
  const fill = (template: unknown): unknown => filled(m.answers, template, task.input, variables);
  switch (task.kind) {
    case 'call': {
      const { call, metadata } = definition as CallTask;
      const own = metadata?.kari?.idempotencyKey;
      const shared = m.document.use?.functions?.[call] as CallTask | undefined;
      const rate = metadata?.kari?.rateLimit ?? shared?.metadata?.kari?.rateLimit;
      // Calls by a protocol have no name of their own: each task counts for itself.
      const counted = ['call', state.start?.workflow.id ?? '', call, PROTOCOLS.includes(call) ? task.name : ''];
      const manner = {
        ...(own === undefined ? {} : { key: textOf(answer(m.answers, own, task.input, variables)) }),
        ...(rate === undefined ? {} : { pace: paceOf(m, rate, counted, task.input, variables) }),
      };
      const made = callArguments(m.document, definition as CallTask, task.input, (template, input, secrets) =>
        filled(m.answers, template, input, { ...variables, input }, secrets === 'kept' ? namesSecrets : undefined),
      );
      return { ...made, ...manner };
    }
    case 'emit': {
      const given = fill((definition as EmitTask).emit.event.with) as object;
      return { event: { id: derivedId('emitted', idempotencyKeyOf(m.run, task)), ...given } };
    }
    case 'run': {
      const { workflow, await: awaited } = (definition as { run: { workflow: Record<string, unknown>; await?: boolean } }).run;
      const { namespace, name, version, input } = workflow;
      const run = derivedId('child-run', m.run, task.id, task.attempt);
      return { run, namespace, name, version, input: input === undefined ? task.input : fill(input), await: awaited !== false };
    }
    case 'for': {
      const items = answer(m.answers, (definition as { for: { in: string } }).for.in, task.input, variables);
      if (!Array.isArray(items)) throw new Refusal(standardError('expression', `what ${task.name} goes through is no list`));
      const width = definition.metadata?.kari?.concurrency ?? 1;
      return width === 1 ? { items } : { items, collect: true };
    }
    case 'approval':
      return approvalArguments(fill((definition as CallTask).with ?? {}) as Record<string, unknown>);
    default:
      return undefined;
  }
}
