// Runs of tasks in the public schema.
import { ArgsType, Field, Float, ID, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import type { CommandOutcome } from '@kari/kernel';
import { Json, PageArgs } from '@kari/platform/graphql';
import type { TaskOutputView } from './task-output.view.js';
import type { TaskRunState, TaskRunStatus } from './task-run.decider.js';
import type { TaskCause } from './task-run.events.js';
import type { ShownTaskRun } from './task-run.queries.js';

export const TaskRunStatusEnum = {
  NONE: 'none',
  QUEUED: 'queued',
  RUNNING: 'running',
  WAITING: 'waiting',
  SUCCEEDED: 'succeeded',
  FAILED: 'failed',
  CANCELLED: 'cancelled',
  SKIPPED: 'skipped',
  REFUSED: 'refused',
  FORGOTTEN: 'forgotten',
} as const;
registerEnumType(TaskRunStatusEnum, {
  name: 'TaskRunStatus',
  description:
    'WAITING: for its next attempt. SKIPPED: let go because another run of the task went on. REFUSED: it did not run; the reason says why. FORGOTTEN: its row is gone.',
});

const TaskCauseEnum = { SCHEDULE: 'schedule', MANUAL: 'manual', EVENT: 'event' } as const;
registerEnumType(TaskCauseEnum, { name: 'TaskCause' });

@ObjectType({ description: 'One run of a background task. Rows are kept for 30 days after their end.' })
export class TaskRun {
  @Field(() => ID, { description: 'Give it to `logs` as the correlation: the lines of this run.' })
  id!: string;

  @Field(() => ID)
  task!: string;

  @Field(() => ID)
  extension!: string;

  @Field(() => String, { description: 'Of the extension when it was started; each attempt runs in the version that is enabled then.' })
  version!: string;

  @Field(() => TaskRunStatusEnum)
  status!: TaskRunStatus;

  @Field(() => TaskCauseEnum)
  cause!: TaskCause;

  @Field(() => ID, { description: 'Who or what started it.' })
  startedBy!: string;

  @Field(() => String, { description: 'What the handler is told as its idempotency key: the same over all attempts.' })
  idempotencyKey!: string;

  @Field(() => Json, { nullable: true })
  input!: unknown;

  @Field(() => Date, { nullable: true })
  plannedAt!: Date | null;

  @Field(() => Int, { description: 'Attempts begun; 0 before the first.' })
  attempt!: number;

  @Field(() => Int, { description: 'Attempts that failed.' })
  failures!: number;

  @Field(() => Int, { description: 'Attempts whose process ended.' })
  interruptions!: number;

  @Field(() => Date, { nullable: true, description: 'When the next attempt begins, at the earliest.' })
  retryAt!: Date | null;

  @Field(() => String, { nullable: true, description: 'What went wrong last, as a code.' })
  code!: string | null;

  @Field(() => String, { nullable: true, description: 'In words: what went wrong last, or why it did not run.' })
  reason!: string | null;

  @Field(() => Float, { nullable: true, description: 'How far it has come by its own word, 0 to 1.' })
  fraction!: number | null;

  @Field(() => String, { nullable: true, description: 'What it is doing, by its own word.' })
  note!: string | null;

  @Field(() => Json, { nullable: true, description: 'What it answered, with secrets masked; null where that is longer than 64 KiB.' })
  answer!: unknown;

  @Field(() => Int, { nullable: true, description: 'Length of the answer as JSON, kept or not.' })
  answerBytes!: number | null;

  @Field(() => Date)
  queuedAt!: Date;

  @Field(() => Date, { nullable: true })
  startedAt!: Date | null;

  @Field(() => Date, { nullable: true })
  endedAt!: Date | null;

  @Field(() => Date)
  changedAt!: Date;
}

@ObjectType({ description: 'A run right after a change.' })
export class ChangedTaskRun {
  @Field(() => ID)
  id!: string;

  @Field(() => ID, { nullable: true })
  task!: string | null;

  @Field(() => TaskRunStatusEnum)
  status!: TaskRunState['status'];

  @Field(() => Int)
  attempt!: number;

  @Field(() => Boolean, { description: 'Its end was asked for.' })
  cancelling!: boolean;

  @Field(() => Date, { nullable: true })
  retryAt!: Date | null;

  @Field(() => String)
  revision!: string;

  @Field(() => String, { nullable: true, description: 'Give it to a read as waitFor.' })
  position!: string | null;
}

@ObjectType({ description: 'How far a run has come, by its own word.' })
export class TaskRunProgress {
  @Field(() => ID)
  id!: string;

  @Field(() => Float, { nullable: true })
  fraction!: number | null;

  @Field(() => String, { nullable: true })
  note!: string | null;

  @Field(() => Date, { nullable: true })
  toldAt!: Date | null;
}

@ArgsType()
export class TaskRunArgs extends PageArgs {
  @Field(() => ID, { nullable: true })
  task?: string | null;

  @Field(() => ID, { nullable: true })
  extension?: string | null;

  @Field(() => TaskRunStatusEnum, { nullable: true })
  status?: TaskRunStatus | null;

  @Field(() => String, { nullable: true, description: 'The position of a change that the answer must show.' })
  waitFor?: string | null;
}

@ArgsType()
export class TaskRunChangedArgs {
  @Field(() => ID, { nullable: true })
  run?: string | null;

  @Field(() => ID, { nullable: true })
  task?: string | null;

  @Field(() => ID, { nullable: true })
  extension?: string | null;

  @Field(() => String, { nullable: true, description: 'Resumes behind that position.' })
  after?: string | null;
}

export function taskRunOf({ run, output }: ShownTaskRun): TaskRun {
  const { id, task, extension, status, cause, code, reason, state, answerBytes, answerKept, queuedAt, startedAt, endedAt, changedAt } = run;
  const { version, by, key, input, plannedAt, attempt, failures, interruptions, retryAt } = state;
  return {
    ...{ id, task, extension, version, status, cause, startedBy: by.id, idempotencyKey: `${task}:${key}`, input },
    ...{ plannedAt: dateOf(plannedAt), attempt, failures, interruptions, retryAt: dateOf(retryAt), code, reason },
    ...{ fraction: output?.fraction ?? null, note: output?.note ?? null },
    ...{ answer: answerKept ? (output?.answer ?? null) : null, answerBytes, queuedAt, startedAt, endedAt, changedAt },
  };
}

export function changedTaskRun(
  id: string,
  { state, revision, position }: Pick<CommandOutcome<TaskRunState>, 'state' | 'revision' | 'position'>,
): ChangedTaskRun {
  const known = state.status === 'none' ? null : state;
  return {
    ...{ id, task: known?.task ?? null, status: state.status, attempt: known?.attempt ?? 0 },
    ...{ cancelling: (known?.cancelling ?? null) !== null, retryAt: dateOf(known?.retryAt ?? null), revision: String(revision), position },
  };
}

export function progressOf({ run, fraction, note, toldAt }: TaskOutputView): TaskRunProgress {
  return { id: run, fraction, note, toldAt };
}

function dateOf(moment: string | null): Date | null {
  return moment === null ? null : new Date(moment);
}
