// Waiting for events: what is asked for, with the values of this moment, what has come, and what is done with each.
import { isRuntimeExpression } from '../../expression/evaluator.js';
import type { EventConsumption, EventFilter, ListenTask } from '../../definition/document.js';
import { taskAt, within } from '../flow.rules.js';
import { MOST_HEARD, takenBy, type Listening } from '../listening-state.rules.js';
import { standardError } from '../run-error.rules.js';
import { childrenOf, type OpenTask, type RunState } from '../run-state.rules.js';
import type { RunEvent, RunEventOf } from '../run.events.js';
import { answer, filled, holds, type Variables } from '../task-values.rules.js';
import { complete, endAll } from './completion.rules.js';
import { fail } from './failure.rules.js';
import { variablesOf, type Machine } from './machine.rules.js';
import { frame } from './task-begin.rules.js';

type Awaited = RunEventOf<'EventAwaited'>['data'];

export function listen(m: Machine, state: RunState, task: OpenTask): readonly RunEvent[] | null {
  const { listen: asked, foreach } = taskAt(m.document, task.pointer) as ListenTask;
  if (task.listening === null || task.listening.closed) return [{ type: 'EventAwaited', data: awaited(m, state, task, asked) }];
  const until = 'any' in asked.to && typeof asked.to.until === 'string' ? asked.to.until : null;
  const weighed = until === null ? null : weigh(m, state, task, task.listening, until);
  if (weighed !== null) return [weighed];
  const { events, enough } = takenBy(task.listening);
  if (!enough && task.listening.received.length >= MOST_HEARD)
    return fail(m, state, task, standardError('runtime', `${task.name} has heard ${MOST_HEARD} events without an end`));
  const items = events.map((event) => read(event, task.listening!.read));
  if (foreach === undefined) return enough ? complete(m, state, task, items) : null;

  const stopped = task.ended.find(({ next }) => next === 'end');
  if (stopped !== undefined) return endAll(m, state, task, stopped.output);
  if (childrenOf(state, task.id).length > 0) return null;
  const index = task.made;
  if (index < items.length) {
    const variables = { ...task.variables, [foreach.item ?? 'item']: items[index], [foreach.at ?? 'index']: index };
    const iteration = within(task.iteration, String(index));
    return [
      frame(state, task, { pointer: `${task.pointer}/foreach/do`, name: String(index), iteration, index, raw: items[index], variables }),
    ];
  }
  if (!enough) return null;
  return complete(
    m,
    state,
    task,
    items.map((_, place) => task.results[place] ?? null),
  );
}

/** After each event by itself, so that none is taken that came after the end; what was weighed is not weighed again. */
function weigh(m: Machine, state: RunState, task: OpenTask, listening: Listening, until: string): RunEvent | null {
  if (listening.enough) return null;
  const items = listening.received.map(({ event }) => read(event, listening.read));
  const variables = variablesOf(m, state, task);
  for (let count = listening.weighed + 1; count <= items.length; count += 1) {
    if (holds(answer(m.answers, until, items.slice(0, count), variables)))
      return { type: 'EventsWeighed', data: { task: task.id, count, enough: true } };
  }
  return items.length > listening.weighed ? { type: 'EventsWeighed', data: { task: task.id, count: items.length, enough: false } } : null;
}

/** `raw` is the text of the data, undecoded. */
function read(event: Readonly<Record<string, unknown>>, as: Listening['read']): unknown {
  if (as === 'envelope') return event;
  const data = event['data'] ?? null;
  return as === 'data' ? data : JSON.stringify(data);
}

function awaited(m: Machine, state: RunState, task: OpenTask, { to, read: as = 'data' }: ListenTask['listen']): Awaited {
  const variables = variablesOf(m, state, task);
  const ask = (consumption: EventConsumption): Pick<Awaited, 'mode' | 'filters'> => {
    const mode = 'one' in consumption ? 'one' : 'any' in consumption ? 'any' : 'all';
    const asked = 'one' in consumption ? [consumption.one] : 'any' in consumption ? consumption.any : consumption.all;
    // `any` of none is any event at all.
    const filters = asked.length === 0 ? [{ with: {} }] : asked;
    return { mode, filters: filters.map((filter) => awaitedFilter(m, filter, task, variables)) };
  };
  const until = 'any' in to ? to.until : undefined;
  return {
    task: task.id,
    ...ask(to),
    read: as,
    ...(until === undefined ? {} : { repeats: true }),
    ...(typeof until === 'object' ? { until: ask(until) } : {}),
  };
}

/** Where the filter asks for a value of the run, the value of this moment; what is asked of the event itself stays an expression. */
function awaitedFilter(m: Machine, filter: EventFilter, task: OpenTask, variables: Variables): Awaited['filters'][number] {
  const { data, ...attributes } = filter.with;
  const fill = (template: unknown): unknown => filled(m.answers, template, task.input, variables);
  const properties = fill(attributes) as Record<string, unknown>;
  const wanted = isRuntimeExpression(data) ? data : fill(data);
  const correlate = Object.entries(filter.correlate ?? {}).map(
    ([name, { from, expect }]) => [name, { from, ...(expect === undefined ? {} : { expect: fill(expect) }) }] as const,
  );
  const programs = [...(isRuntimeExpression(data) ? [data] : []), ...correlate.map(([, { from }]) => from)];
  const lent = variablesIn(programs, variables);
  return {
    with: data === undefined ? properties : { ...properties, data: wanted ?? null },
    ...(correlate.length === 0 ? {} : { correlate: Object.fromEntries(correlate) }),
    ...(Object.keys(lent).length === 0 ? {} : { variables: lent }),
  };
}

/** Of this moment too: when the event comes, the run is not asked again. */
function variablesIn(programs: readonly string[], variables: Variables): Record<string, unknown> {
  const names = programs.flatMap((program) => [...program.matchAll(/\$([A-Za-z_]\w*)/g)].map(([, name]) => name!));
  return Object.fromEntries(names.filter((name) => Object.hasOwn(variables, name)).map((name) => [name, variables[name] ?? null]));
}
