// What a run was told from outside, in the order in which it was told: the outcomes of its effects, its timers, children, decisions and events.
// Read from its history alone.
import { canonicalJson, type RecordedEvent } from '@kari/kernel';
import type { WorkflowDocument } from '../definition/document.js';
import { taskAt } from '../run/flow.rules.js';
import type { RunError, RunEvent, RunEventOf } from '../run/run.events.js';
import { childRunOf, evolveRun, initialRun, isOver, type OpenTask, type RunState } from '../run/run-state.rules.js';
import { repetitionOf } from '../run/place.rules.js';

export type EffectOutcome =
  /** `shape`: the `output.as` that it went through; null when the history holds what the effect itself gave. */
  | { readonly kind: 'done'; readonly output: unknown; readonly shape: unknown }
  /** `judged`: it is the workflow's own verdict on what the effect gave, by these parts of the task; null when the effect failed. */
  | { readonly kind: 'failed'; readonly error: RunError; readonly judged: unknown };

export type Cue = { readonly at: string } &
  /** `nth` time that this repetition of the task was begun, from 0. */
  (
    | { readonly kind: 'effect'; readonly task: string; readonly nth: number; readonly outcome: EffectOutcome }
    | { readonly kind: 'timer'; readonly task: string | null; readonly purpose: string }
    | { readonly kind: 'approval'; readonly task: string; readonly given: RunEventOf<'ApprovalGiven'>['data'] }
    | { readonly kind: 'event'; readonly task: string; readonly received: RunEventOf<'EventReceived'>['data'] }
    | { readonly kind: 'child'; readonly task: string; readonly end: RunEventOf<'ChildRunEnded'>['data'] }
    | { readonly kind: 'pause' | 'cancel'; readonly reason: string | null }
    | { readonly kind: 'resume' }
    | { readonly kind: 'retry'; readonly task: string }
    /** It came after so many steps: whatever follows them follows in another version. */
    | { readonly kind: 'migrate'; readonly steps: number; readonly migrated: RunEventOf<'RunMigrated'>['data'] }
  );

export interface Outcome {
  readonly status: 'completed' | 'failed' | 'cancelled';
  readonly output?: unknown;
  readonly error?: RunError;
}

export interface Recording {
  readonly run: string;
  readonly start: RunEventOf<'RunStarted'>['data'];
  readonly cues: readonly Cue[];
  /** What each effect was made with, by repetition: one entry an attempt. */
  readonly made: ReadonlyMap<string, readonly unknown[]>;
  /** Null for a run that has not ended. */
  readonly outcome: Outcome | null;
  /** Of the versions that it was moved to, by their names. */
  readonly documents: ReadonlyMap<string, WorkflowDocument>;
}

const EFFECTS: ReadonlySet<string> = new Set(['call', 'emit', 'run']);

/** `documents`: of the versions that it was moved to. Null when the beginning is not there any more: the run was summarised. */
export function recordingOf(
  run: string,
  document: WorkflowDocument,
  history: readonly RecordedEvent[],
  documents: Recording['documents'] = new Map(),
): Recording | null {
  const facts = history as readonly (RecordedEvent & RunEvent)[];
  const [first] = facts;
  if (first?.type !== 'RunStarted') return null;
  const cues: Cue[] = [];
  const made = new Map<string, readonly unknown[]>();
  const children = new Map<string, string>();
  let state: RunState = initialRun;
  let outcome: Outcome | null = null;
  let open: ReadonlySet<string> = new Set();
  let steps = 0;
  let current = document;
  facts.forEach((fact, index) => {
    if (fact.meta.commandId !== facts[index - 1]?.meta.commandId) open = openEffects(state);
    const cue = cueOf(fact, state, current, { open, children, made, steps });
    if (cue !== null) cues.push({ at: fact.meta.occurredAt, ...cue });
    const before = state;
    state = evolveRun(state, fact);
    if (isStep(fact)) steps += 1;
    if (fact.type === 'RunMigrated') current = documents.get(fact.data.version) ?? current;
    for (const task of begunEffects(fact, before, state)) {
      const repetition = repetitionOf(task);
      made.set(repetition, [...(made.get(repetition) ?? []), comparable(task)]);
      if (task.kind === 'run') children.set(childRunOf(task), repetition);
    }
    outcome = outcomeOf(fact) ?? (isOver(state) ? outcome : null);
  });
  return { run, start: first.data, cues, made, outcome, documents };
}

/** What every life of a run has in the same order, whoever makes its effects and however it is let in. */
export function isStep({ type }: RunEvent): boolean {
  return type === 'TaskScheduled' || type === 'TaskCompleted' || type === 'TaskFailed';
}

/** Effects that begin with a fact: scheduled, or to be made again by a retry of the run. */
export function begunEffects(fact: RunEvent, before: RunState, after: RunState): readonly OpenTask[] {
  const effects = [...after.tasks.values()].filter(({ kind }) => EFFECTS.has(kind));
  if (fact.type === 'TaskScheduled') return effects.filter(({ id }) => id === fact.data.task);
  if (fact.type !== 'RunRetried') return [];
  return effects.filter(({ id, attempt }) => before.tasks.get(id)?.attempt !== attempt);
}

/** How a run ended, by the fact that ended it. */
export function outcomeOf(fact: RunEvent): Outcome | null {
  switch (fact.type) {
    case 'RunCompleted':
      return { status: 'completed', output: fact.data.output };
    case 'RunFailed':
      return { status: 'failed', error: fact.data.error };
    case 'RunCancelled':
      return { status: 'cancelled' };
    default:
      return null;
  }
}

/** What an effect is made with, without what names this run alone. */
export function comparable({ kind, arguments: args }: OpenTask): unknown {
  if (kind !== 'run') return args ?? null;
  const { run: _run, ...rest } = args as { readonly run: string };
  return rest;
}

export function same(one: unknown, other: unknown): boolean {
  return canonicalJson(one ?? null) === canonicalJson(other ?? null);
}

type CueBody = Cue extends infer C ? (C extends { readonly at: string } ? Omit<C, 'at'> : never) : never;

function openEffects({ tasks }: RunState): ReadonlySet<string> {
  return new Set([...tasks.values()].filter(({ kind }) => EFFECTS.has(kind)).map(attemptOf));
}

function attemptOf({ id, attempt }: OpenTask): string {
  return `${id} ${attempt}`;
}

/**
 * What a fact tells of the outside; null for what followed by itself. An append may answer several things: an effect that was open before it was told
 * its outcome, one that it began was not.
 */
function cueOf(
  fact: RunEvent,
  state: RunState,
  document: WorkflowDocument,
  {
    open,
    children,
    made,
    steps,
  }: {
    readonly open: ReadonlySet<string>;
    readonly children: ReadonlyMap<string, string>;
    readonly made: Recording['made'];
    readonly steps: number;
  },
): CueBody | null {
  switch (fact.type) {
    case 'TaskCompleted':
    case 'TaskFailed': {
      const task = state.tasks.get(fact.data.task);
      const told = task !== undefined && open.has(attemptOf(task)) && task.child === null && !task.fired.includes('timeout');
      if (!told) return null;
      const repetition = repetitionOf(task);
      const nth = (made.get(repetition)?.length ?? 1) - 1;
      return { kind: 'effect', task: repetition, nth, outcome: toldBy(fact, task, document) };
    }
    case 'TimerFired': {
      const timer = state.timers.get(fact.data.timer);
      if (timer === undefined) return null;
      const task = timer.task === null ? undefined : state.tasks.get(timer.task);
      return { kind: 'timer', task: task === undefined ? null : repetitionOf(task), purpose: timer.purpose };
    }
    case 'ApprovalGiven': {
      const task = state.tasks.get(state.openApprovals.get(fact.data.approval) ?? '');
      return task === undefined ? null : { kind: 'approval', task: repetitionOf(task), given: fact.data };
    }
    case 'EventReceived': {
      const task = state.tasks.get(fact.data.task);
      return task === undefined ? null : { kind: 'event', task: repetitionOf(task), received: fact.data };
    }
    case 'ChildRunEnded':
      return { kind: 'child', task: children.get(fact.data.run) ?? '', end: fact.data };
    case 'RunPaused':
      return { kind: 'pause', reason: fact.data.reason };
    case 'RunResumed':
      return { kind: 'resume' };
    case 'RunCancelRequested':
      return { kind: 'cancel', reason: fact.data.reason };
    case 'RunRetried': {
      const task = state.tasks.get(fact.data.task);
      return task === undefined ? null : { kind: 'retry', task: repetitionOf(task) };
    }
    case 'RunMigrated':
      return { kind: 'migrate', steps, migrated: fact.data };
    default:
      return null;
  }
}

function toldBy(
  { type, data }: Extract<RunEvent, { readonly type: 'TaskCompleted' | 'TaskFailed' }>,
  task: OpenTask,
  document: WorkflowDocument,
): EffectOutcome {
  if (type === 'TaskCompleted') return { kind: 'done', output: data.output, shape: taskAt(document, task.pointer).output?.as ?? null };
  return { kind: 'failed', error: data.error, judged: isVerdict(data.error) ? judgesOf(document, task.pointer) : null };
}

/** The parts of a task that judge what its effect gave. */
export function judgesOf(document: WorkflowDocument, pointer: string): unknown {
  const { output, export: exported } = taskAt(document, pointer);
  return { output: output ?? null, export: exported ?? null };
}

/** Failures of effects carry the code of the refusal as their title. */
function isVerdict({ title, type }: RunError): boolean {
  return title === undefined && /\/(validation|expression)$/.test(type);
}
