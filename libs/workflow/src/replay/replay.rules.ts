// Plays a recorded run again: the interpreter decides anew, and whatever it asks of the outside is answered from the recording, in the recorded
// order. Nothing is performed. What was not recorded, or was made with another input, stops the replay with a report.
import { rejected } from '@kari/kernel';
import type { WorkflowDocument } from '../definition/document.js';
import { errorOf } from '../run/run-error.rules.js';
import type { RunError, RunEvent, RunEventOf } from '../run/run.events.js';
import { taskAt } from '../run/flow.rules.js';
import { effectsOf } from '../run/interpreter/effects.rules.js';
import type { Stimulus } from '../run/interpreter.rules.js';
import { mayHear } from '../run/listening-state.rules.js';
import { awaitsChild, childRunOf, isOver, type OpenTask, type RunState } from '../run/run-state.rules.js';
import {
  begunEffects,
  comparable,
  isStep,
  judgesOf,
  same,
  type Cue,
  type EffectOutcome,
  type Outcome,
  type Recording,
} from './recording.rules.js';
import { repetitionOf } from '../run/place.rules.js';

export type Divergence = NonNullable<RunEventOf<'RunReplayed'>['data']['divergence']>;

/** How far a replay has come in its recording. */
export interface Cursor {
  readonly used: ReadonlySet<number>;
  /** Times that each repetition was begun in the replay. */
  readonly begun: ReadonlyMap<string, number>;
  readonly answered: number;
  readonly steps: number;
}

export type Next =
  | { readonly kind: 'cue'; readonly index: number; readonly at: string; readonly stimulus: Stimulus }
  /** What no cue tells and can only go one way: a wait that was not there before is over. */
  | { readonly kind: 'passes'; readonly stimulus: Stimulus }
  | { readonly kind: 'diverged'; readonly divergence: Divergence }
  | { readonly kind: 'over' };

export const atStart: Cursor = { used: new Set(), begun: new Map(), answered: 0, steps: 0 };

export function nextOf(recording: Recording, document: WorkflowDocument, cursor: Cursor, state: RunState): Next {
  const unlike = unlikeRecorded(recording, cursor, state);
  if (unlike !== null) return { kind: 'diverged', divergence: unlike };
  for (const [index, cue] of recording.cues.entries()) {
    if (cursor.used.has(index)) continue;
    // What was told after it belongs to the version that it was moved to.
    if (cue.kind === 'migrate' && migrationDue(recording, cursor) !== index) break;
    const told = tell(cue, document, cursor, state);
    if (told === null) continue;
    if ('divergence' in told) return { kind: 'diverged', divergence: told.divergence };
    return { kind: 'cue', index, at: cue.at, stimulus: told.stimulus };
  }
  if (isOver(state)) return { kind: 'over' };
  const passing = unrecorded(state);
  return passing === null ? { kind: 'diverged', divergence: standstill(cursor, state) } : { kind: 'passes', stimulus: passing };
}

/** The migration that comes next in the recording, once everything before it has been told; the index of its cue. */
export function migrationDue({ cues }: Recording, { used, steps }: Cursor): number | null {
  const index = cues.findIndex((_, place) => !used.has(place));
  const cue = cues[index];
  return cue?.kind === 'migrate' && cue.steps === steps ? index : null;
}

export function afterCue(cursor: Cursor, index: number, cue: Cue | undefined): Cursor {
  return {
    ...cursor,
    used: new Set(cursor.used).add(index),
    answered: cursor.answered + (cue?.kind === 'effect' || cue?.kind === 'child' ? 1 : 0),
  };
}

export function afterFact(cursor: Cursor, fact: RunEvent, before: RunState, after: RunState): Cursor {
  const begun = begunEffects(fact, before, after);
  const steps = cursor.steps + (isStep(fact) ? 1 : 0);
  if (begun.length === 0) return steps === cursor.steps ? cursor : { ...cursor, steps };
  const counts = new Map(cursor.begun);
  for (const task of begun) counts.set(repetitionOf(task), (counts.get(repetitionOf(task)) ?? 0) + 1);
  return { ...cursor, begun: counts, steps };
}

/** What the replay came to, told right before the fact that ends it. */
export function reportOf(recording: Recording, cursor: Cursor, replayed: Outcome): RunEventOf<'RunReplayed'> {
  const [was, is] = [plain(recording.outcome), plain(replayed)];
  const equal = same(was, is);
  return reported(recording, cursor, {
    result: equal ? 'same' : 'different',
    divergence: null,
    ...(equal ? {} : { recorded: was, replayed: is }),
  });
}

export function divergedReport(recording: Recording, cursor: Cursor, divergence: Divergence): RunEventOf<'RunReplayed'> {
  return reported(recording, cursor, { result: 'diverged', divergence });
}

export function divergenceError({ task, reason }: Divergence): RunError {
  return errorOf(rejected('WORKFLOW_REPLAY_DIVERGED', { task, reason: REASONS[reason] }));
}

const REASONS: Readonly<Record<Divergence['reason'], string>> = {
  'not-recorded': 'the recording has no such effect',
  'input-differs': 'the effect was made with another input',
  'no-outcome': 'the recording does not tell how it ended',
  'result-not-kept': 'what it gave was not kept in the form that this version needs',
};

function reported(
  { run }: Recording,
  { answered }: Cursor,
  report: Omit<RunEventOf<'RunReplayed'>['data'], 'of' | 'answered'>,
): RunEventOf<'RunReplayed'> {
  return { type: 'RunReplayed', data: { of: run, answered, ...report } };
}

function plain(outcome: Outcome | null): unknown {
  return outcome === null ? null : { ...outcome };
}

/** Every effect that is open must be one that was recorded, made with the same. */
function unlikeRecorded(recording: Recording, cursor: Cursor, state: RunState): Divergence | null {
  for (const task of effectsOf({ ...state, paused: false })) {
    const repetition = repetitionOf(task);
    const recorded = recording.made.get(repetition) ?? [];
    const nth = (cursor.begun.get(repetition) ?? 1) - 1;
    const got = comparable(task);
    if (nth >= recorded.length) return divergence(task, 'not-recorded', { got });
    if (!same(recorded[nth], got)) return divergence(task, 'input-differs', { expected: recorded[nth], got });
  }
  return null;
}

function divergence(
  task: OpenTask,
  reason: Divergence['reason'],
  values: { readonly expected?: unknown; readonly got?: unknown } = {},
): Divergence {
  return { task: task.id, attempt: task.attempt, reason, ...values };
}

type Told = { readonly stimulus: Stimulus } | { readonly divergence: Divergence };

/** What the cue tells the run as it stands now; null when it has nothing to do with it. */
function tell(cue: Cue, document: WorkflowDocument, cursor: Cursor, state: RunState): Told | null {
  const stimulus = (told: Stimulus): Told => ({ stimulus: told });
  const external = (event: RunEvent): Told => stimulus({ kind: 'recorded', event });
  switch (cue.kind) {
    case 'effect': {
      const task = effectsOf({ ...state, paused: false }).find((open) => repetitionOf(open) === cue.task);
      if (task === undefined || (cursor.begun.get(cue.task) ?? 1) - 1 !== cue.nth) return null;
      return answered(cue.outcome, document, task);
    }
    case 'timer': {
      const timer = timerOf(state, cue);
      return timer === null ? null : stimulus({ kind: 'timer', timer });
    }
    case 'approval': {
      const approval = [...state.openApprovals].find(([, task]) => isAt(state, task, cue.task))?.[0];
      return approval === undefined ? null : external({ type: 'ApprovalGiven', data: { ...cue.given, approval } });
    }
    case 'event': {
      const task = [...state.listeners].find((open) => isAt(state, open, cue.task));
      const listening = task === undefined ? undefined : (state.tasks.get(task)?.listening ?? undefined);
      const { filter, event, correlation = {} } = cue.received;
      const hears = task !== undefined && listening !== undefined && mayHear(listening, { filter, event, correlation });
      return hears ? external({ type: 'EventReceived', data: { ...cue.received, task } }) : null;
    }
    case 'child': {
      const task = [...state.tasks.values()].find((open) => awaitsChild(open) && repetitionOf(open) === cue.task);
      const run = task === undefined ? state.abandoned.find((child) => child === cue.end.run) : childRunOf(task);
      return run === undefined ? null : stimulus({ kind: 'child', end: { ...cue.end, run } });
    }
    case 'pause':
      return state.status === 'running' && !state.paused ? external({ type: 'RunPaused', data: { reason: cue.reason } }) : null;
    case 'resume':
      return state.paused ? external({ type: 'RunResumed', data: {} }) : null;
    case 'cancel':
      return state.status === 'running' ? external({ type: 'RunCancelRequested', data: { reason: cue.reason } }) : null;
    case 'migrate':
      return isOver(state) ? null : external({ type: 'RunMigrated', data: cue.migrated });
    case 'retry': {
      const task = state.status === 'failed' ? [...state.tasks.values()].find((open) => repetitionOf(open) === cue.task) : undefined;
      return task === undefined ? null : external({ type: 'RunRetried', data: { task: task.id, shard: state.start?.shard ?? 0 } });
    }
  }
}

function answered(outcome: EffectOutcome, document: WorkflowDocument, task: OpenTask): Told {
  const { id, attempt, pointer } = task;
  const shape = taskAt(document, pointer).output?.as ?? null;
  if (outcome.kind === 'done') {
    if (outcome.shape === null) return { stimulus: { kind: 'done', task: id, attempt, output: outcome.output } };
    // What the effect gave before it was shaped stands nowhere: another shape cannot be tried on it.
    if (!same(outcome.shape, shape)) return { divergence: divergence(task, 'result-not-kept', { expected: outcome.shape, got: shape }) };
    return { stimulus: { kind: 'done', task: id, attempt, output: outcome.output, shaped: true } };
  }
  const judges = judgesOf(document, pointer);
  if (outcome.judged !== null && !same(outcome.judged, judges)) {
    return { divergence: divergence(task, 'result-not-kept', { expected: outcome.judged, got: judges }) };
  }
  return { stimulus: { kind: 'failed', task: id, attempt, error: { ...outcome.error, instance: pointer } } };
}

function timerOf(state: RunState, cue: Extract<Cue, { readonly kind: 'timer' }>): string | null {
  for (const [timer, { task, purpose }] of state.timers) {
    if (purpose === cue.purpose && (task === null ? cue.task === null : cue.task !== null && isAt(state, task, cue.task))) return timer;
  }
  return null;
}

function isAt(state: RunState, task: string, repetition: string): boolean {
  const open = state.tasks.get(task);
  return open !== undefined && repetitionOf(open) === repetition;
}

/** Pauses end, and children that nobody waits for any more have ended: neither can change what comes of the run. */
function unrecorded(state: RunState): Stimulus | null {
  if (state.paused) return { kind: 'recorded', event: { type: 'RunResumed', data: {} } };
  const [child] = state.status === 'running' && state.result === null ? [] : state.abandoned;
  if (child !== undefined) return { kind: 'child', end: { run: child, outcome: 'cancelled' } };
  const ending = state.status === 'cancelling' || state.status === 'failing';
  const awaited = ending ? [...state.tasks.values()].find(awaitsChild) : undefined;
  if (awaited !== undefined) return { kind: 'child', end: { run: childRunOf(awaited), outcome: 'cancelled' } };
  const waits = [...state.timers].filter(([, { purpose }]) => purpose === 'wait' || purpose === 'retry');
  const [first] = waits.sort(([, one], [, other]) => (one.dueAt < other.dueAt ? -1 : one.dueAt > other.dueAt ? 1 : 0));
  return first === undefined ? null : { kind: 'timer', timer: first[0] };
}

/** Something is waited for that the recording never tells. */
function standstill(cursor: Cursor, state: RunState): Divergence {
  const waiting = [...state.tasks.values()].filter(({ kind }) => ['call', 'emit', 'run', 'approval', 'listen'].includes(kind));
  const task = waiting[0] ?? [...state.tasks.values()].at(-1);
  return { task: task?.id ?? '/do', attempt: task?.attempt ?? cursor.answered, reason: 'no-outcome' };
}
