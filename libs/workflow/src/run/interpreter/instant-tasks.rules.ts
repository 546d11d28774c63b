// Tasks that are over as soon as they begin: the choice of a way, and an error of the workflow's own.
import type { SwitchCase } from '../../definition/document.js';
import { standardError } from '../run-error.rules.js';
import type { OpenTask, RunState } from '../run-state.rules.js';
import type { RunEvent } from '../run.events.js';
import { answer, filled, holds } from '../task-values.rules.js';
import { complete } from './completion.rules.js';
import { fail } from './failure.rules.js';
import { textOf, variablesOf, type Machine } from './machine.rules.js';

export function choose(
  m: Machine,
  state: RunState,
  task: OpenTask,
  cases: readonly Readonly<Record<string, SwitchCase>>[],
): readonly RunEvent[] {
  const variables = variablesOf(m, state, task);
  const taken = cases
    .flatMap((item) => Object.values(item))
    .find(({ when }) => when === undefined || holds(answer(m.answers, when, task.input, variables)));
  return complete(m, state, task, task.input, { then: taken?.then });
}

export function raise(m: Machine, state: RunState, task: OpenTask, given: unknown): readonly RunEvent[] {
  const named = typeof given === 'string' ? m.document.use?.errors?.[given] : given;
  if (named === undefined) return fail(m, state, task, standardError('configuration', `there is no error named ${String(given)}`));
  const { type, status, title, detail, instance } = filled(m.answers, named, task.input, variablesOf(m, state, task)) as Record<
    string,
    unknown
  >;
  return fail(m, state, task, {
    type: textOf(type),
    status: typeof status === 'number' ? status : Number(status) || 500,
    ...(title === undefined || title === null ? {} : { title: textOf(title) }),
    ...(detail === undefined || detail === null ? {} : { detail: textOf(detail) }),
    ...(instance === undefined || instance === null ? {} : { instance: textOf(instance) }),
  });
}
