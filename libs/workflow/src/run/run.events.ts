// What happened in one run of a workflow. The stream alone rebuilds the run: nothing in it is evaluated a second time.
import { auditLeaf } from '@kari/audit/contract';
import type { DomainEvent } from '@kari/kernel';
import { z } from 'zod';

const json = z.unknown();
const task = z.string().min(1).max(1024);
const moment = z.iso.datetime();
const count = z.number().int().min(0);

/** As the DSL has it; `title` holds the stable code where a refusal of ours is behind it. */
const runError = z.strictObject({
  type: z.string(),
  status: z.number().int(),
  title: z.string().optional(),
  detail: z.string().optional(),
  /** JSON pointer of the task that failed. */
  instance: z.string().optional(),
});
export type RunError = z.infer<typeof runError>;

const workflow = z.strictObject({ id: z.string(), version: z.string() });

const TASK_KINDS = ['call', 'do', 'emit', 'for', 'fork', 'listen', 'raise', 'run', 'set', 'switch', 'try', 'wait', 'approval'] as const;
export type TaskKind = (typeof TASK_KINDS)[number];

const runStarted = z.strictObject({
  workflow,
  input: json,
  /** What expressions see as `$workflow.startedAt`. */
  startedAt: moment,
  /** Whose lease decides who owns the run. */
  shard: count,
  idempotencyKey: z.string().optional(),
  parent: z.strictObject({ run: z.uuid(), task, depth: count }).optional(),
  forkedFrom: z.uuid().optional(),
  /** Runs that led to this one, each by an event it emitted. */
  hops: count.optional(),
  /** Words to find it by. */
  tags: z.array(z.string().min(1).max(100)).max(20).optional(),
  /** `replay`: repeats another run and performs nothing. `test`: for a trial, with the outcomes of some tasks given. Absent: an ordinary run. */
  kind: z.enum(['replay', 'test']).optional(),
  replayOf: z.uuid().optional(),
  /** Outcomes of tasks that are never done, by place: `/do/pay/try/charge`. */
  pins: z.record(z.string(), json).optional(),
  /** On whose behalf effects are made. */
  caller: z.strictObject({ kind: z.enum(['user', 'service-account', 'extension', 'system']), id: z.string() }),
});

const pace = z.strictObject({
  /** Stable over runs of the workflow that share the count. */
  bucket: z.uuid(),
  limit: z.number().int().min(1),
  perMs: z.number().positive(),
});
export type RunPace = z.infer<typeof pace>;

/** A limit stands between the run and its first task, or its next one after a retry. */
const runAdmissionAwaited = z.strictObject({
  /** Counts the times that the run asked to be let in, from 1. */
  turn: z.number().int().min(1),
  place: z
    .strictObject({
      /** Stable over runs of the workflow with an equal key. */
      queue: z.uuid(),
      key: json,
      limit: z.number().int().min(1),
      overlap: z.enum(['queue', 'skip', 'cancel-previous']),
    })
    .optional(),
  pace: pace.optional(),
});
/** All places are taken: it waits for one. */
const runQueued = z.strictObject({
  turn: z.number().int().min(1),
  /** Some of the runs that hold the places, or will before it. */
  behind: z.array(z.uuid()).min(1),
  /** How many stand before it. */
  ahead: count,
});
const runPlaceTaken = z.strictObject({ turn: z.number().int().min(1) });
const runAdmitted = z.strictObject({ turn: z.number().int().min(1) });
/** It holds no place any more, and waits for none. */
const runPlaceLeft = z.strictObject({ turn: z.number().int().min(1), queue: z.uuid() });

const taskScheduled = z.strictObject({
  task,
  /** JSON pointer into the document. */
  pointer: z.string(),
  name: z.string(),
  kind: z.enum(TASK_KINDS),
  /** Null for the first level. */
  parent: task.nullable(),
  /** Which repetition: indexes of the loops around it and visits, joined by dots; empty for the first and only one. */
  iteration: z.string(),
  /** Place among the repetitions of a `for` or the branches of a `fork`. */
  index: count.optional(),
  attempt: z.number().int().min(1),
  /** As handed over by the task before it. */
  raw: json,
  /** After `input.from`. */
  input: json,
  /** For tasks with an effect: what it is made with. */
  arguments: json.optional(),
  /** What loops and catches around it lend to its expressions. */
  variables: z.record(z.string(), json).optional(),
});

const taskStarted = z.strictObject({ task, attempt: z.number().int().min(1), worker: z.string() });

const taskCompleted = z.strictObject({
  task,
  output: json,
  /** `if` was false: nothing was done. */
  skipped: z.boolean().optional(),
  /** Of a test run: nothing was done, the output was given when the run was started. */
  pinned: z.boolean().optional(),
  /** What was exported; absent when the context stays. */
  context: json.optional(),
  /** `continue`, `exit`, `end` or the name of a task. */
  next: z.string(),
  /** Keeps what its compensation needs. */
  undo: z.strictObject({ pointer: z.string(), input: json }).optional(),
});

const taskFailed = z.strictObject({
  task,
  attempt: z.number().int().min(1),
  error: runError,
  /** `retry` and `catch` name the `try` that takes it; `fail` ends the run. */
  handling: z.enum(['retry', 'catch', 'fail']),
  by: task.optional(),
  retryAt: moment.optional(),
  /** When the first of these attempts failed. */
  since: moment.optional(),
  /** Its input was refused, or what it would have been begun with has no value: a retry of the run asks for all of it again. */
  unbegun: z.literal(true).optional(),
});

const TIMER_PURPOSES = ['wait', 'retry', 'timeout', 'run-timeout', 'approval', 'rate'] as const;
const timer = z.string().min(1).max(1100);
const timerSet = z.strictObject({
  timer,
  task: task.nullable(),
  purpose: z.enum(TIMER_PURPOSES),
  dueAt: moment,
  milliseconds: count,
  shard: count,
});
const timerFired = z.strictObject({ timer });
const timerCancelled = z.strictObject({ timer });

const eventFilter = z.strictObject({
  with: z.record(z.string(), json),
  correlate: z.record(z.string(), z.strictObject({ from: z.string(), expect: json.optional() })).optional(),
  /** What its expressions name of the run, as it was when the waiting began. */
  variables: z.record(z.string(), json).optional(),
});
const eventMode = z.enum(['one', 'any', 'all']);
const eventAwaited = z.strictObject({
  task,
  mode: eventMode,
  read: z.enum(['data', 'envelope', 'raw']),
  filters: z.array(eventFilter).min(1),
  /** `any` goes on after its first event, until it is enough. */
  repeats: z.boolean().optional(),
  /** The events that make it enough; their filters are counted on after those above. */
  until: z.strictObject({ mode: eventMode, filters: z.array(eventFilter).min(1) }).optional(),
});
/** The task is gone, or the run ends: nothing is waited for any more. */
const eventUnawaited = z.strictObject({ task });
const eventReceived = z.strictObject({
  task,
  /** Index of the filter it satisfies. */
  filter: count,
  event: z.record(z.string(), json),
  correlation: z.record(z.string(), json).optional(),
});

/** The condition of `until` was asked for after each of the first `count` events; `enough`: it held after the last of them. */
const eventsWeighed = z.strictObject({ task, count: z.number().int().min(1), enough: z.boolean() });

const approvalRequested = z.strictObject({
  approval: z.uuid(),
  task,
  title: z.string(),
  details: json.optional(),
  /** One of these is needed besides the right to decide at all; empty: that is enough. */
  rights: z.array(z.string()),
  expiresAt: moment.nullable(),
  /** Of a run that is not an ordinary one. */
  runKind: z.enum(['replay', 'test']).optional(),
});
const approvalGiven = z.strictObject({
  approval: z.uuid(),
  decision: z.enum(['approved', 'rejected']),
  comment: z.string().nullable(),
  by: z.string(),
});
const approvalClosed = z.strictObject({ approval: z.uuid(), reason: z.enum(['expired', 'withdrawn']) });

const childRunEnded = z.strictObject({
  run: z.uuid(),
  outcome: z.enum(['completed', 'failed', 'cancelled']),
  output: json.optional(),
  error: runError.optional(),
});

const compensationStarted = z.strictObject({ cause: z.enum(['failed', 'cancelled']), tasks: z.array(task) });
const compensationDone = z.strictObject({ task, error: runError.nullable() });

const runPaused = z.strictObject({ reason: z.string().nullable() });
const runResumed = z.strictObject({});
const runCancelRequested = z.strictObject({ reason: z.string().nullable() });
const runCancelled = z.strictObject({ reason: z.string().nullable() });
const runCompleted = z.strictObject({ output: json });
const runFailed = z.strictObject({ error: runError, compensationFailures: z.array(task).optional() });
const runRetried = z.strictObject({ task, shard: count });

/** The place of a task in its document: the names on the way to it. */
const place = z.string().min(1).max(1024);
const runMigrated = z.strictObject({
  /** The versions that it went by, and goes by from here on. */
  from: z.string(),
  version: z.string(),
  /** As it was asked for. What has the same place in both needs no word; null: it has none in the new one. */
  mapping: z.array(z.strictObject({ from: place, to: place.nullable() })).max(500),
  /** What follows from it and from the two documents, in JSON pointers: what stands below one moves along. */
  moves: z.record(z.string(), z.string().nullable()),
  /** Tasks that had heard nothing yet and listen for something else from here on. */
  anew: z.array(task),
});

const runReplayed = z.strictObject({
  of: z.uuid(),
  result: z.enum(['same', 'different', 'diverged']),
  /** Outcomes of effects and child runs that were taken from the recording. */
  answered: count,
  /** Where the replay had to stop. */
  divergence: z
    .strictObject({
      task,
      attempt: count,
      reason: z.enum(['not-recorded', 'input-differs', 'no-outcome', 'result-not-kept']),
      expected: json.optional(),
      got: json.optional(),
    })
    .nullable(),
  /** How the two ended, when they ended differently. */
  recorded: json.optional(),
  replayed: json.optional(),
});

/** Columns of a row of a view, as the projection made it. */
const row = z.record(z.string(), json);
const runSummarised = z.strictObject({
  /** A long run needs several; the first one tells of the run, each of its own share of tasks, approvals and audit entries. */
  part: count,
  parts: z.number().int().min(1),
  start: runStarted.omit({ input: true, pins: true }),
  /** Name of the start and its input: the same start again is still the same run. */
  begun: z.uuid(),
  run: row,
  /** Tasks of which nothing is kept. */
  tasks: z.array(task),
  approvals: z.array(row),
  auditLeaves: z.array(auditLeaf),
});
/** What stood before the summary is no longer in the log. */
const runHistoryGivenUp = z.strictObject({ before: count });

export type RunEvent =
  | DomainEvent<'RunStarted', z.infer<typeof runStarted>>
  | DomainEvent<'RunAdmissionAwaited', z.infer<typeof runAdmissionAwaited>>
  | DomainEvent<'RunQueued', z.infer<typeof runQueued>>
  | DomainEvent<'RunPlaceTaken', z.infer<typeof runPlaceTaken>>
  | DomainEvent<'RunAdmitted', z.infer<typeof runAdmitted>>
  | DomainEvent<'RunPlaceLeft', z.infer<typeof runPlaceLeft>>
  | DomainEvent<'TaskScheduled', z.infer<typeof taskScheduled>>
  | DomainEvent<'TaskStarted', z.infer<typeof taskStarted>>
  | DomainEvent<'TaskCompleted', z.infer<typeof taskCompleted>>
  | DomainEvent<'TaskFailed', z.infer<typeof taskFailed>>
  | DomainEvent<'TimerSet', z.infer<typeof timerSet>>
  | DomainEvent<'TimerFired', z.infer<typeof timerFired>>
  | DomainEvent<'TimerCancelled', z.infer<typeof timerCancelled>>
  | DomainEvent<'EventAwaited', z.infer<typeof eventAwaited>>
  | DomainEvent<'EventUnawaited', z.infer<typeof eventUnawaited>>
  | DomainEvent<'EventReceived', z.infer<typeof eventReceived>>
  | DomainEvent<'EventsWeighed', z.infer<typeof eventsWeighed>>
  | DomainEvent<'ApprovalRequested', z.infer<typeof approvalRequested>>
  | DomainEvent<'ApprovalGiven', z.infer<typeof approvalGiven>>
  | DomainEvent<'ApprovalClosed', z.infer<typeof approvalClosed>>
  | DomainEvent<'ChildRunEnded', z.infer<typeof childRunEnded>>
  | DomainEvent<'CompensationStarted', z.infer<typeof compensationStarted>>
  | DomainEvent<'CompensationDone', z.infer<typeof compensationDone>>
  | DomainEvent<'RunPaused', z.infer<typeof runPaused>>
  | DomainEvent<'RunResumed', z.infer<typeof runResumed>>
  | DomainEvent<'RunCancelRequested', z.infer<typeof runCancelRequested>>
  | DomainEvent<'RunCancelled', z.infer<typeof runCancelled>>
  | DomainEvent<'RunCompleted', z.infer<typeof runCompleted>>
  | DomainEvent<'RunFailed', z.infer<typeof runFailed>>
  | DomainEvent<'RunRetried', z.infer<typeof runRetried>>
  | DomainEvent<'RunMigrated', z.infer<typeof runMigrated>>
  | DomainEvent<'RunReplayed', z.infer<typeof runReplayed>>
  | DomainEvent<'RunSummarised', z.infer<typeof runSummarised>>
  | DomainEvent<'RunHistoryGivenUp', z.infer<typeof runHistoryGivenUp>>;

export type RunEventOf<T extends RunEvent['type']> = Extract<RunEvent, { readonly type: T }>;

export const runEvents = [
  { type: 'RunStarted', version: 1, schema: runStarted },
  { type: 'RunAdmissionAwaited', version: 1, schema: runAdmissionAwaited },
  { type: 'RunQueued', version: 1, schema: runQueued },
  { type: 'RunPlaceTaken', version: 1, schema: runPlaceTaken },
  { type: 'RunAdmitted', version: 1, schema: runAdmitted },
  { type: 'RunPlaceLeft', version: 1, schema: runPlaceLeft },
  { type: 'TaskScheduled', version: 1, schema: taskScheduled },
  { type: 'TaskStarted', version: 1, schema: taskStarted },
  { type: 'TaskCompleted', version: 1, schema: taskCompleted },
  { type: 'TaskFailed', version: 1, schema: taskFailed },
  { type: 'TimerSet', version: 1, schema: timerSet },
  { type: 'TimerFired', version: 1, schema: timerFired },
  { type: 'TimerCancelled', version: 1, schema: timerCancelled },
  { type: 'EventAwaited', version: 1, schema: eventAwaited },
  { type: 'EventUnawaited', version: 1, schema: eventUnawaited },
  { type: 'EventReceived', version: 1, schema: eventReceived },
  { type: 'EventsWeighed', version: 1, schema: eventsWeighed },
  { type: 'ApprovalRequested', version: 1, schema: approvalRequested },
  { type: 'ApprovalGiven', version: 1, schema: approvalGiven },
  { type: 'ApprovalClosed', version: 1, schema: approvalClosed },
  { type: 'ChildRunEnded', version: 1, schema: childRunEnded },
  { type: 'CompensationStarted', version: 1, schema: compensationStarted },
  { type: 'CompensationDone', version: 1, schema: compensationDone },
  { type: 'RunPaused', version: 1, schema: runPaused },
  { type: 'RunResumed', version: 1, schema: runResumed },
  { type: 'RunCancelRequested', version: 1, schema: runCancelRequested },
  { type: 'RunCancelled', version: 1, schema: runCancelled },
  { type: 'RunCompleted', version: 1, schema: runCompleted },
  { type: 'RunFailed', version: 1, schema: runFailed },
  { type: 'RunRetried', version: 1, schema: runRetried },
  { type: 'RunMigrated', version: 1, schema: runMigrated },
  { type: 'RunReplayed', version: 1, schema: runReplayed },
  { type: 'RunSummarised', version: 1, schema: runSummarised },
  { type: 'RunHistoryGivenUp', version: 1, schema: runHistoryGivenUp },
] as const;
