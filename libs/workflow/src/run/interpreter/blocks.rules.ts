// Tasks that hold other tasks: a list, a loop, branches side by side, a try.
import type { TaskMetadata, TryTask } from '../../definition/document.js';
import { entriesOf, following, listOf, taskAt, within } from '../flow.rules.js';
import { childrenOf, type OpenTask, type RunState } from '../run-state.rules.js';
import type { RunEvent } from '../run.events.js';
import { answer, holds } from '../task-values.rules.js';
import { complete, endAll } from './completion.rules.js';
import { variablesOf, type Machine } from './machine.rules.js';
import { frame, schedule } from './task-begin.rules.js';

export function walk(m: Machine, state: RunState, task: OpenTask): readonly RunEvent[] | null {
  const entries = entriesOf(m.document, listOf(m.document, task.pointer));
  const [ended] = task.ended;
  if (ended === undefined) {
    if (task.made > 0 || childrenOf(state, task.id).length > 0) return null;
    const [first] = entries;
    return first === undefined ? complete(m, state, task, task.input) : schedule(m, state, task, first, task.input);
  }
  if (ended.next === 'exit') return complete(m, state, task, ended.output);
  if (ended.next === 'end') return endAll(m, state, task, ended.output);
  const next = following(entries, ended);
  return next === null ? complete(m, state, task, ended.output) : schedule(m, state, task, next, ended.output);
}

export function loop(m: Machine, state: RunState, task: OpenTask): readonly RunEvent[] | null {
  const definition = taskAt(m.document, task.pointer) as { for: { each?: string; at?: string }; while?: string; metadata?: TaskMetadata };
  const { items } = task.arguments as { items: readonly unknown[] };
  const width = definition.metadata?.kari?.concurrency ?? 1;
  const open = childrenOf(state, task.id).length;
  const last = task.ended.at(-1);
  const carried = width === 1 && last !== undefined ? last.output : task.input;
  const done = (): readonly RunEvent[] | null => {
    if (open > 0) return null;
    return complete(m, state, task, width === 1 ? carried : Array.from({ length: task.made }, (_, index) => task.results[index] ?? null));
  };
  if (open >= width) return null;
  if (task.made >= items.length) return done();
  const index = task.made;
  const { each = 'item', at = 'index' } = definition.for;
  const variables = { ...task.variables, [each]: items[index], [at]: index };
  if (
    definition.while !== undefined &&
    !holds(answer(m.answers, definition.while, carried, { ...variablesOf(m, state, task), ...variables }))
  ) {
    return done();
  }
  const pointer = `${task.pointer}/do`;
  const iteration = within(task.iteration, String(index));
  return [frame(state, task, { pointer, name: String(index), iteration, index, raw: carried, variables })];
}

export function branches(m: Machine, state: RunState, task: OpenTask): readonly RunEvent[] | null {
  const definition = taskAt(m.document, task.pointer) as { fork: { compete?: boolean } };
  const entries = entriesOf(m.document, `${task.pointer}/fork/branches`);
  const stopped = task.ended.find(({ next }) => next === 'end');
  if (stopped !== undefined) return endAll(m, state, task, stopped.output);
  const [first] = task.ended;
  if (definition.fork.compete === true && first !== undefined) return complete(m, state, task, first.output);
  const entry = entries[task.made];
  if (entry !== undefined) return schedule(m, state, task, entry, task.input, { index: task.made });
  if (task.ended.length < entries.length) return null;
  return complete(
    m,
    state,
    task,
    entries.map((_, index) => task.results[index] ?? null),
  );
}

export function attempt(m: Machine, state: RunState, task: OpenTask, definition: TryTask): readonly RunEvent[] | null {
  const [ended] = task.ended;
  if (ended !== undefined) return ended.next === 'end' ? endAll(m, state, task, ended.output) : complete(m, state, task, ended.output);
  if (task.phase === 'retrying' || childrenOf(state, task.id).length > 0) return null;
  if (task.phase === 'body') {
    return [
      frame(state, task, {
        pointer: `${task.pointer}/try`,
        name: 'try',
        iteration: task.iteration,
        index: 0,
        raw: task.input,
        variables: task.variables,
      }),
    ];
  }
  const { as = 'error', do: list } = definition.catch;
  if (list === undefined) return complete(m, state, task, task.input);
  const variables = { ...task.variables, [as]: task.caught };
  return [
    frame(state, task, {
      pointer: `${task.pointer}/catch/do`,
      name: 'catch',
      iteration: task.iteration,
      index: 0,
      raw: task.input,
      variables,
    }),
  ];
}
