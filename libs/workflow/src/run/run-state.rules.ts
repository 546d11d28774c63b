// One run as its facts tell it: the tasks that are open, what they wait for, and what would have to be undone.
import { derivedId } from '@kari/kernel';
import { begunListening, havingHeard, type Listening } from './listening-state.rules.js';
import { movedTo, nameIn, type Moves } from './moves.rules.js';
import { placeOf } from './place.rules.js';
import type { RunError, RunEvent, RunEventOf, RunPace, TaskKind } from './run.events.js';

type RunStatus = 'none' | 'running' | 'cancelling' | 'failing' | 'compensating' | 'completed' | 'failed' | 'cancelled';

/** A child of a container that has ended and that the container has not followed up yet. */
export interface EndedChild {
  readonly name: string;
  readonly pointer: string;
  readonly index: number;
  readonly output: unknown;
  readonly next: string;
}

export interface OpenTask {
  readonly id: string;
  readonly pointer: string;
  readonly name: string;
  readonly kind: TaskKind;
  readonly parent: string | null;
  readonly iteration: string;
  readonly index: number;
  readonly attempt: number;
  readonly raw: unknown;
  readonly input: unknown;
  readonly arguments: unknown;
  readonly variables: Readonly<Record<string, unknown>>;
  /** Of a `try`: whether its body, the pause before a retry, or its catch is under way. */
  readonly phase: 'body' | 'retrying' | 'catch';
  readonly caught: RunError | null;
  /** Times that the body of a `try` was entered, and when it first failed. */
  readonly tries: number;
  readonly failingSince: string | null;
  readonly begun: boolean;
  /** It failed before it began. */
  readonly unbegun: boolean;
  readonly ended: readonly EndedChild[];
  readonly results: Readonly<Record<number, unknown>>;
  /** Children scheduled so far. */
  readonly made: number;
  /** By the name of a place below it: how often it was come to. */
  readonly visits: Readonly<Record<string, number>>;
  readonly fired: readonly string[];
  readonly listening: Listening | null;
  readonly approval: { readonly id: string; readonly decision: RunEventOf<'ApprovalGiven'>['data'] | 'expired' | null } | null;
  readonly child: RunEventOf<'ChildRunEnded'>['data'] | null;
}

/** What stands between a run and its tasks where its workflow limits how many go on at once, or begin in a time. */
export interface Admission extends Omit<RunEventOf<'RunAdmissionAwaited'>['data'], 'place' | 'pace'> {
  readonly place: NonNullable<RunEventOf<'RunAdmissionAwaited'>['data']['place']> | null;
  readonly pace: RunPace | null;
  /** `due`: it must ask again, after a retry. `placed`: no place is wanted any more. `paced`: its time has come. */
  readonly status: 'due' | 'asked' | 'queued' | 'placed' | 'pacing' | 'paced' | 'admitted' | 'left';
}

interface SetTimer {
  readonly task: string | null;
  readonly purpose: RunEventOf<'TimerSet'>['data']['purpose'];
  readonly dueAt: string;
  readonly milliseconds: number;
}

interface Undo {
  readonly task: string;
  readonly pointer: string;
  readonly input: unknown;
}

export interface RunState {
  readonly status: RunStatus;
  readonly paused: boolean;
  /** Its workflow in the version that it goes by, whichever it began with. */
  readonly start: RunEventOf<'RunStarted'>['data'] | null;
  /** From version to version, first ones first. */
  readonly migrations: readonly Moves[];
  /** Null where nothing limits it. */
  readonly admission: Admission | null;
  readonly context: unknown;
  /** Pointer of the task that gave the context; null when none did, or it has no place any more. */
  readonly exportedBy: string | null;
  /** In the order in which they were scheduled. */
  readonly tasks: ReadonlyMap<string, OpenTask>;
  readonly timers: ReadonlyMap<string, SetTimer>;
  /** Done and to be undone if the run does not complete, first done first. */
  readonly undo: readonly Undo[];
  readonly undone: readonly string[];
  readonly undoFailures: readonly string[];
  readonly cause: 'failed' | 'cancelled' | null;
  /** Awaited child runs whose task is gone: they must end before this run does. */
  readonly abandoned: readonly string[];
  readonly failure: { readonly task: string; readonly error: RunError } | null;
  readonly reason: string | null;
  readonly result: { readonly output: unknown } | null;
  readonly scheduled: number;
  readonly approvals: number;
  /** Approvals asked for and not closed, and who waits for events, by task: both are taken back when their task goes. */
  readonly openApprovals: ReadonlyMap<string, string>;
  readonly listeners: ReadonlySet<string>;
  /** Of a run whose history was given up: what names its start. */
  readonly summary: { readonly begun: string } | null;
}

export const ROOT = '/do';
const TERMINAL: ReadonlySet<RunStatus> = new Set(['completed', 'failed', 'cancelled']);

export const initialRun: RunState = {
  status: 'none',
  paused: false,
  start: null,
  migrations: [],
  admission: null,
  context: null,
  exportedBy: null,
  tasks: new Map(),
  timers: new Map(),
  undo: [],
  undone: [],
  undoFailures: [],
  cause: null,
  abandoned: [],
  failure: null,
  reason: null,
  result: null,
  scheduled: 0,
  approvals: 0,
  openApprovals: new Map(),
  listeners: new Set(),
  summary: null,
};

export function isOver({ status }: RunState): boolean {
  return TERMINAL.has(status);
}

/** The tasks of a compensation hang under `undo:<task>`. */
export function isUndo(task: string): boolean {
  return task.startsWith('undo:');
}

export function childrenOf(state: RunState, parent: string): readonly OpenTask[] {
  return [...state.tasks.values()].filter((task) => task.parent === parent);
}

/** Whether a task runs another workflow and its run is not known to have ended. */
export function awaitsChild(task: OpenTask): boolean {
  if (task.kind !== 'run' || task.child !== null || task.unbegun || task.arguments === undefined) return false;
  return (task.arguments as { await?: boolean }).await !== false;
}

export function childRunOf(task: OpenTask): string {
  return (task.arguments as { run: string }).run;
}

export function evolveRun(state: RunState, event: RunEvent): RunState {
  switch (event.type) {
    case 'RunStarted':
      return { ...state, status: 'running', start: event.data };
    case 'RunAdmissionAwaited': {
      const { turn, place = null, pace = null } = event.data;
      return { ...state, admission: { turn, place, pace, status: place === null ? 'placed' : 'asked' } };
    }
    case 'RunQueued':
      return admitting(state, 'queued');
    case 'RunPlaceTaken':
      return admitting(state, 'placed');
    case 'RunAdmitted':
      return admitting(state, 'admitted');
    case 'RunPlaceLeft':
      return admitting(state, 'left');
    case 'TaskScheduled':
      return scheduled(state, event.data);
    case 'TaskStarted':
      return withTask(state, event.data.task, { begun: true });
    case 'TaskCompleted':
      return completed(state, event.data);
    case 'TaskFailed':
      return failed(state, event.data);
    case 'TimerSet': {
      const { timer, task, purpose, dueAt, milliseconds } = event.data;
      const after = { ...state, timers: new Map(state.timers).set(timer, { task, purpose, dueAt, milliseconds }) };
      return task === null && purpose === 'rate' ? admitting(after, 'pacing') : after;
    }
    case 'TimerFired':
      return fired(state, event.data.timer);
    case 'TimerCancelled':
      return { ...state, timers: without(state.timers, event.data.timer) };
    case 'EventAwaited': {
      const { task } = event.data;
      return {
        ...withTask(state, task, { listening: begunListening(event.data, state.tasks.get(task)?.listening ?? null) }),
        listeners: new Set(state.listeners).add(task),
      };
    }
    case 'EventUnawaited': {
      const listeners = new Set(state.listeners);
      listeners.delete(event.data.task);
      return { ...heard(state, event.data.task, (listening) => ({ ...listening, closed: true })), listeners };
    }
    case 'EventReceived':
      return heard(state, event.data.task, (listening) => havingHeard(listening, event.data));
    case 'EventsWeighed': {
      const { task, count, enough } = event.data;
      return heard(state, task, (listening) => ({ ...listening, weighed: count, enough }));
    }
    case 'ApprovalRequested': {
      const { approval, task } = event.data;
      const openApprovals = new Map(state.openApprovals).set(approval, task);
      return { ...withTask(state, task, { approval: { id: approval, decision: null } }), approvals: state.approvals + 1, openApprovals };
    }
    case 'ApprovalGiven':
      return decided(state, event.data.approval, event.data);
    case 'ApprovalClosed':
      return event.data.reason === 'expired' ? decided(state, event.data.approval, 'expired') : withdrawn(state, event.data.approval);
    case 'ChildRunEnded':
      return childEnded(state, event.data);
    case 'CompensationStarted':
      return { ...state, status: 'compensating', cause: event.data.cause, tasks: new Map(), undone: [] };
    case 'CompensationDone': {
      const { task, error } = event.data;
      const after = withoutTask(state, `undo:${task}`);
      return {
        ...after,
        undo: after.undo.filter((undo) => undo.task !== task),
        undone: [...after.undone, task],
        undoFailures: error === null ? after.undoFailures : [...after.undoFailures, task],
      };
    }
    case 'RunPaused':
      return { ...state, paused: true, reason: event.data.reason };
    case 'RunResumed':
      return { ...state, paused: false, reason: null };
    case 'RunCancelRequested':
      return { ...state, status: 'cancelling', paused: false, reason: event.data.reason };
    case 'RunCancelled':
      return { ...over(state, 'cancelled'), reason: event.data.reason };
    case 'RunCompleted':
      return { ...over(state, 'completed'), result: { output: event.data.output } };
    case 'RunFailed':
      return { ...state, status: 'failed', timers: new Map(), paused: false };
    case 'RunRetried':
      return retried(state, event.data.task);
    case 'RunMigrated':
      return migrated(state, event.data);
    case 'RunSummarised':
      return summarised(event.data);
    case 'RunHistoryGivenUp':
      return state;
    case 'RunReplayed':
      return event.data.divergence === null ? state : stopped(state);
  }
}

function admitting(state: RunState, status: Admission['status']): RunState {
  return state.admission === null ? state : { ...state, admission: { ...state.admission, status } };
}

/** Whether nothing stands between a run and its tasks; what is undone waits for nobody. */
export function isAdmitted({ admission, status }: RunState): boolean {
  return status !== 'running' || admission === null || admission.status === 'admitted';
}

function scheduled(state: RunState, data: RunEventOf<'TaskScheduled'>['data']): RunState {
  const task: OpenTask = {
    id: data.task,
    pointer: data.pointer,
    name: data.name,
    kind: data.kind,
    parent: data.parent,
    iteration: data.iteration,
    index: data.index ?? 0,
    attempt: data.attempt,
    raw: data.raw,
    input: data.input,
    arguments: data.arguments,
    variables: data.variables ?? {},
    phase: 'body',
    caught: null,
    tries: 1,
    failingSince: null,
    begun: false,
    unbegun: false,
    ended: [],
    results: {},
    made: 0,
    visits: {},
    fired: [],
    listening: null,
    approval: null,
    child: null,
  };
  const tasks = new Map(state.tasks);
  // Its parent has counted it when it was to begin first.
  const again = tasks.get(task.id)?.unbegun === true;
  const parent = data.parent === null || again ? undefined : tasks.get(data.parent);
  if (parent !== undefined) {
    const place = nameIn(task);
    const visits = { ...parent.visits, [place]: (parent.visits[place] ?? 0) + 1 };
    tasks.set(parent.id, {
      ...parent,
      made: parent.made + 1,
      ended: parent.kind === 'do' || parent.kind === 'try' ? [] : parent.ended,
      visits,
    });
  }
  tasks.set(task.id, task);
  return { ...state, tasks, scheduled: state.scheduled + 1 };
}

function completed(state: RunState, data: RunEventOf<'TaskCompleted'>['data']): RunState {
  const task = state.tasks.get(data.task);
  if (task === undefined) return state;
  const after = withoutTask(state, task.id, true);
  const exported = 'context' in data;
  const context = exported ? data.context : after.context;
  const exportedBy = exported ? task.pointer : after.exportedBy;
  const undo =
    data.undo === undefined || isUndo(task.id)
      ? after.undo
      : [...after.undo, { task: task.id, pointer: data.undo.pointer, input: data.undo.input }];
  const parent = task.parent === null ? undefined : after.tasks.get(task.parent);
  if (parent === undefined) {
    return { ...after, context, exportedBy, undo, result: task.id === ROOT ? { output: data.output } : after.result };
  }
  const { name, pointer, index } = task;
  const ended: EndedChild = { name, pointer, index, output: data.output, next: data.next };
  const results = collects(parent) ? { ...parent.results, [index]: data.output } : parent.results;
  const known = parent.kind === 'fork' ? parent.ended : [];
  return {
    ...after,
    context,
    exportedBy,
    undo,
    tasks: new Map(after.tasks).set(parent.id, { ...parent, ended: [...known, ended], results }),
  };
}

/** A loop one after the other hands its output on; side by side, and for each event, every output is kept. */
function collects({ kind, arguments: args }: OpenTask): boolean {
  return kind === 'fork' || kind === 'listen' || (kind === 'for' && (args as { collect?: boolean } | undefined)?.collect === true);
}

function failed(state: RunState, { task, error, handling, by, since, unbegun }: RunEventOf<'TaskFailed'>['data']): RunState {
  if (handling === 'fail' || by === undefined) {
    if (isUndo(task)) return state;
    return { ...(unbegun === true ? withTask(state, task, { unbegun }) : state), status: 'failing', failure: { task, error } };
  }
  const frame = state.tasks.get(by);
  if (frame === undefined) return state;
  const after = withoutDescendants(state, by);
  // No attempt of any task below has this number yet.
  const attempt = 1 + Math.max(frame.attempt, ...descendantsOf(state, by).map((open) => open.attempt));
  const common = { caught: error, ended: [], attempt, failingSince: frame.failingSince ?? since ?? null };
  return withTask(
    after,
    by,
    handling === 'retry' ? { ...common, phase: 'retrying', tries: frame.tries + 1 } : { ...common, phase: 'catch' },
  );
}

function fired(state: RunState, timer: string): RunState {
  const set = state.timers.get(timer);
  if (set === undefined) return state;
  const after = { ...state, timers: without(state.timers, timer) };
  if (set.task === null && set.purpose === 'rate') return admitting(after, 'paced');
  if (set.task === null) return withTask(after, ROOT, { fired: [...(after.tasks.get(ROOT)?.fired ?? []), set.purpose] });
  const task = after.tasks.get(set.task);
  if (task === undefined) return after;
  return withTask(after, task.id, set.purpose === 'retry' ? { phase: 'body', caught: null } : { fired: [...task.fired, set.purpose] });
}

function heard(state: RunState, task: string, change: (listening: Listening) => Listening): RunState {
  const listening = state.tasks.get(task)?.listening ?? null;
  return listening === null ? state : withTask(state, task, { listening: change(listening) });
}

function decided(state: RunState, id: string, decision: NonNullable<OpenTask['approval']>['decision']): RunState {
  const task = state.openApprovals.get(id);
  const openApprovals = without(state.openApprovals, id);
  return task === undefined ? state : { ...withTask(state, task, { approval: { id, decision } }), openApprovals };
}

function withdrawn(state: RunState, id: string): RunState {
  const task = state.openApprovals.get(id);
  const openApprovals = without(state.openApprovals, id);
  return task === undefined ? state : { ...withTask(state, task, { approval: null }), openApprovals };
}

function childEnded(state: RunState, data: RunEventOf<'ChildRunEnded'>['data']): RunState {
  if (state.abandoned.includes(data.run)) return { ...state, abandoned: state.abandoned.filter((run) => run !== data.run) };
  const task = [...state.tasks.values()].find((open) => awaitsChild(open) && childRunOf(open) === data.run);
  return task === undefined ? state : withTask(state, task.id, { child: data });
}

function over(state: RunState, status: RunStatus): RunState {
  return { ...state, status, paused: false, tasks: new Map(), timers: new Map() };
}

function retried(state: RunState, id: string): RunState {
  const after = withoutDescendants(state, id);
  const tasks = new Map<string, OpenTask>();
  for (const task of after.tasks.values()) {
    const anew = task.id === id || task.child !== null;
    tasks.set(task.id, anew ? fresh(task) : { ...task, fired: [] });
  }
  const { admission } = after;
  // Its place was given back when it ended.
  const again = admission === null || admission.place === null ? admission : { ...admission, status: 'due' as const };
  return { ...after, status: 'running', failure: null, tasks, admission: again };
}

function fresh(task: OpenTask): OpenTask {
  // A run that has ended cannot be run again: the next attempt has a child of its own.
  const hasRun = task.kind === 'run' && task.arguments !== undefined;
  const args = hasRun ? { ...(task.arguments as object), run: derivedId('again', childRunOf(task)) } : task.arguments;
  return {
    ...task,
    attempt: task.attempt + 1,
    arguments: args,
    phase: 'body',
    caught: null,
    begun: false,
    ended: [],
    results: {},
    made: 0,
    fired: [],
    listening: null,
    approval: null,
    child: null,
  };
}

/** Nothing of it ends or begins: what is open, done or owed stands elsewhere in another document. */
function migrated(state: RunState, { version, moves, anew }: RunEventOf<'RunMigrated'>['data']): RunState {
  const { start } = state;
  if (start === null) return state;
  const tasks = new Map<string, OpenTask>();
  for (const task of state.tasks.values()) {
    const pointer = movedTo(moves, task.pointer) ?? task.pointer;
    const name = task.name === lastOf(task.pointer) ? lastOf(pointer) : task.name;
    const ended = task.ended.map((child) => ({ ...child, pointer: movedTo(moves, child.pointer) ?? child.pointer }));
    tasks.set(task.id, { ...task, pointer, name, ended, listening: anew.includes(task.id) ? null : task.listening });
  }
  const { pins } = start;
  return {
    ...state,
    start: {
      ...start,
      workflow: { ...start.workflow, version },
      ...(pins === undefined ? {} : { pins: movedPins(moves, pins) }),
    },
    migrations: [...state.migrations, moves],
    tasks,
    undo: state.undo.map((undo) => ({ ...undo, pointer: movedTo(moves, undo.pointer) ?? undo.pointer })),
    exportedBy: state.exportedBy === null ? null : movedTo(moves, state.exportedBy),
  };
}

/** Pins name places, which no index moves. */
function movedPins(moves: Moves, pins: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const places = Object.fromEntries(Object.entries(moves).map(([from, to]) => [placeOf(from), to === null ? null : placeOf(to)]));
  const kept = Object.entries(pins).map(([place, output]) => [movedTo(places, place), output] as const);
  return Object.fromEntries(kept.flatMap(([place, output]) => (place === null ? [] : [[place, output]])));
}

function lastOf(pointer: string): string {
  return pointer
    .slice(pointer.lastIndexOf('/') + 1)
    .replaceAll('~1', '/')
    .replaceAll('~0', '~');
}

/** The same whether what was before it is still there or not. */
function summarised({ start, begun, run }: RunEventOf<'RunSummarised'>['data']): RunState {
  return { ...initialRun, status: run['status'] as RunStatus, start: { ...start, input: null }, summary: { begun } };
}

/** A replay that cannot go on fails, and undoes nothing: nothing was done. */
function stopped(state: RunState): RunState {
  return { ...state, status: 'failing', paused: false, tasks: new Map(), undo: [], abandoned: [], failure: null };
}

function withTask(state: RunState, id: string, change: Partial<OpenTask>): RunState {
  const task = state.tasks.get(id);
  return task === undefined ? state : { ...state, tasks: new Map(state.tasks).set(id, { ...task, ...change }) };
}

/** Without the task and all that hangs under it. `ended`: it ended by itself, so its own child run is no orphan. */
function withoutTask(state: RunState, id: string, ended = false): RunState {
  const after = withoutDescendants(state, id);
  const task = after.tasks.get(id);
  if (task === undefined) return after;
  const abandoned = !ended && awaitsChild(task) ? [...after.abandoned, childRunOf(task)] : after.abandoned;
  return { ...after, tasks: without(after.tasks, id), abandoned };
}

/** A child is always scheduled after its parent, so one pass in order finds every generation. */
function descendantsOf(state: RunState, id: string): readonly OpenTask[] {
  const under = new Set([id]);
  return [...state.tasks.values()].filter((task) => {
    if (task.parent === null || !under.has(task.parent)) return false;
    under.add(task.id);
    return true;
  });
}

function withoutDescendants(state: RunState, id: string): RunState {
  const descendants = descendantsOf(state, id);
  if (descendants.length === 0) return state;
  const orphans = descendants.filter(awaitsChild).map(childRunOf);
  const tasks = new Map(state.tasks);
  for (const gone of descendants) tasks.delete(gone.id);
  return { ...state, tasks, abandoned: orphans.length === 0 ? state.abandoned : [...state.abandoned, ...orphans] };
}

function without<K, V>(map: ReadonlyMap<K, V>, key: K): ReadonlyMap<K, V> {
  if (!map.has(key)) return map;
  const copy = new Map(map);
  copy.delete(key);
  return copy;
}
