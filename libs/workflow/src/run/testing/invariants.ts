// What must hold after every single event, whatever the seed does. Reads the log and the receiver's ledger alone, never the engine's own state.
import { canonicalJson, idOf, type RecordedEvent } from '@kari/kernel';
import type { Task, WorkflowDocument } from '../../definition/document.js';
import { taskAt, valueAt } from '../flow.rules.js';
import { taskKindOf } from '../interpreter/task-begin.rules.js';
import type { RunEvent, RunEventOf } from '../run.events.js';
import { awaitsChild, childRunOf, evolveRun, initialRun, isAdmitted, isOver, type OpenTask, type RunState } from '../run-state.rules.js';

export const INVARIANTS = {
  I01: 'a run starts once, and first',
  I02: 'terminal is final, but for a retry of what failed',
  I03: 'a task is scheduled under an open one',
  I04: 'an open task is not scheduled again',
  I05: 'only an open task completes',
  I06: 'only an open task fails',
  I07: 'an outcome belongs to the attempt that is open',
  I08: 'a timer that was not set, or was taken back, does not fire',
  I09: 'a timer is never early',
  I10: 'no timer outlives its run',
  I11: 'no approval outlives its run',
  I12: 'nobody listens for a run that is over',
  I13: 'a run ends after the child runs it awaits',
  I14: 'no effect is asked for that the log did not schedule',
  I15: 'an idempotency key names one effect with one input',
  I16: 'what a task gave is what the receiver answered',
  I17: 'every repetition of a task has a key of its own',
  I18: 'compensation goes backwards',
  I19: 'only what was done is compensated',
  I20: 'all that was done is compensated',
  I21: 'a paused run schedules nothing',
  I22: 'a retry keeps to its limit',
  I23: 'a loop keeps to its width',
  I24: 'a fork gives one output for each branch',
  I25: 'the owner believes what the log says',
  I26: 'a run that gives up tells the child runs it awaits',
  I27: 'no run is lost',
  I28: 'an undisturbed run ends as it must',
  I29: 'n tasks cost n + 1 writes',
  I30: 'an event is received once, and only by who waits',
  I31: 'a wait ends by its timer',
  I32: 'an approval is decided before it is acted upon',
  I33: 'a cancelled run schedules only what undoes',
  I34: 'without a fault an effect is asked for once an attempt',
  I35: 'who listened is given what it heard up to its end, each once, and nothing else',
  I36: 'no more runs of one key go on at once than may',
  I37: 'a run that waits to be let in schedules nothing but what undoes',
  I38: 'a run that is over gives its place back',
  I39: 'a migration moves what is open and what is owed, and neither ends nor begins anything',
  I40: 'whatever begins stands in the version that the run goes by',
  I41: 'an effect has one key, in whichever version it is asked for',
} as const;
export type InvariantId = keyof typeof INVARIANTS;

export interface Break {
  readonly invariant: InvariantId;
  readonly detail: string;
}

interface Seen {
  state: RunState;
  revision: bigint;
  document: WorkflowDocument | null;
  readonly compensable: string[];
  compensationOrder: readonly string[];
  readonly compensated: string[];
  readonly attempts: Map<string, number>;
  readonly setAt: Map<string, { readonly monotonic: number; readonly lead: number; readonly by: string }>;
  readonly commands: Set<string>;
  readonly received: Set<string>;
  cancelRequested: boolean;
  disturbed: boolean;
}

export interface Moment {
  readonly monotonic: number;
  /** What the wall clock showed at most: all that an owner has to go by that took the run over. */
  readonly latest: number;
  /** Who wrote the event, and for which time of owning its shard; only within one does a monotonic clock count. */
  readonly by: string;
}

export class Checker {
  readonly breaks: Break[] = [];
  readonly runs = new Map<string, Seen>();
  /** Migrations so far. */
  moved = 0;
  private readonly inside = new Map<string, Set<string>>();

  constructor(private readonly documentOf: (workflow: string, version: string) => WorkflowDocument) {}

  broken(invariant: InvariantId, detail: string): void {
    this.breaks.push({ invariant, detail });
  }

  seen(run: string): Seen {
    const known = this.runs.get(run) ?? fresh();
    this.runs.set(run, known);
    return known;
  }

  check(recorded: RecordedEvent, moment: Moment, answeredBy: (run: string, task: OpenTask) => unknown): void {
    const run = idOf(recorded.stream);
    const event = recorded as unknown as RunEvent;
    const seen = this.seen(run);
    const { state } = seen;
    const fail = (invariant: InvariantId, what = ''): void =>
      this.broken(invariant, `${run} ${event.type} at ${recorded.revision}: ${what}`);
    seen.commands.add(recorded.meta.commandId);
    if (state.start === null && event.type !== 'RunStarted' && event.type !== 'RunCancelRequested' && event.type !== 'RunCancelled')
      fail('I01');
    if (state.start !== null && event.type === 'RunStarted') fail('I01', 'again');
    if (isOver(state) && !(event.type === 'RunRetried' && state.status === 'failed')) fail('I02', state.status);
    switch (event.type) {
      case 'RunStarted':
        seen.document = this.documentOf(event.data.workflow.id, event.data.workflow.version);
        break;
      case 'RunRetried':
      case 'RunPaused':
        seen.disturbed = true;
        break;
      case 'RunCancelRequested':
        seen.disturbed = true;
        seen.cancelRequested = true;
        break;
      case 'TaskScheduled':
        this.scheduled(event.data, seen, fail);
        break;
      case 'TaskStarted':
        if (state.tasks.get(event.data.task)?.attempt !== event.data.attempt) fail('I07');
        break;
      case 'TaskCompleted':
        this.completed(run, event.data, seen, fail, answeredBy);
        break;
      case 'TaskFailed':
        this.failed(event.data, seen, fail);
        break;
      case 'TimerSet':
        if (state.paused && event.data.purpose !== 'retry' && event.data.purpose !== 'rate') fail('I21', 'a timer');
        // Its time runs from the decision, not from the moment at which the log had it.
        seen.setAt.set(event.data.timer, {
          ...moment,
          lead: Math.max(0, Date.parse(recorded.recordedAt) - Date.parse(recorded.meta.occurredAt)),
        });
        break;
      case 'TimerFired':
        this.fired(event.data.timer, seen, moment, fail);
        break;
      case 'CompensationStarted':
        seen.compensationOrder = event.data.tasks;
        if (canonicalJson(event.data.tasks) !== canonicalJson([...seen.compensable].reverse()))
          fail('I18', `${event.data.tasks.join()} for ${seen.compensable.join()}`);
        break;
      case 'CompensationDone':
        if (seen.compensationOrder[seen.compensated.length] !== event.data.task) fail('I18', event.data.task);
        if (!seen.compensable.includes(event.data.task)) fail('I19', event.data.task);
        seen.compensated.push(event.data.task);
        break;
      case 'EventReceived': {
        const { task, event: heard } = event.data;
        if (state.tasks.get(task)?.listening?.closed ?? true) fail('I30', 'nobody waits');
        const key = `${task} ${String(heard['id'])}`;
        if (seen.received.has(key)) fail('I30', 'twice');
        seen.received.add(key);
        break;
      }
      case 'RunCompleted':
      case 'RunFailed':
      case 'RunCancelled':
        this.over(event, seen, fail);
        break;
      default:
    }
    seen.state = evolveRun(state, event);
    // What is tried again has another attempt without being scheduled again.
    if (event.type === 'RunMigrated') this.migrated(event.data.version, state, seen, fail);
    if (event.type === 'RunRetried') for (const { id, attempt } of seen.state.tasks.values()) seen.attempts.set(id, attempt);
    seen.revision = recorded.revision;
    this.width(seen, fail);
    this.places(run, seen, fail);
  }

  private migrated(version: string, before: RunState, seen: Seen, fail: Fail): void {
    const { state } = seen;
    const document = this.documentOf(before.start!.workflow.id, version);
    seen.document = document;
    this.moved += 1;
    const known = ({ tasks, timers, undo, openApprovals, abandoned }: RunState): string =>
      canonicalJson([
        [...tasks.values()].map(({ id, parent, attempt, iteration, phase, made }) => [id, parent, attempt, iteration, phase, made]),
        [...timers.keys()],
        undo.map(({ task }) => task),
        [...openApprovals],
        abandoned,
      ]);
    if (known(before) !== known(state)) fail('I39', `${known(before)} and ${known(state)}`);
    for (const { id, kind, pointer } of state.tasks.values()) {
      const there = valueAt(document, pointer);
      const fits = Array.isArray(there) ? kind === 'do' : there !== undefined && taskKindOf(there as Task) === kind;
      if (!fits) fail('I39', `${id} at ${pointer}`);
    }
    for (const { task, pointer } of state.undo) if (!Array.isArray(valueAt(document, pointer))) fail('I39', `${task} is owed`);
  }

  private scheduled(data: RunEventOf<'TaskScheduled'>['data'], seen: Seen, fail: Fail): void {
    const { state } = seen;
    if (data.parent !== null && !state.tasks.has(data.parent)) fail('I03', data.task);
    const again = state.tasks.get(data.task)?.unbegun === true;
    if (state.tasks.has(data.task) && !again) fail('I04', data.task);
    if (seen.document !== null && valueAt(seen.document, data.pointer) === undefined) fail('I40', `${data.task} at ${data.pointer}`);
    if (state.paused) fail('I21', data.task);
    if (!isAdmitted(state)) fail('I37', data.task);
    if (seen.cancelRequested && state.status !== 'compensating') fail('I33', data.task);
    const before = seen.attempts.get(data.task) ?? 0;
    if (data.attempt <= before && !again) fail('I07', `${data.task} has attempt ${data.attempt} after ${before}`);
    seen.attempts.set(data.task, data.attempt);
  }

  private completed(
    run: string,
    data: RunEventOf<'TaskCompleted'>['data'],
    seen: Seen,
    fail: Fail,
    answeredBy: (run: string, task: OpenTask) => unknown,
  ): void {
    const task = seen.state.tasks.get(data.task);
    if (task === undefined) return fail('I05', data.task);
    if (data.undo !== undefined) seen.compensable.push(data.task);
    if (data.skipped === true) return;
    if (task.kind === 'wait' && !task.fired.includes('wait')) fail('I31', data.task);
    if (task.kind === 'listen') this.listened(task, data.output, fail);
    if (task.kind === 'approval' && (task.approval?.decision ?? null) === null) fail('I32', data.task);
    if (task.kind === 'call' && seen.document !== null) {
      const shaped = (taskAt(seen.document, task.pointer) as { output?: unknown }).output !== undefined;
      const answered = answeredBy(run, task);
      if (!shaped && canonicalJson(answered ?? null) !== canonicalJson(data.output ?? null)) fail('I16', data.task);
    }
    if (task.kind === 'fork' && seen.document !== null) {
      const { fork } = taskAt(seen.document, task.pointer) as { fork: { branches: readonly unknown[]; compete?: boolean } };
      if (fork.compete !== true && (data.output as unknown[]).length !== fork.branches.length) fail('I24', data.task);
      if (fork.compete !== true && task.ended.length !== fork.branches.length) fail('I24', `${data.task} did not wait`);
    }
  }

  private listened({ id, listening, results, made }: OpenTask, output: unknown, fail: Fail): void {
    const heard = (listening?.received ?? []).map(({ event }) => String(event['id']));
    const given = (output as readonly unknown[]).length;
    const wanted = listening?.mode === 'all' ? listening.filters.length : listening?.repeats === true ? listening.weighed : 1;
    if (given !== wanted || heard.length < wanted || new Set(heard).size !== heard.length)
      fail('I35', `${id}: ${given} of ${heard.join()}`);
    if (made > 0 && (made !== wanted || Object.keys(results).length !== wanted)) fail('I35', `${id}: ${made} rounds`);
  }

  private failed(data: RunEventOf<'TaskFailed'>['data'], seen: Seen, fail: Fail): void {
    const task = seen.state.tasks.get(data.task);
    if (task === undefined) return fail('I06', data.task);
    if (task.attempt !== data.attempt) fail('I07', data.task);
    if (data.handling !== 'retry' || seen.document === null) return;
    const frame = seen.state.tasks.get(data.by ?? '');
    const { catch: clause } = taskAt(seen.document, frame?.pointer ?? '') as {
      catch?: { retry?: { limit?: { attempt?: { count?: number } } } };
    };
    const count = clause?.retry?.limit?.attempt?.count;
    if (frame === undefined || (count !== undefined && frame.tries > count)) fail('I22', data.task);
  }

  private fired(timer: string, seen: Seen, moment: Moment, fail: Fail): void {
    const set = seen.state.timers.get(timer);
    const at = seen.setAt.get(timer);
    if (set === undefined || at === undefined) return fail('I08', timer);
    const undisturbed = at.by === moment.by;
    const waited = moment.monotonic - at.monotonic + at.lead + 1;
    const early = waited < set.milliseconds && (undisturbed || moment.latest < Date.parse(set.dueAt));
    if (early) fail('I09', `${timer} after ${waited} of ${set.milliseconds} ms`);
  }

  private over(event: RunEvent, seen: Seen, fail: Fail): void {
    const { state } = seen;
    if (state.timers.size > 0) fail('I10', [...state.timers.keys()].join());
    if (state.openApprovals.size > 0) fail('I11');
    if (state.listeners.size > 0) fail('I12');
    const { admission } = state;
    if (admission !== null && admission.place !== null && !['left', 'due'].includes(admission.status)) fail('I38');
    const awaited = [...state.abandoned, ...[...state.tasks.values()].filter(awaitsChild).map(childRunOf)];
    const alive = awaited.filter((child) => !isOver(this.seen(child).state));
    if (alive.length > 0) fail('I13', alive.join());
    if (event.type !== 'RunCompleted' && seen.compensated.length !== seen.compensable.length)
      fail('I20', `${seen.compensated.length} of ${seen.compensable.length}`);
  }

  /** Told by the runs alone: who has taken a place and not left it. */
  private places(run: string, { state: { admission } }: Seen, fail: Fail): void {
    const queue = admission?.place?.queue;
    if (queue === undefined) return;
    const inside = this.inside.get(queue) ?? new Set();
    this.inside.set(queue, inside);
    if (['placed', 'pacing', 'paced', 'admitted'].includes(admission!.status)) inside.add(run);
    else inside.delete(run);
    if (inside.size > admission!.place!.limit) fail('I36', [...inside].join());
  }

  private width({ state, document }: Seen, fail: Fail): void {
    if (document === null) return;
    for (const task of state.tasks.values()) {
      if (task.kind !== 'for') continue;
      const open = [...state.tasks.values()].filter(({ parent }) => parent === task.id).length;
      const { metadata } = taskAt(document, task.pointer) as { metadata?: { kari?: { concurrency?: number } } };
      if (open > (metadata?.kari?.concurrency ?? 1)) fail('I23', `${open} at once`);
    }
  }
}

type Fail = (invariant: InvariantId, what?: string) => void;

function fresh(): Seen {
  return {
    state: initialRun,
    revision: -1n,
    document: null,
    compensable: [],
    compensationOrder: [],
    compensated: [],
    attempts: new Map(),
    setAt: new Map(),
    commands: new Set(),
    received: new Set(),
    cancelRequested: false,
    disturbed: false,
  };
}
