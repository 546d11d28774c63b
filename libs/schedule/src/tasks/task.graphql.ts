// Declared tasks in the public schema.
import { ArgsType, Field, Float, ID, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import type { CommandOutcome } from '@kari/kernel';
import { PageArgs } from '@kari/platform/graphql';
import type { Missed, Overlap } from '../contract.js';
import { MissedEnum, OverlapEnum } from '../list/schedule.graphql.js';
import { nextTimes } from '../timing/timing.rules.js';
import { TaskRunStatusEnum } from '../task-runs/task-run.graphql.js';
import type { TaskRunStatus } from '../task-runs/task-run.decider.js';
import type { TaskState } from './task.decider.js';
import { taskStatus, type TaskStatus } from './task.projection.js';
import type { ShownTask } from './task.queries.js';

const SHOWN_TIMES = 5;

const TaskStatusEnum = { ACTIVE: 'active', PAUSED: 'paused', HELD: 'held', FAULTY: 'faulty', WITHDRAWN: 'withdrawn' } as const;
registerEnumType(TaskStatusEnum, {
  name: 'TaskStatus',
  description:
    'HELD: its extension does not run in this tenant. FAULTY: nothing can start it by itself as it is declared. WITHDRAWN: no installed version declares it any more.',
});

const TaskTriggerEnum = { MANUAL: 'manual', CRON: 'cron', EVERY: 'every', EVENT: 'event' } as const;
registerEnumType(TaskTriggerEnum, { name: 'TaskTriggerKind', description: 'What starts a task; a person may start each of them besides.' });

@ObjectType({ description: 'What starts a task.' })
export class TaskTriggerType {
  @Field(() => TaskTriggerEnum)
  kind!: (typeof TaskTriggerEnum)[keyof typeof TaskTriggerEnum];

  @Field(() => String, { nullable: true, description: 'Five fields.' })
  cron!: string | null;

  @Field(() => String, { nullable: true, description: 'IANA name, for cron.' })
  timeZone!: string | null;

  @Field(() => Float, { nullable: true, description: 'From one start to the next.' })
  everySeconds!: number | null;

  @Field(() => String, { nullable: true, description: 'The type of event that starts it.' })
  eventType!: string | null;
}

@ObjectType({ description: 'Background work that an extension declares, in this tenant.' })
export class Task {
  @Field(() => ID, { description: '<extension>/<name>.' })
  id!: string;

  @Field(() => ID)
  extension!: string;

  @Field(() => String, { description: 'Of the extension, which declares it so.' })
  version!: string;

  @Field(() => String)
  description!: string;

  @Field(() => TaskStatusEnum)
  status!: TaskStatus;

  @Field(() => String, { nullable: true, description: 'In words: why nothing starts it by itself.' })
  reason!: string | null;

  @Field(() => TaskTriggerType)
  trigger!: TaskTriggerType;

  @Field(() => Float, { nullable: true, description: 'Longest attempt. Null: that of the resource class of its extension.' })
  deadlineSeconds!: number | null;

  @Field(() => Int, { description: 'Further attempts after a failure.' })
  retries!: number;

  @Field(() => OverlapEnum)
  overlap!: Overlap;

  @Field(() => MissedEnum)
  missed!: Missed;

  @Field(() => Boolean, { description: 'Whether a person may give it an input.' })
  takesInput!: boolean;

  @Field(() => String, { nullable: true, description: 'Of the extension, which a person needs to run it.' })
  right!: string | null;

  @Field(() => ID, { nullable: true, description: 'The schedule of its planned times; null while no clock starts it.' })
  schedule!: string | null;

  @Field(() => Date, { nullable: true })
  nextAt!: Date | null;

  @Field(() => [Date], { description: `The next ${SHOWN_TIMES} planned times.` })
  nextTimes!: Date[];

  @Field(() => ID, { nullable: true, description: 'Its newest run.' })
  lastRun!: string | null;

  @Field(() => TaskRunStatusEnum, { nullable: true })
  lastStatus!: TaskRunStatus | null;

  @Field(() => Date, { nullable: true })
  lastQueuedAt!: Date | null;

  @Field(() => Date)
  changedAt!: Date;
}

@ObjectType({ description: 'A task right after a change.' })
export class ChangedTask {
  @Field(() => ID)
  id!: string;

  @Field(() => TaskStatusEnum)
  status!: TaskStatus | 'withdrawn';

  @Field(() => String)
  revision!: string;

  @Field(() => String, { nullable: true, description: 'Give it to a read as waitFor.' })
  position!: string | null;
}

@ObjectType({ description: 'What a wish over all tasks of an extension changed.' })
export class ChangedTasks {
  @Field(() => [ID], { description: 'Those that were not so before.' })
  tasks!: string[];
}

@ArgsType()
export class TaskArgs extends PageArgs {
  @Field(() => ID, { nullable: true })
  extension?: string | null;

  @Field(() => TaskStatusEnum, { nullable: true })
  status?: TaskStatus | null;

  @Field(() => String, { nullable: true, description: 'The position of a change that the answer must show.' })
  waitFor?: string | null;
}

export function taskOf({ task, schedule, latest }: ShownTask): Task {
  const { id, extension, status, state, changedAt } = task;
  const { version, definition, held, paused } = state;
  const { description, trigger, terms, missed, takesInput, right, fault } = definition;
  const planned = status === 'active' && schedule !== null ? schedule.state : null;
  const times = planned === null ? [] : nextTimes(planned.timing, planned.anchor, planned.next, SHOWN_TIMES).map((time) => new Date(time));
  return {
    ...{ id, extension, version, description, status, reason: held ?? fault ?? paused?.reason ?? null },
    trigger: {
      kind: trigger.kind,
      cron: trigger.kind === 'cron' ? trigger.cron : null,
      timeZone: trigger.kind === 'cron' ? trigger.timeZone : null,
      everySeconds: trigger.kind === 'every' ? trigger.milliseconds / 1_000 : null,
      eventType: trigger.kind === 'event' ? trigger.type : null,
    },
    ...{ deadlineSeconds: terms.deadlineMs === null ? null : terms.deadlineMs / 1_000, retries: terms.retries, overlap: terms.overlap },
    ...{ missed, takesInput, right, schedule: schedule?.id ?? null, nextAt: times[0] ?? null, nextTimes: times },
    ...{ lastRun: latest?.id ?? null, lastStatus: latest?.status ?? null, lastQueuedAt: latest?.queuedAt ?? null, changedAt },
  };
}

export function changedTask(
  id: string,
  { state, revision, position }: Pick<CommandOutcome<TaskState>, 'state' | 'revision' | 'position'>,
): ChangedTask {
  return { id, status: state.status === 'absent' ? 'withdrawn' : taskStatus(state), revision: String(revision), position };
}
