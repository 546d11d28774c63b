// Runs in the public schema.
import { ArgsType, Field, ID, InputType, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import type { CommandOutcome, RecordedEvent } from '@kari/kernel';
import { Json, PageArgs } from '@kari/platform/graphql';
import type { ApprovalRowStatus } from '../tasks/approval.projection.js';
import type { TaskRowStatus } from '../tasks/task.projection.js';
import type { RunEvent } from './run.events.js';
import type { RunFilter, RunHistory, RunKind, RunRowStatus } from './run.projection.js';
import type { RunState } from './run-state.rules.js';
import { evolveRun, initialRun } from './run-state.rules.js';

const RunStatusEnum = {
  RUNNING: 'running',
  PAUSED: 'paused',
  CANCELLING: 'cancelling',
  FAILING: 'failing',
  COMPENSATING: 'compensating',
  COMPLETED: 'completed',
  FAILED: 'failed',
  CANCELLED: 'cancelled',
} as const;
registerEnumType(RunStatusEnum, {
  name: 'WorkflowRunStatus',
  description: 'COMPENSATING: what was done is being undone, last first. CANCELLING and FAILING wait for child runs to end.',
});

const TaskStatusEnum = {
  SCHEDULED: 'scheduled',
  STARTED: 'started',
  COMPLETED: 'completed',
  SKIPPED: 'skipped',
  PINNED: 'pinned',
  RETRYING: 'retrying',
  CAUGHT: 'caught',
  FAILED: 'failed',
} as const;
registerEnumType(TaskStatusEnum, { name: 'WorkflowTaskStatus' });

const ApprovalStatusEnum = {
  OPEN: 'open',
  APPROVED: 'approved',
  REJECTED: 'rejected',
  EXPIRED: 'expired',
  WITHDRAWN: 'withdrawn',
} as const;
registerEnumType(ApprovalStatusEnum, {
  name: 'WorkflowApprovalStatus',
  description: 'WITHDRAWN: its run ended, or went on without it.',
});

const DecisionEnum = { APPROVED: 'approved', REJECTED: 'rejected' } as const;
registerEnumType(DecisionEnum, { name: 'WorkflowApprovalDecision' });

const RunKindEnum = { ORDINARY: 'ordinary', REPLAY: 'replay', TEST: 'test' } as const;
registerEnumType(RunKindEnum, {
  name: 'WorkflowRunKind',
  description:
    'REPLAY: repeats another run by its recording and performs nothing. TEST: started for a trial, some of its tasks may be pinned.',
});

const RunHistoryEnum = { WHOLE: 'whole', SUMMARISED: 'summarised', GIVEN_UP: 'given-up' } as const;
registerEnumType(RunHistoryEnum, {
  name: 'WorkflowRunHistoryState',
  description:
    'SUMMARISED: its time of retention is over, its tasks are no longer shown. GIVEN_UP: what happened to it is no longer in the log either.',
});

const ReplayResultEnum = { SAME: 'same', DIFFERENT: 'different', DIVERGED: 'diverged' } as const;
registerEnumType(ReplayResultEnum, {
  name: 'WorkflowReplayResult',
  description: 'DIFFERENT: it ended in another way than it was recorded. DIVERGED: it had to stop where the recording has no answer.',
});

const DivergenceEnum = {
  NOT_RECORDED: 'not-recorded',
  INPUT_DIFFERS: 'input-differs',
  NO_OUTCOME: 'no-outcome',
  RESULT_NOT_KEPT: 'result-not-kept',
} as const;
registerEnumType(DivergenceEnum, {
  name: 'WorkflowReplayDivergenceReason',
  description:
    'NOT_RECORDED: there was no such effect, or not so often. INPUT_DIFFERS: it was made with another input. NO_OUTCOME: the recording does not ' +
    'tell how it ended. RESULT_NOT_KEPT: the recording holds what it gave only as the recorded version shaped it.',
});

@ObjectType({ description: 'Where a replay had to stop.' })
export class WorkflowReplayDivergence {
  @Field(() => ID)
  task!: string;

  @Field(() => Int)
  attempt!: number;

  @Field(() => DivergenceEnum)
  reason!: 'not-recorded' | 'input-differs' | 'no-outcome' | 'result-not-kept';

  @Field(() => Json, { nullable: true, description: 'What was recorded there.' })
  expected?: unknown;

  @Field(() => Json, { nullable: true, description: 'What this version asked for.' })
  got?: unknown;
}

@ObjectType({
  description:
    'What a replay came to. It covers effects that went through the platform: calls of plugins, child runs, decisions, events, timers.',
})
export class WorkflowReplayReport {
  @Field(() => ID, { description: 'The run that was repeated.' })
  of!: string;

  @Field(() => ReplayResultEnum)
  result!: 'same' | 'different' | 'diverged';

  @Field(() => Int, { description: 'Outcomes of effects and child runs that were taken from the recording.' })
  answered!: number;

  @Field(() => WorkflowReplayDivergence, { nullable: true })
  divergence!: WorkflowReplayDivergence | null;

  @Field(() => Json, {
    nullable: true,
    description: 'How the recorded run ended, when the two ended differently: status, and output or error.',
  })
  recorded?: unknown;

  @Field(() => Json, { nullable: true })
  replayed?: unknown;
}

@ObjectType({ description: 'One run of one version of a workflow.' })
export class WorkflowRun {
  @Field(() => ID)
  id!: string;

  @Field(() => ID)
  workflow!: string;

  @Field(() => String, { description: 'That it goes by: `<number>@<hash>`. Migrating it is in its history.' })
  workflowVersion!: string;

  @Field(() => RunStatusEnum)
  status!: RunRowStatus;

  @Field(() => String, { description: 'In words: why it is in this state.' })
  reason!: string;

  @Field(() => ID)
  startedBy!: string;

  @Field(() => Date)
  startedAt!: Date;

  @Field(() => Date)
  changedAt!: Date;

  @Field(() => Date, { nullable: true })
  endedAt!: Date | null;

  @Field(() => ID, { nullable: true, description: 'The run that started this one and waits for it.' })
  parent!: string | null;

  @Field(() => ID, { nullable: true, description: 'The run whose input this one was made from.' })
  forkedFrom!: string | null;

  @Field(() => RunKindEnum)
  kind!: RunKind;

  @Field(() => ID, { nullable: true, description: 'The run that this replay repeats.' })
  replayOf!: string | null;

  @Field(() => WorkflowReplayReport, { nullable: true, description: 'Of a replay that has ended.' })
  replay!: WorkflowReplayReport | null;

  @Field(() => [String])
  tags!: string[];

  @Field(() => [String], { description: 'Top-level keys of its input; at most 50.' })
  inputKeys!: string[];

  @Field(() => String, { nullable: true, description: 'Stable code of the error that it failed with, or the type of the error.' })
  errorCode!: string | null;

  @Field(() => RunHistoryEnum)
  history!: RunHistory;

  @Field(() => String, { nullable: true })
  idempotencyKey!: string | null;

  @Field(() => Int, { description: 'Repetitions and attempts counted.' })
  tasksScheduled!: number;

  @Field(() => Int)
  tasksCompleted!: number;

  @Field(() => Int, { description: 'Failures of tasks, those that were caught too.' })
  failures!: number;

  @Field(() => Json, { nullable: true, description: 'Why it failed, in the form of the DSL.' })
  error!: unknown;

  @Field(() => ID)
  correlationId!: string;
}

@ObjectType({ description: 'One task of a run, in its last attempt; earlier ones are in the history.' })
export class WorkflowTask {
  @Field(() => ID, { description: 'The place in the document that it had when the run first came by it, with the repetition behind "#".' })
  id!: string;

  @Field(() => ID)
  run!: string;

  @Field(() => String, { description: 'JSON pointer into the document.' })
  pointer!: string;

  @Field(() => String)
  name!: string;

  @Field(() => String, { description: 'call, do, set ...; approval for a call of approval.request.' })
  kind!: string;

  @Field(() => ID, { nullable: true })
  parent!: string | null;

  @Field(() => Int)
  attempt!: number;

  @Field(() => TaskStatusEnum)
  status!: TaskRowStatus;

  @Field(() => Json, { nullable: true })
  input!: unknown;

  @Field(() => Json, { nullable: true, description: 'What its effect is made with.' })
  arguments!: unknown;

  @Field(() => Json, { nullable: true })
  output!: unknown;

  @Field(() => Json, { nullable: true, description: 'Of the last attempt that failed.' })
  error!: unknown;

  @Field(() => ID, { nullable: true, description: 'Which process makes its effect; null for tasks without a marked one.' })
  worker!: string | null;

  @Field(() => Date)
  scheduledAt!: Date;

  @Field(() => Date, { nullable: true })
  endedAt!: Date | null;
}

@ObjectType({ description: 'What a workflow asks people to approve.' })
export class WorkflowApproval {
  @Field(() => ID)
  id!: string;

  @Field(() => ID)
  run!: string;

  @Field(() => ID)
  task!: string;

  @Field(() => String)
  title!: string;

  @Field(() => Json, { nullable: true })
  details!: unknown;

  @Field(() => [String], { description: 'One of these rights is needed besides `approval.decide`; empty: that one is enough.' })
  rights!: string[];

  @Field(() => ApprovalStatusEnum)
  status!: ApprovalRowStatus;

  @Field(() => String, { nullable: true })
  comment!: string | null;

  @Field(() => ID, { nullable: true })
  decidedBy!: string | null;

  @Field(() => Date)
  requestedAt!: Date;

  @Field(() => Date, { nullable: true, description: 'Null: it waits for ever.' })
  expiresAt!: Date | null;

  @Field(() => Date, { nullable: true })
  closedAt!: Date | null;

  @Field(() => RunKindEnum, { description: 'TEST: a test run asks.' })
  runKind!: RunKind;
}

@ObjectType({ description: 'A timer that a run has set.' })
export class WorkflowTimer {
  @Field(() => ID)
  id!: string;

  @Field(() => ID)
  run!: string;

  @Field(() => ID, { nullable: true })
  task!: string | null;

  @Field(() => String, { description: 'wait, retry, timeout, run-timeout or approval.' })
  purpose!: string;

  @Field(() => Date)
  dueAt!: Date;
}

@ObjectType({ description: 'One thing that happened to a run.' })
export class WorkflowRunFact {
  @Field(() => ID)
  id!: string;

  @Field(() => String, { description: 'Its place in the run, from 0.' })
  revision!: string;

  @Field(() => String)
  type!: string;

  @Field(() => Json)
  data!: unknown;

  @Field(() => Date)
  occurredAt!: Date;

  @Field(() => ID, { description: 'Who did it; the engine is system:workflow.engine.' })
  actor!: string;

  @Field(() => String)
  position!: string;
}

@ObjectType({ description: 'What a run knew at one of its revisions.' })
export class WorkflowRunMoment {
  @Field(() => ID)
  run!: string;

  @Field(() => String)
  revision!: string;

  @Field(() => String, { nullable: true, description: 'The version that it went by then.' })
  workflowVersion!: string | null;

  @Field(() => String)
  status!: string;

  @Field(() => Json, { nullable: true, description: '$context at that moment.' })
  context!: unknown;

  @Field(() => Json, { description: 'Open tasks with their place in that version and their input.' })
  tasks!: unknown;
}

@ObjectType({ description: 'A run right after it was changed.' })
export class ChangedWorkflowRun {
  @Field(() => ID)
  id!: string;

  @Field(() => String, { description: 'As the engine names it: running, cancelling, failed ...' })
  status!: string;

  @Field(() => Boolean)
  paused!: boolean;

  @Field(() => String)
  revision!: string;

  @Field(() => String, { nullable: true })
  position!: string | null;
}

@InputType()
export class StartRunInput {
  @Field(() => ID)
  workflow!: string;

  @Field(() => String, { nullable: true, description: 'Default: the one that new runs get.' })
  version?: string | null;

  @Field(() => Json, { nullable: true, description: 'Default: {}.' })
  input?: unknown;

  @Field(() => [String], { nullable: true, description: 'Words to find it by: at most 20, each of at most 100 characters.' })
  tags?: string[] | null;

  @Field(() => String, { nullable: true, description: 'Repeating a start with it answers the run of the first one. 1 to 200 characters.' })
  idempotencyKey?: string | null;
}

@InputType()
export class StartTestRunInput {
  @Field(() => ID)
  workflow!: string;

  @Field(() => String, {
    nullable: true,
    description: 'Any saved version, also of a workflow that is not active. Default: the active one, or the newest.',
  })
  version?: string | null;

  @Field(() => Json, { nullable: true, description: 'Default: {}.' })
  input?: unknown;

  @Field(() => Json, {
    nullable: true,
    description:
      'By the name of a task, or by its JSON pointer where several have it: what it gives, before its `output.as`. A pinned task is not done; at most 200.',
  })
  pins?: unknown;
}

@InputType()
export class DecideApprovalInput {
  @Field(() => ID)
  run!: string;

  @Field(() => ID)
  approval!: string;

  @Field(() => DecisionEnum)
  decision!: 'approved' | 'rejected';

  @Field(() => String, { nullable: true, description: 'At most 2000 characters.' })
  comment?: string | null;
}

@InputType({ description: 'Which runs are meant; all that is given must fit.' })
export class RunFilterInput {
  @Field(() => ID, { nullable: true })
  workflow?: string | null;

  @Field(() => String, { nullable: true, description: 'As a run shows it: `<number>@<hash>`.' })
  version?: string | null;

  @Field(() => [RunStatusEnum], { nullable: true, description: 'Any of these.' })
  statuses?: RunRowStatus[] | null;

  @Field(() => RunKindEnum, { nullable: true })
  kind?: RunKind | null;

  @Field(() => String, { nullable: true, description: 'Stable code of the error that a run failed with, or its type.' })
  errorCode?: string | null;

  @Field(() => String, { nullable: true })
  tag?: string | null;

  @Field(() => ID, { nullable: true })
  correlation?: string | null;

  @Field(() => Date, { nullable: true, description: 'Inclusive.' })
  startedFrom?: Date | null;

  @Field(() => Date, { nullable: true, description: 'Exclusive.' })
  startedBefore?: Date | null;

  @Field(() => String, { nullable: true, description: 'Part of the id, the reason, the idempotency key or a key of the input.' })
  search?: string | null;

  @Field(() => ID, { nullable: true, description: 'Only runs that this one started.' })
  parent?: string | null;
}

@ObjectType()
export class WorkflowRunCount {
  @Field(() => RunStatusEnum)
  status!: RunRowStatus;

  @Field(() => Int)
  count!: number;
}

@ObjectType({ description: 'How many runs fit.' })
export class WorkflowRunTotals {
  @Field(() => Int)
  total!: number;

  @Field(() => Boolean, { description: 'False: there are more; only the newest 50,000 were counted.' })
  exact!: boolean;

  @Field(() => [WorkflowRunCount])
  byStatus!: readonly WorkflowRunCount[];
}

@ArgsType()
export class RunArgs extends PageArgs {
  @Field(() => ID, { nullable: true })
  workflow?: string | null;

  @Field(() => RunStatusEnum, { nullable: true })
  status?: RunRowStatus | null;

  @Field(() => ID, { nullable: true, description: 'Only runs that this one started.' })
  parent?: string | null;

  @Field(() => String, { nullable: true, description: 'Part of the id, the reason, the idempotency key or a key of the input.' })
  search?: string | null;

  @Field(() => RunFilterInput, { nullable: true, description: 'Narrows further; all that is given must fit.' })
  filter?: RunFilterInput | null;

  @Field(() => String, { nullable: true, description: 'The position of a change that the answer must show.' })
  waitFor?: string | null;
}

@ArgsType()
export class ApprovalArgs extends PageArgs {
  @Field(() => ID, { nullable: true })
  run?: string | null;

  @Field(() => ApprovalStatusEnum, { nullable: true })
  status?: ApprovalRowStatus | null;

  @Field(() => String, { nullable: true, description: 'The position of a change that the answer must show.' })
  waitFor?: string | null;
}

/** `null` and absent mean the same: not narrowed by it. */
export function runFilterOf(given: RunFilterInput): RunFilter {
  const { workflow, version, statuses, kind, errorCode, tag, correlation, startedFrom, startedBefore, search, parent } = given;
  return {
    workflow: workflow ?? null,
    version: version ?? null,
    statuses: statuses ?? [],
    kind: kind ?? null,
    errorCode: errorCode ?? null,
    tag: tag ?? null,
    correlation: correlation ?? null,
    startedFrom: startedFrom ?? null,
    startedBefore: startedBefore ?? null,
    search: search ?? null,
    parent: parent ?? null,
  };
}

export function changedRun(id: string, { state, revision, position }: CommandOutcome<RunState>): ChangedWorkflowRun {
  return { id, status: state.status, paused: state.paused, revision: String(revision), position };
}

export function factOf({ id, revision, type, data, meta, position }: RecordedEvent): WorkflowRunFact {
  return { id, revision: String(revision), type, data, occurredAt: new Date(meta.occurredAt), actor: meta.actor, position };
}

export function momentOf(run: string, events: readonly RecordedEvent[]): WorkflowRunMoment {
  const state = events.reduce((folded, event) => evolveRun(folded, event as unknown as RunEvent), initialRun);
  const tasks = [...state.tasks.values()].map(({ id, pointer, name, kind, attempt, input }) => ({
    id,
    pointer,
    name,
    kind,
    attempt,
    input: input ?? null,
  }));
  return {
    run,
    revision: String(events.at(-1)?.revision ?? -1n),
    workflowVersion: state.start?.workflow.version ?? null,
    status: state.status,
    context: state.context ?? null,
    tasks,
  };
}
