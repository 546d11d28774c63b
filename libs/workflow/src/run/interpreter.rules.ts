// Advances a run: reads its document as data and answers, for what has just become known, every fact that follows from it. Pure; what takes
// time or touches the world (a call, a timer, a child run, an event) is only asked for here, and its outcome comes back as a stimulus.
import type { SwitchCase, Task, TryTask } from '../definition/document.js';
import { taskAt } from './flow.rules.js';
import { admissionAnswer, isWaitingToBeAdmitted, type AdmissionStimulus } from './interpreter/admission.rules.js';
import { approval } from './interpreter/approval.rules.js';
import { attempt, branches, loop, walk } from './interpreter/blocks.rules.js';
import { complete } from './interpreter/completion.rules.js';
import { awaitedChildrenOf } from './interpreter/effects.rules.js';
import { fail } from './interpreter/failure.rules.js';
import { choose, raise } from './interpreter/instant-tasks.rules.js';
import { listen } from './interpreter/listening.rules.js';
import { variablesOf, type Machine } from './interpreter/machine.rules.js';
import { pinOf } from './interpreter/pins.rules.js';
import { staleRegistration } from './interpreter/registrations.rules.js';
import { begin, completion, ending, nextUndo, seekAdmission } from './interpreter/run-life.rules.js';
import { beginAnew } from './interpreter/task-begin.rules.js';
import { timeoutToSet, timerOf, timerSet } from './interpreter/run-timers.rules.js';
import { childOutcome, pause } from './interpreter/waiting-tasks.rules.js';
import { standardError } from './run-error.rules.js';
import { evolveRun, isOver, ROOT, type OpenTask, type RunState } from './run-state.rules.js';
import type { RunError, RunEvent, RunEventOf } from './run.events.js';
import { shaped, ValueFailed } from './task-values.rules.js';

export type Stimulus =
  | { readonly kind: 'begin' }
  | { readonly kind: 'started'; readonly task: string; readonly attempt: number; readonly worker: string }
  | { readonly kind: 'done'; readonly task: string; readonly attempt: number; readonly output: unknown; readonly shaped?: true }
  | { readonly kind: 'failed'; readonly task: string; readonly attempt: number; readonly error: RunError }
  | { readonly kind: 'timer'; readonly timer: string }
  | AdmissionStimulus
  /** The rate limit of the task lets it begin only then. */
  | { readonly kind: 'hold'; readonly task: string; readonly attempt: number; readonly waitMs: number }
  /** What would have followed cannot be kept: too large, too deep, or no JSON that a store can hold. */
  | { readonly kind: 'unkeepable'; readonly reason: string }
  | { readonly kind: 'child'; readonly end: RunEventOf<'ChildRunEnded'>['data'] }
  /** Of a replay alone: what people and events told the run that it repeats. */
  | { readonly kind: 'recorded'; readonly event: RunEvent };

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

/** What follows from several, in their order, as far as it fits into one append; the first is always answered. */
export function advanceAll(
  machine: Omit<Machine, 'chance'>,
  state: RunState,
  stimuli: readonly { readonly stimulus: Stimulus; readonly chance: number }[],
): { readonly facts: readonly RunEvent[]; readonly answered: number } {
  const facts: RunEvent[] = [];
  let answered = 0;
  let current = state;
  for (const { stimulus, chance } of stimuli) {
    const next = advance({ ...machine, chance }, current, stimulus);
    if (answered > 0 && facts.length + next.length > MOST_AT_ONCE) break;
    facts.push(...next);
    current = next.reduce(evolveRun, current);
    answered += 1;
  }
  return { facts, answered };
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
      return task === null ? [] : complete(m, state, task, stimulus.output, { shaped: stimulus.shaped === true });
    }
    case 'failed': {
      const task = openEffect(state, stimulus);
      return task === null ? [] : fail(m, state, task, stimulus.error);
    }
    case 'place':
    case 'pace':
      return admissionAnswer(m, state, stimulus);
    case 'hold':
      return hold(m, state, stimulus);
    case 'unkeepable':
      return unkeepable(m, state, stimulus.reason);
    case 'child':
      return awaitedChildrenOf(state).includes(stimulus.end.run) ? [{ type: 'ChildRunEnded', data: stimulus.end }] : [];
    case 'recorded':
      return [stimulus.event];
    case 'timer':
      return state.timers.has(stimulus.timer) ? [{ type: 'TimerFired', data: { timer: stimulus.timer } }] : [];
  }
}

function unkeepable(m: Machine, state: RunState, reason: string): readonly RunEvent[] {
  if (state.status !== 'running' && state.status !== 'compensating') return [];
  const [first] = state.tasks.values();
  return first === undefined ? [] : fail(m, state, first, standardError('runtime', `a value cannot be kept: ${reason}`));
}

function hold(m: Machine, state: RunState, { task: id, attempt, waitMs }: Extract<Stimulus, { kind: 'hold' }>): readonly RunEvent[] {
  const task = openEffect(state, { task: id, attempt });
  if (task === null || task.fired.includes('rate') || state.timers.has(timerOf(task, 'rate'))) return [];
  return [timerSet(m, state, timerOf(task, 'rate'), id, 'rate', Math.ceil(waitMs))];
}

/** The task an outcome belongs to, unless another attempt or another owner has gone past it. */
function openEffect(state: RunState, { task, attempt }: { readonly task: string; readonly attempt: number }): OpenTask | null {
  if (state.status !== 'running' && state.status !== 'compensating') return null;
  const open = state.tasks.get(task);
  return open === undefined || open.attempt !== attempt ? null : open;
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
      return anyStep(m, state) ?? nextUndo(state);
    default:
      return null;
  }
}

function running(m: Machine, state: RunState): readonly RunEvent[] | null {
  if (state.result !== null) {
    if (state.abandoned.length > 0) return null;
    return completion(state, state.result.output);
  }
  if (isWaitingToBeAdmitted(m, state)) return seekAdmission(m, state);
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

/** What one open task does of itself; null when it waits. */
function act(m: Machine, state: RunState, task: OpenTask): readonly RunEvent[] | null {
  try {
    if (task.unbegun) return task.id === ROOT ? begin(m, state, task.attempt) : beginAnew(m, state, task);
    if (task.fired.includes('timeout')) return fail(m, state, task, standardError('timeout', `${task.name} took longer than its timeout`));
    const pin = pinOf(state, task);
    if (pin !== null) return complete(m, state, task, pin.output, { pinned: true });
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
      return complete(m, state, task, shaped(m.answers, (definition as { set: unknown }).set, task.input, variablesOf(m, state, task)));
    case 'switch':
      return choose(m, state, task, (definition as { switch: readonly Readonly<Record<string, SwitchCase>>[] }).switch);
    case 'raise':
      return raise(m, state, task, (definition as { raise: { error: unknown } }).raise.error);
    case 'wait':
      return pause(m, state, task, (definition as { wait: never }).wait);
    case 'listen':
      return listen(m, state, task);
    case 'approval':
      return approval(m, state, task);
    case 'run':
      return childOutcome(m, state, task);
    case 'call':
    case 'emit':
      return null;
  }
}
