// Waiting for events: what is asked for, with the values of this moment, and what has come.
import type { EventConsumption, EventFilter } from '../../definition/document.js';
import type { OpenTask, RunState } from '../run-state.rules.js';
import type { RunEvent, RunEventOf } from '../run.events.js';
import { filled, type Variables } from '../task-values.rules.js';
import { complete } from './completion.rules.js';
import { variablesOf, type Machine } from './machine.rules.js';

export function listen(
  m: Machine,
  state: RunState,
  task: OpenTask,
  { to, read = 'data' }: { to: EventConsumption; read?: string },
): readonly RunEvent[] | null {
  if (task.listening === null) {
    const mode = 'one' in to ? 'one' : 'any' in to ? 'any' : 'all';
    const filters = 'one' in to ? [to.one] : 'any' in to ? to.any : to.all;
    const variables = variablesOf(m, state, task);
    const data = {
      task: task.id,
      mode,
      read: read === 'data' ? 'data' : 'envelope',
      filters: filters.map((filter) => awaited(m, filter, task, variables)),
    } as const;
    return [{ type: 'EventAwaited', data }];
  }
  const { mode, filters, received } = task.listening;
  const got = Object.keys(received).length;
  if (got === 0 || (mode === 'all' && got < filters.length)) return null;
  const events = Object.entries(received)
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, event]) => (task.listening?.read === 'data' ? (event['data'] ?? null) : event));
  return complete(m, state, task, events);
}

/** Where the filter asks for a value of the run, the value of this moment; what is asked of the event itself stays an expression. */
function awaited(
  m: Machine,
  filter: EventFilter,
  task: OpenTask,
  variables: Variables,
): RunEventOf<'EventAwaited'>['data']['filters'][number] {
  const { data, ...attributes } = filter.with;
  const properties = filled(m.answers, attributes, task.input, variables) as Record<string, unknown>;
  const correlate =
    filter.correlate === undefined
      ? undefined
      : Object.fromEntries(
          Object.entries(filter.correlate).map(([name, { from, expect }]) => [
            name,
            { from, ...(expect === undefined ? {} : { expect: filled(m.answers, expect, task.input, variables) }) },
          ]),
        );
  return { with: data === undefined ? properties : { ...properties, data }, ...(correlate === undefined ? {} : { correlate }) };
}
