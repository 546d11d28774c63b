// Advances a run: reads its document as data and answers, for what has just become known, every fact that follows from it. Pure; what takes
// time or touches the world (a call, a timer, a child run, an event) is only asked for here, and its outcome comes back as a stimulus.
import { derivedId } from '@kari/kernel';
import {
  kindOf,
  type CallTask,
  type EventConsumption,
  type EventFilter,
  type RetryPolicy,
  type SwitchCase,
  type Task,
  type Timeout,
  type TryTask,
  type WorkflowDocument,
} from '../definition/document.js';
import { millisecondsOf } from './duration.rules.js';
import { entriesOf, following, instanceId, listOf, taskAt, within, type Entry } from './flow.rules.js';
import { pauseBefore } from './retry.rules.js';
import { passesFilter, standardError } from './run-error.rules.js';
import type { RunError, RunEvent, RunEventOf, TaskKind } from './run.events.js';
import {
  awaitsChild,
  childRunOf,
  childrenOf,
  evolveRun,
  isOver,
  isUndo,
  ROOT,
  type EndedChild,
  type OpenTask,
  type RunState,
} from './run-state.rules.js';
import { answer, filled, holds, ValueFailed, type Answers, type Variables } from './task-values.rules.js';

export interface Machine {
  readonly run: string;
  readonly document: WorkflowDocument;
  readonly answers: Answers;
  /** What a value breaks of a schema, in words; null for nothing. */
  schemaFault(schema: unknown, value: unknown): string | null;
  /** ISO 8601. */
  readonly now: string;
  /** In [0, 1). */
  readonly chance: number;
}

export type Stimulus =
  | { readonly kind: 'begin' }
  | { readonly kind: 'started'; readonly task: string; readonly attempt: number; readonly worker: string }
  | { readonly kind: 'done'; readonly task: string; readonly attempt: number; readonly output: unknown }
  | { readonly kind: 'failed'; readonly task: string; readonly attempt: number; readonly error: RunError }
  | { readonly kind: 'timer'; readonly timer: string }
  /** What would have followed cannot be kept: too large, too deep, or no JSON that a store can hold. */
  | { readonly kind: 'unkeepable'; readonly reason: string }
  | { readonly kind: 'child'; readonly end: RunEventOf<'ChildRunEnded'>['data'] };

/** Events of one append; a run that could go on for ever is continued by the next one. */
export const MOST_AT_ONCE = 400;
/** Tasks of one run, repetitions counted: what needs more is a loop without an end. */
const MOST_TASKS = 100_000;

/** The facts that follow; none when the stimulus concerns nothing that is still open. */
export function advance(machine: Machine, state: RunState, stimulus: Stimulus): readonly RunEvent[] {
  const facts: RunEvent[] = [];
  let current = state;
  const take = (events: readonly RunEvent[]): void => {
    for (const event of events) {
      facts.push(event);
      current = evolveRun(current, event);
    }
  };
  take(answerTo(machine, state, stimulus));
  while (facts.length < MOST_AT_ONCE) {
    const next = step(machine, current);
    if (next === null || next.length === 0) break;
    take(next);
  }
  return facts;
}

function answerTo(m: Machine, state: RunState, stimulus: Stimulus): readonly RunEvent[] {
  switch (stimulus.kind) {
    case 'begin':
      return [];
    case 'started': {
      const { task, attempt, worker } = stimulus;
      return openEffect(state, stimulus) === null ? [] : [{ type: 'TaskStarted', data: { task, attempt, worker } }];
    }
    case 'done': {
      const task = openEffect(state, stimulus);
      return task === null ? [] : complete(m, state, task, stimulus.output);
    }
    case 'failed': {
      const task = openEffect(state, stimulus);
      return task === null ? [] : fail(m, state, task, stimulus.error);
    }
    case 'unkeepable':
      return unkeepable(m, state, stimulus.reason);
    case 'child':
      return awaitedChildrenOf(state).includes(stimulus.end.run) ? [{ type: 'ChildRunEnded', data: stimulus.end }] : [];
    case 'timer':
      return state.timers.has(stimulus.timer) ? [{ type: 'TimerFired', data: { timer: stimulus.timer } }] : [];
  }
}

function unkeepable(m: Machine, state: RunState, reason: string): readonly RunEvent[] {
  if (state.status !== 'running' && state.status !== 'compensating') return [];
  const [first] = state.tasks.values();
  return first === undefined ? [] : fail(m, state, first, standardError('runtime', `a value cannot be kept: ${reason}`));
}

/** The task an outcome belongs to, unless another attempt or another owner has gone past it. */
function openEffect(state: RunState, { task, attempt }: { readonly task: string; readonly attempt: number }): OpenTask | null {
  if (state.status !== 'running' && state.status !== 'compensating') return null;
  const open = state.tasks.get(task);
  return open === undefined || open.attempt !== attempt ? null : open;
}

const EFFECTS: ReadonlySet<TaskKind> = new Set(['call', 'emit', 'run']);

/** The tasks whose effect is to be made now. */
export function effectsOf(state: RunState): readonly OpenTask[] {
  if (state.paused || (state.status !== 'running' && state.status !== 'compensating')) return [];
  return [...state.tasks.values()].filter((task) => EFFECTS.has(task.kind) && task.child === null && !task.fired.includes('timeout'));
}

/** Runs that this one waits for, of open tasks and of tasks that are gone. */
export function awaitedChildrenOf(state: RunState): readonly string[] {
  if (isOver(state)) return [];
  return [...state.abandoned, ...[...state.tasks.values()].filter(awaitsChild).map(childRunOf)];
}

/** Those of them that nobody has a use for any more. */
export function childrenToEnd(state: RunState): readonly string[] {
  return state.status === 'cancelling' || state.status === 'failing' ? awaitedChildrenOf(state) : state.abandoned;
}

/** Stable over attempts, owners and restarts: one name for one effect. */
export function idempotencyKeyOf(run: string, task: Pick<OpenTask, 'pointer' | 'iteration'>): string {
  return `${run}:${task.pointer}:${task.iteration}`;
}

/** What follows without anybody's doing; null when the run waits. */
function step(m: Machine, state: RunState): readonly RunEvent[] | null {
  if (state.status === 'none' || isOver(state)) return null;
  const stale = staleRegistration(state);
  if (stale !== null) return [stale];
  if (state.paused) return null;
  switch (state.status) {
    case 'running':
      return running(m, state);
    case 'cancelling':
    case 'failing':
      return ending(state);
    case 'compensating':
      return compensating(m, state);
    default:
      return null;
  }
}

/** What a task that is gone, or a run that is ending, had asked for is taken back before anything else happens. */
function staleRegistration(state: RunState): RunEvent | null {
  const ending = state.status === 'cancelling' || state.status === 'failing';
  for (const [timer, { task, purpose }] of state.timers) {
    const alive = task === null ? state.status === 'running' && state.result === null : !ending && belongs(timer, task, purpose, state);
    if (!alive) return { type: 'TimerCancelled', data: { timer } };
  }
  for (const [approval, task] of state.openApprovals) {
    if (ending || state.tasks.get(task)?.approval?.id !== approval)
      return { type: 'ApprovalClosed', data: { approval, reason: 'withdrawn' } };
  }
  for (const task of state.listeners) {
    if (ending || (state.tasks.get(task)?.listening ?? null) === null) return { type: 'EventUnawaited', data: { task } };
  }
  return null;
}

/** A retry's timer outlives the attempt it was set by only while that `try` is in its pause. */
function belongs(timer: string, task: string, purpose: string, state: RunState): boolean {
  const open = state.tasks.get(task);
  return open !== undefined && timer === timerOf(open, purpose);
}

function timerOf(task: Pick<OpenTask, 'id' | 'attempt'>, purpose: string): string {
  return `${task.id}:${purpose}:${task.attempt}`;
}

function running(m: Machine, state: RunState): readonly RunEvent[] | null {
  if (state.result !== null) {
    if (state.abandoned.length > 0) return null;
    return [{ type: 'RunCompleted', data: { output: state.result.output } }];
  }
  if (state.scheduled === 0) return begin(m, state);
  const root = state.tasks.get(ROOT);
  if (root?.fired.includes('run-timeout') === true)
    return fail(m, state, root, standardError('timeout', 'the workflow took longer than its timeout'));
  if (state.scheduled > MOST_TASKS && root !== undefined) {
    return fail(m, state, root, standardError('runtime', `the run has scheduled more than ${MOST_TASKS} tasks`));
  }
  return anyStep(m, state);
}

function anyStep(m: Machine, state: RunState): readonly RunEvent[] | null {
  for (const task of state.tasks.values()) {
    const events = act(m, state, task);
    if (events !== null && events.length > 0) return events;
  }
  return null;
}

function begin(m: Machine, state: RunState): readonly RunEvent[] {
  const { input, timeout } = m.document;
  const raw = state.start?.input ?? null;
  const base = { task: ROOT, pointer: ROOT, name: 'do', kind: 'do' as const, parent: null, iteration: '', attempt: 1, raw };
  const set = runTimer(m, state, timeout);
  const events = (given: unknown): RunEvent[] => [{ type: 'TaskScheduled', data: { ...base, input: given } }, ...set];
  try {
    const fault = faultOf(m, input?.schema, raw);
    if (fault !== null)
      return [...events(raw), rootFailure(standardError('validation', `the input of the workflow: ${fault}`, { instance: ROOT }))];
    const given = input?.from === undefined ? raw : filled(m.answers, input.from, raw, ownVariables(m, state));
    return events(given);
  } catch (error) {
    if (!(error instanceof ValueFailed)) throw error;
    return [...events(raw), rootFailure(standardError('expression', error.reason, { instance: ROOT }))];
  }
}

function rootFailure(error: RunError): RunEvent {
  return { type: 'TaskFailed', data: { task: ROOT, attempt: 1, error, handling: 'fail' } };
}

function runTimer(m: Machine, state: RunState, timeout: Timeout | string | undefined): readonly RunEvent[] {
  const length = timeoutOf(m, timeout, state.start?.input ?? null, ownVariables(m, state));
  return length === null ? [] : [timerSet(m, state, 'run', null, 'run-timeout', length)];
}

function ending(state: RunState): readonly RunEvent[] | null {
  const children = [...state.tasks.values()].some(awaitsChild);
  if (state.abandoned.length > 0 || children) return null;
  const cause = state.status === 'cancelling' ? 'cancelled' : 'failed';
  if (state.undo.length > 0) return [{ type: 'CompensationStarted', data: { cause, tasks: state.undo.map(({ task }) => task).reverse() } }];
  return [over(state, cause)];
}

function over(state: RunState, cause: 'failed' | 'cancelled'): RunEvent {
  if (cause === 'cancelled') return { type: 'RunCancelled', data: { reason: state.reason } };
  const error = state.failure?.error ?? standardError('runtime', 'the run failed');
  return {
    type: 'RunFailed',
    data: { error, ...(state.undoFailures.length === 0 ? {} : { compensationFailures: [...state.undoFailures] }) },
  };
}

/** One after the other, last done first undone. */
function compensating(m: Machine, state: RunState): readonly RunEvent[] | null {
  const under = anyStep(m, state);
  if (under !== null) return under;
  const [open] = state.tasks.values();
  if (open !== undefined) return null;
  const undo = state.undo.at(-1);
  if (undo === undefined) return state.abandoned.length > 0 ? null : [over(state, state.cause ?? 'failed')];
  const iteration = undo.task.includes('#') ? undo.task.slice(undo.task.indexOf('#') + 1) : '';
  const { input, output } = undo.input as { input: unknown; output: unknown };
  return [
    {
      type: 'TaskScheduled',
      data: {
        task: `undo:${undo.task}`,
        pointer: undo.pointer,
        name: 'compensate',
        kind: 'do',
        parent: null,
        iteration,
        attempt: 1,
        raw: output,
        input: output,
        variables: { input, output },
      },
    },
  ];
}

/** What one open task does of itself; null when it waits. */
function act(m: Machine, state: RunState, task: OpenTask): readonly RunEvent[] | null {
  try {
    if (task.fired.includes('timeout')) return fail(m, state, task, standardError('timeout', `${task.name} took longer than its timeout`));
    return timeoutToSet(m, state, task) ?? behave(m, state, task);
  } catch (error) {
    if (!(error instanceof ValueFailed)) throw error;
    return fail(m, state, task, standardError('expression', error.reason));
  }
}

function behave(m: Machine, state: RunState, task: OpenTask): readonly RunEvent[] | null {
  const definition = taskAt(m.document, task.pointer) as Task;
  switch (task.kind) {
    case 'do':
      return walk(m, state, task);
    case 'for':
      return loop(m, state, task);
    case 'fork':
      return branches(m, state, task);
    case 'try':
      return attempt(m, state, task, definition as TryTask);
    case 'set':
      return complete(m, state, task, filled(m.answers, (definition as { set: unknown }).set, task.input, variablesOf(m, state, task)));
    case 'switch':
      return choose(m, state, task, (definition as { switch: readonly Readonly<Record<string, SwitchCase>>[] }).switch);
    case 'raise':
      return raise(m, state, task, (definition as { raise: { error: unknown } }).raise.error);
    case 'wait':
      return pause(m, state, task, (definition as { wait: never }).wait);
    case 'listen':
      return listen(m, state, task, (definition as { listen: { to: EventConsumption; read?: string } }).listen);
    case 'approval':
      return approval(m, state, task);
    case 'run':
      return childOutcome(m, state, task);
    case 'call':
    case 'emit':
      return null;
  }
}

function timeoutToSet(m: Machine, state: RunState, task: OpenTask): readonly RunEvent[] | null {
  const { timeout } = taskAt(m.document, task.pointer) as { timeout?: Timeout | string };
  if (timeout === undefined || isUndo(task.id)) return null;
  const timer = timerOf(task, 'timeout');
  if (state.timers.has(timer) || task.fired.includes('timeout')) return null;
  const length = timeoutOf(m, timeout, task.input, variablesOf(m, state, task));
  if (length === null) throw new ValueFailed(`the timeout of ${task.name} is no duration`);
  return [timerSet(m, state, timer, task.id, 'timeout', length)];
}

function walk(m: Machine, state: RunState, task: OpenTask): readonly RunEvent[] | null {
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

/** `end` ends the workflow, or the compensation it stands in, whatever is open. */
function endAll(m: Machine, state: RunState, task: OpenTask, output: unknown): readonly RunEvent[] {
  let top = task;
  for (let above = parentOf(state, top); above !== null; above = parentOf(state, top)) top = above;
  return complete(m, state, top, output);
}

function loop(m: Machine, state: RunState, task: OpenTask): readonly RunEvent[] | null {
  const definition = taskAt(m.document, task.pointer) as { for: { each?: string; at?: string }; while?: string; metadata?: Metadata };
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
  return [frame(task, { pointer, name: String(index), iteration, index, raw: carried, variables })];
}

function branches(m: Machine, state: RunState, task: OpenTask): readonly RunEvent[] | null {
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

function attempt(m: Machine, state: RunState, task: OpenTask, definition: TryTask): readonly RunEvent[] | null {
  const [ended] = task.ended;
  if (ended !== undefined) return ended.next === 'end' ? endAll(m, state, task, ended.output) : complete(m, state, task, ended.output);
  if (task.phase === 'retrying' || childrenOf(state, task.id).length > 0) return null;
  if (task.phase === 'body') {
    return [
      frame(task, {
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
    frame(task, { pointer: `${task.pointer}/catch/do`, name: 'catch', iteration: task.iteration, index: 0, raw: task.input, variables }),
  ];
}

function choose(m: Machine, state: RunState, task: OpenTask, cases: readonly Readonly<Record<string, SwitchCase>>[]): readonly RunEvent[] {
  const variables = variablesOf(m, state, task);
  const taken = cases
    .flatMap((item) => Object.values(item))
    .find(({ when }) => when === undefined || holds(answer(m.answers, when, task.input, variables)));
  return complete(m, state, task, task.input, taken?.then);
}

function raise(m: Machine, state: RunState, task: OpenTask, given: unknown): readonly RunEvent[] {
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

function pause(m: Machine, state: RunState, task: OpenTask, duration: never): readonly RunEvent[] | null {
  if (task.fired.includes('wait')) return complete(m, state, task, task.input);
  const timer = timerOf(task, 'wait');
  if (state.timers.has(timer)) return null;
  const length = millisecondsOf(filled(m.answers, duration, task.input, variablesOf(m, state, task)) as never);
  if (length === null) return fail(m, state, task, standardError('configuration', 'the time to wait is no duration'));
  return [timerSet(m, state, timer, task.id, 'wait', length)];
}

function listen(
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

function approval(m: Machine, state: RunState, task: OpenTask): readonly RunEvent[] | null {
  const { title, details, rights, expiresMs } = task.arguments as ApprovalArguments;
  if (task.approval === null) {
    const id = derivedId('approval', m.run, task.id, state.approvals);
    const requested: RunEvent = {
      type: 'ApprovalRequested',
      data: {
        approval: id,
        task: task.id,
        title,
        ...(details === undefined ? {} : { details }),
        rights: [...rights],
        expiresAt: expiresMs === null ? null : later(m.now, expiresMs),
      },
    };
    return expiresMs === null ? [requested] : [requested, timerSet(m, state, timerOf(task, 'approval'), task.id, 'approval', expiresMs)];
  }
  const { id, decision } = task.approval;
  if (decision === 'expired')
    return fail(m, state, task, standardError('timeout', 'nobody decided in time', { title: 'WORKFLOW_APPROVAL_EXPIRED' }));
  if (decision !== null) {
    return complete(m, state, task, { approved: decision.decision === 'approved', comment: decision.comment, by: decision.by });
  }
  return task.fired.includes('approval') ? [{ type: 'ApprovalClosed', data: { approval: id, reason: 'expired' } }] : null;
}

function childOutcome(m: Machine, state: RunState, task: OpenTask): readonly RunEvent[] | null {
  if (task.child === null) return null;
  const { outcome, output, error } = task.child;
  if (outcome === 'completed') return complete(m, state, task, output ?? null);
  return fail(m, state, task, error ?? standardError('runtime', `the run ${task.child.run} was ${outcome}`));
}

interface Metadata {
  readonly kari?: { readonly concurrency?: number; readonly compensate?: unknown };
}

interface ApprovalArguments {
  readonly title: string;
  readonly details?: unknown;
  readonly rights: readonly string[];
  readonly expiresMs: number | null;
}

function frame(
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
    task: instanceId(pointer, iteration),
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

/** The next task of a list, with its data flow: skipped, failed or ready. */
function schedule(
  m: Machine,
  state: RunState,
  parent: OpenTask,
  { name, pointer }: Entry,
  raw: unknown,
  { index = 0 }: { readonly index?: number } = {},
): readonly RunEvent[] {
  const definition = taskAt(m.document, pointer) as Task;
  const visits = parent.kind === 'do' ? (parent.visits[name] ?? 0) : 0;
  const iteration = visits === 0 ? parent.iteration : within(parent.iteration, `v${visits}`);
  const task: OpenTask = {
    ...BLANK,
    id: instanceId(pointer, iteration),
    pointer,
    name,
    kind: kindFor(definition),
    parent: parent.id,
    iteration,
    index,
    attempt: parent.attempt,
    raw,
    input: raw,
    variables: parent.variables,
  };
  const event = (input: unknown, args?: unknown): RunEvent => ({
    type: 'TaskScheduled',
    data: {
      task: task.id,
      pointer,
      name,
      kind: task.kind,
      parent: parent.id,
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
    const begun = event(raw);
    return [begun, ...fail(m, evolveRun(state, begun), task, error)];
  };
  try {
    if (definition.if !== undefined && !holds(answer(m.answers, definition.if, raw, variablesOf(m, state, task)))) {
      return [event(raw), { type: 'TaskCompleted', data: { task: task.id, output: raw, skipped: true, next: 'continue' } }];
    }
    const fault = faultOf(m, definition.input?.schema, raw);
    if (fault !== null) return refused(standardError('validation', `the input of ${name}: ${fault}`));
    const input = definition.input?.from === undefined ? raw : filled(m.answers, definition.input.from, raw, variablesOf(m, state, task));
    const args = argumentsOf(m, state, { ...task, input }, definition);
    return [event(input, args)];
  } catch (error) {
    if (error instanceof Refusal) return refused(error.error);
    if (error instanceof ValueFailed) return refused(standardError('expression', error.reason));
    throw error;
  }
}

class Refusal extends Error {
  constructor(readonly error: RunError) {
    super(error.detail);
  }
}

const APPROVAL_CALL = /^approval\.request(@1)?$/;

function kindFor(definition: Task): TaskKind {
  const kind = kindOf(definition);
  return kind === 'call' && APPROVAL_CALL.test((definition as CallTask).call) ? 'approval' : kind;
}

/** What an effect is made with, known before it is made: it stands in the history, and a repeat is made with the same. */
function argumentsOf(m: Machine, state: RunState, task: OpenTask, definition: Task): unknown {
  const variables = variablesOf(m, state, task);
  const fill = (template: unknown): unknown => filled(m.answers, template, task.input, variables);
  switch (task.kind) {
    case 'call': {
      const { call, with: given = {}, metadata } = definition as CallTask;
      const own = metadata?.kari?.idempotencyKey;
      const key = own === undefined ? {} : { key: textOf(answer(m.answers, own, task.input, variables)) };
      const shared = m.document.use?.functions?.[call] as CallTask | undefined;
      if (shared === undefined) return { call, with: fill(given), ...key };
      const input = fill(given);
      return { call: shared.call, with: filled(m.answers, shared.with ?? {}, input, { ...variables, input }), ...key };
    }
    case 'emit':
      return { event: fill((definition as { emit: { event: { with: unknown } } }).emit.event.with) };
    case 'run': {
      const { workflow, await: awaited } = (definition as { run: { workflow: Record<string, unknown>; await?: boolean } }).run;
      const { namespace, name, version, input } = workflow;
      const run = derivedId('child-run', m.run, task.id, task.attempt);
      return { run, namespace, name, version, input: input === undefined ? task.input : fill(input), await: awaited !== false };
    }
    case 'for': {
      const items = answer(m.answers, (definition as { for: { in: string } }).for.in, task.input, variables);
      if (!Array.isArray(items)) throw new Refusal(standardError('expression', `what ${task.name} goes through is no list`));
      const width = (definition.metadata as Metadata | undefined)?.kari?.concurrency ?? 1;
      return width === 1 ? { items } : { items, collect: true };
    }
    case 'approval':
      return approvalArguments(fill((definition as CallTask).with ?? {}) as Record<string, unknown>);
    default:
      return undefined;
  }
}

function approvalArguments(given: Record<string, unknown>): ApprovalArguments {
  const { title, details, rights, right, expires } = given;
  const who = rights ?? (right === undefined ? [] : [right]);
  if (typeof title !== 'string') throw new Refusal(standardError('validation', 'an approval has a title'));
  if (!Array.isArray(who) || who.some((one) => typeof one !== 'string'))
    throw new Refusal(standardError('validation', 'the rights of an approval are a list of names'));
  const expiresMs = expires === undefined || expires === null ? null : millisecondsOf(expires);
  if (expires !== undefined && expires !== null && expiresMs === null)
    throw new Refusal(standardError('validation', 'the expiry of an approval is no duration'));
  return { title: title.slice(0, 500), ...(details === undefined ? {} : { details }), rights: who as string[], expiresMs };
}

/** The task gave this: what becomes of it, and of the context. */
function complete(m: Machine, state: RunState, task: OpenTask, raw: unknown, then?: string): readonly RunEvent[] {
  const output = raw ?? null;
  if (isUndo(task.id)) {
    const done: RunEvent = { type: 'TaskCompleted', data: { task: task.id, output, next: 'continue' } };
    return [done, { type: 'CompensationDone', data: { task: task.id.slice('undo:'.length), error: null } }];
  }
  const root = task.id === ROOT;
  const definition = root ? { output: m.document.output } : taskAt(m.document, task.pointer);
  const { output: shape, export: exported, then: next } = definition as Partial<Task>;
  try {
    const variables = { ...variablesOf(m, state, task), output };
    const given = shape?.as === undefined ? output : filled(m.answers, shape.as, output, variables);
    const fault = faultOf(m, shape?.schema, given);
    if (fault !== null)
      return fail(m, state, task, standardError('validation', `the output of ${root ? 'the workflow' : task.name}: ${fault}`));
    const context =
      exported?.as === undefined ? undefined : { context: filled(m.answers, exported.as, given, { ...variables, output: given }) };
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

function undoOf(
  state: RunState,
  task: OpenTask,
  definition: Partial<Task>,
  output: unknown,
): { undo?: { pointer: string; input: unknown } } {
  const compensate = (definition.metadata as Metadata | undefined)?.kari?.compensate;
  if (compensate === undefined || state.status !== 'running') return {};
  return { undo: { pointer: `${task.pointer}/metadata/kari/compensate`, input: { input: task.input ?? null, output: output ?? null } } };
}

/** Looks outwards for a `try` that takes the error; without one the run fails, and what was done is undone. */
function fail(m: Machine, state: RunState, task: OpenTask, given: RunError): readonly RunEvent[] {
  const error = { ...given, instance: given.instance ?? task.pointer };
  const base = { task: task.id, attempt: task.attempt, error } as const;
  for (let frame: OpenTask | null = parentOf(state, task); frame !== null; frame = parentOf(state, frame)) {
    if (frame.kind !== 'try' || frame.phase !== 'body') continue;
    const caught = catching(m, state, frame, error);
    if (caught === 'passes') continue;
    if (caught === null) return [{ type: 'TaskFailed', data: { ...base, handling: 'catch', by: frame.id } }];
    const since = frame.failingSince ?? m.now;
    const retryAt = later(m.now, caught);
    const failure: RunEvent = { type: 'TaskFailed', data: { ...base, handling: 'retry', by: frame.id, retryAt, since } };
    const waiting = evolveRun(state, failure).tasks.get(frame.id)!;
    return [failure, timerSet(m, state, timerOf(waiting, 'retry'), frame.id, 'retry', caught)];
  }
  const failure: RunEvent = { type: 'TaskFailed', data: { ...base, handling: 'fail' } };
  if (state.status !== 'compensating') return [failure];
  const undo = topOf(state, task);
  return [failure, { type: 'CompensationDone', data: { task: undo.id.slice('undo:'.length), error } }];
}

/** Milliseconds until the next try, null for the catch itself, `passes` when the error is none of its business. */
function catching(m: Machine, state: RunState, frame: OpenTask, error: RunError): number | null | 'passes' {
  const { catch: clause } = taskAt(m.document, frame.pointer) as TryTask;
  if (!passesFilter(error, clause.errors?.with)) return 'passes';
  const variables = { ...variablesOf(m, state, frame), [clause.as ?? 'error']: error };
  const says = (condition: string): boolean => {
    try {
      return holds(answer(m.answers, condition, frame.input, variables));
    } catch (failure) {
      if (failure instanceof ValueFailed) return false;
      throw failure;
    }
  };
  if (clause.when !== undefined && !says(clause.when)) return 'passes';
  if (clause.exceptWhen !== undefined && says(clause.exceptWhen)) return 'passes';
  const policy: RetryPolicy | undefined = typeof clause.retry === 'string' ? m.document.use?.retries?.[clause.retry] : clause.retry;
  if (policy === undefined) return null;
  if (policy.when !== undefined && !says(policy.when)) return null;
  if (policy.exceptWhen !== undefined && says(policy.exceptWhen)) return null;
  const elapsedMs = frame.failingSince === null ? 0 : Date.parse(m.now) - Date.parse(frame.failingSince);
  return pauseBefore(policy, { attempts: frame.tries, elapsedMs }, m.chance);
}

function parentOf(state: RunState, task: OpenTask): OpenTask | null {
  return task.parent === null ? null : (state.tasks.get(task.parent) ?? null);
}

function topOf(state: RunState, task: OpenTask): OpenTask {
  let top = task;
  for (let above = parentOf(state, top); above !== null; above = parentOf(state, top)) top = above;
  return top;
}

function timerSet(
  m: Machine,
  state: RunState,
  timer: string,
  task: string | null,
  purpose: RunEventOf<'TimerSet'>['data']['purpose'],
  milliseconds: number,
): RunEvent {
  return {
    type: 'TimerSet',
    data: { timer, task, purpose, dueAt: later(m.now, milliseconds), milliseconds, shard: state.start?.shard ?? 0 },
  };
}

function timeoutOf(m: Machine, timeout: Timeout | string | undefined, input: unknown, variables: Variables): number | null {
  const named = typeof timeout === 'string' ? m.document.use?.timeouts?.[timeout] : timeout;
  return named === undefined ? null : millisecondsOf(filled(m.answers, named.after, input, variables) as never);
}

function later(now: string, milliseconds: number): string {
  return new Date(Date.parse(now) + milliseconds).toISOString();
}

function faultOf(m: Machine, schema: { readonly document?: unknown } | undefined, value: unknown): string | null {
  return schema?.document === undefined ? null : m.schemaFault(schema.document, value);
}

/** What every expression of the run may name. */
function ownVariables(m: Machine, state: RunState): Variables {
  const { start } = state;
  return {
    context: state.context,
    workflow: {
      id: m.run,
      definition: m.document,
      input: start?.input ?? null,
      startedAt: { iso8601: start?.startedAt ?? null },
    },
    runtime: { name: 'kari', version: '1', metadata: {} },
  };
}

function variablesOf(m: Machine, state: RunState, task: OpenTask): Variables {
  return {
    ...ownVariables(m, state),
    input: task.input,
    task: { name: task.name, reference: task.pointer, definition: taskAt(m.document, task.pointer), input: task.raw },
    ...task.variables,
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}

const BLANK = {
  arguments: undefined,
  phase: 'body',
  caught: null,
  tries: 1,
  failingSince: null,
  begun: false,
  ended: [] as readonly EndedChild[],
  results: {},
  made: 0,
  visits: {},
  fired: [] as readonly string[],
  listening: null,
  approval: null,
  child: null,
} as const;
