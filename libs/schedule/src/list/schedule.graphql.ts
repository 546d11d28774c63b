// Schedules in the public schema.
import { ArgsType, Field, Float, ID, InputType, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import type { CommandOutcome } from '@kari/kernel';
import { Json, PageArgs } from '@kari/platform/graphql';
import type { AskedTiming, Missed, Overlap } from '../contract.js';
import type { KnownSchedule, ScheduleState } from '../life/schedule-state.rules.js';
import { nextTimes } from '../timing/timing.rules.js';
import type { FireStatus } from './fire.projection.js';
import type { FireView } from './fire.view.js';
import type { ScheduleView } from './schedule.view.js';

const SHOWN_TIMES = 5;

const ScheduleStatusEnum = { NONE: 'none', ACTIVE: 'active', PAUSED: 'paused', FINISHED: 'finished', DELETED: 'deleted' } as const;
registerEnumType(ScheduleStatusEnum, { name: 'ScheduleStatus', description: 'FINISHED: no planned time will come any more.' });

export const OverlapEnum = { ALLOW: 'allow', SKIP: 'skip', QUEUE: 'queue', CANCEL_PREVIOUS: 'cancel-previous' } as const;
registerEnumType(OverlapEnum, { name: 'ScheduleOverlap', description: 'What happens to a planned time while an earlier start goes on.' });

export const MissedEnum = { SKIP: 'skip', ONE: 'one', ALL: 'all' } as const;
registerEnumType(MissedEnum, { name: 'ScheduleMissed', description: 'What happens to planned times that nobody could start.' });

const FireStatusEnum = {
  DUE: 'due',
  QUEUED: 'queued',
  SKIPPED: 'skipped',
  MISSED: 'missed',
  STARTED: 'started',
  REFUSED: 'refused',
  COMPLETED: 'completed',
  FAILED: 'failed',
  CANCELLED: 'cancelled',
} as const;
registerEnumType(FireStatusEnum, {
  name: 'ScheduleFireStatus',
  description: 'DUE: about to be started. REFUSED: could not be started. COMPLETED, FAILED, CANCELLED: the end of what was started.',
});

@ObjectType({ description: 'When a schedule starts something: one of the four.' })
export class ScheduleTiming {
  @Field(() => String, { nullable: true, description: 'Five fields.' })
  cron!: string | null;

  @Field(() => String, { nullable: true, description: 'IANA name, for cron.' })
  timeZone!: string | null;

  @Field(() => Float, { nullable: true, description: 'From one start to the next.' })
  everySeconds!: number | null;

  @Field(() => Float, { nullable: true, description: 'From the end of one start to the next.' })
  afterSeconds!: number | null;

  @Field(() => Date, { nullable: true, description: 'Once.' })
  at!: Date | null;
}

@ObjectType({ description: 'What starts something at planned times.' })
export class Schedule {
  @Field(() => ID)
  id!: string;

  @Field(() => String)
  name!: string;

  @Field(() => String, { description: 'What is started: workflow, or task.' })
  targetKind!: string;

  @Field(() => ID)
  target!: string;

  @Field(() => Boolean, { description: 'Brought along by its target, and changed with it alone.' })
  attached!: boolean;

  @Field(() => Json, { nullable: true })
  input!: unknown;

  @Field(() => ScheduleTiming)
  timing!: ScheduleTiming;

  @Field(() => OverlapEnum)
  overlap!: Overlap;

  @Field(() => MissedEnum)
  missed!: Missed;

  @Field(() => Int, { description: 'Planned times that ALL makes up for.' })
  missedLimit!: number;

  @Field(() => ScheduleStatusEnum)
  status!: KnownSchedule['status'];

  @Field(() => String, { nullable: true, description: 'Why it was paused.' })
  reason!: string | null;

  @Field(() => Date, { nullable: true })
  nextAt!: Date | null;

  @Field(() => [Date], { description: `The next ${SHOWN_TIMES} planned times; one where each depends on the end of the one before.` })
  nextTimes!: Date[];

  @Field(() => Int, { description: 'Starts that wait or go on.' })
  inHand!: number;

  @Field(() => Date, { nullable: true, description: 'The last planned time that was dealt with.' })
  lastFireAt!: Date | null;

  @Field(() => FireStatusEnum, { nullable: true })
  lastOutcome!: string | null;

  @Field(() => Date)
  createdAt!: Date;

  @Field(() => ID)
  createdBy!: string;

  @Field(() => Date)
  changedAt!: Date;
}

@ObjectType({ description: 'What became of a planned time.' })
export class ScheduleFire {
  @Field(() => ID, { description: '<schedule>@<planned time>.' })
  id!: string;

  @Field(() => Date)
  plannedAt!: Date;

  @Field(() => Date, { nullable: true, description: 'The last of several that were missed together.' })
  plannedUntil!: Date | null;

  @Field(() => Int, { description: 'Planned times that it stands for.' })
  count!: number;

  @Field(() => Boolean, { description: 'Somebody asked for it.' })
  manual!: boolean;

  @Field(() => FireStatusEnum)
  status!: FireStatus;

  @Field(() => String, { nullable: true, description: 'In words: why nothing was started, or not yet.' })
  reason!: string | null;

  @Field(() => ID, { nullable: true, description: 'The run of the workflow, or of the task, that was started.' })
  started!: string | null;

  @Field(() => Date)
  decidedAt!: Date;

  @Field(() => Date)
  changedAt!: Date;
}

@ObjectType({ description: 'A schedule right after a change.' })
export class ChangedSchedule {
  @Field(() => ID)
  id!: string;

  @Field(() => ScheduleStatusEnum)
  status!: ScheduleState['status'];

  @Field(() => Date, { nullable: true })
  nextAt!: Date | null;

  @Field(() => String)
  revision!: string;

  @Field(() => String, { nullable: true, description: 'Give it to a read as waitFor.' })
  position!: string | null;
}

@InputType({ description: 'Exactly one of cron, everySeconds, afterSeconds and at.' })
export class ScheduleTimingInput {
  @Field(() => String, { nullable: true, description: 'Five fields: minute, hour, day, month, weekday; L, W and # are understood.' })
  cron?: string | null;

  @Field(() => String, { nullable: true, description: 'IANA name for cron; default UTC.' })
  timeZone?: string | null;

  @Field(() => Float, { nullable: true, description: 'One second to ten years.' })
  everySeconds?: number | null;

  @Field(() => Float, { nullable: true, description: 'One second to ten years.' })
  afterSeconds?: number | null;

  @Field(() => Date, { nullable: true })
  at?: Date | null;
}

@InputType()
export class CreateScheduleInput {
  @Field(() => String, { description: 'At most 200 characters.' })
  name!: string;

  @Field(() => ID, { description: 'The workflow to start: always the version that is active then.' })
  workflow!: string;

  @Field(() => Json, { nullable: true, description: 'At most 64 Ki characters.' })
  input?: unknown;

  @Field(() => ScheduleTimingInput)
  timing!: ScheduleTimingInput;

  @Field(() => OverlapEnum, { nullable: true, description: 'Default: SKIP.' })
  overlap?: Overlap | null;

  @Field(() => MissedEnum, { nullable: true, description: 'Default: ONE.' })
  missed?: Missed | null;

  @Field(() => Int, { nullable: true, description: 'For ALL: the newest so many, 1 to 500. Default: 100.' })
  missedLimit?: number | null;
}

@InputType({ description: 'What is left out stays.' })
export class ChangeScheduleInput {
  @Field(() => ID)
  id!: string;

  @Field(() => String, { nullable: true })
  name?: string | null;

  @Field(() => Json, { nullable: true })
  input?: unknown;

  @Field(() => ScheduleTimingInput, { nullable: true, description: 'Counts from now.' })
  timing?: ScheduleTimingInput | null;

  @Field(() => OverlapEnum, { nullable: true })
  overlap?: Overlap | null;

  @Field(() => MissedEnum, { nullable: true })
  missed?: Missed | null;

  @Field(() => Int, { nullable: true })
  missedLimit?: number | null;
}

@ArgsType()
export class ScheduleArgs extends PageArgs {
  @Field(() => ID, { nullable: true, description: 'Schedules of that workflow.' })
  workflow?: string | null;

  @Field(() => ScheduleStatusEnum, { nullable: true })
  status?: KnownSchedule['status'] | null;

  @Field(() => String, { nullable: true, description: 'The position of a change that the answer must show.' })
  waitFor?: string | null;
}

@ArgsType()
export class ScheduleFireArgs extends PageArgs {
  @Field(() => ID)
  schedule!: string;

  @Field(() => FireStatusEnum, { nullable: true })
  status?: FireStatus | null;

  @Field(() => String, { nullable: true, description: 'The position of a change that the answer must show.' })
  waitFor?: string | null;
}

export function scheduleOf(view: ScheduleView): Schedule {
  const { state, targetKind, target, nextAt, inHand, lastFireAt, lastOutcome, createdAt, createdBy, changedAt, id, name, status, reason } =
    view;
  const { attached, input, timing, overlap, missed, missedLimit, anchor, next } = state;
  const times = status === 'active' ? nextTimes(timing, anchor, next, SHOWN_TIMES).map((time) => new Date(time)) : [];
  return {
    ...{
      id,
      name,
      targetKind,
      target,
      attached,
      input: input ?? null,
      timing: timingOf(timing),
      overlap,
      missed,
      missedLimit,
      status,
      reason,
    },
    ...{ nextAt: status === 'active' ? nextAt : null, nextTimes: times, inHand, lastFireAt, lastOutcome, createdAt, createdBy, changedAt },
  };
}

function timingOf(timing: KnownSchedule['timing']): ScheduleTiming {
  return {
    cron: timing.kind === 'cron' ? timing.cron : null,
    timeZone: timing.kind === 'cron' ? timing.timeZone : null,
    everySeconds: timing.kind === 'every' ? timing.milliseconds / 1_000 : null,
    afterSeconds: timing.kind === 'after' ? timing.milliseconds / 1_000 : null,
    at: timing.kind === 'at' ? new Date(timing.at) : null,
  };
}

export function fireOf({
  id,
  plannedAt,
  plannedUntil,
  count,
  manual,
  status,
  reason,
  started,
  decidedAt,
  changedAt,
}: FireView): ScheduleFire {
  return { id, plannedAt, plannedUntil, count, manual, status, reason, started, decidedAt, changedAt };
}

export function askedTiming({ cron, timeZone, everySeconds, afterSeconds, at }: ScheduleTimingInput): AskedTiming {
  return {
    cron: cron ?? null,
    timeZone: timeZone ?? null,
    every: everySeconds === undefined || everySeconds === null ? null : everySeconds * 1_000,
    after: afterSeconds === undefined || afterSeconds === null ? null : afterSeconds * 1_000,
    at: at === undefined || at === null ? null : at.toISOString(),
  };
}

export function changedSchedule(
  id: string,
  { state, revision, position }: Pick<CommandOutcome<ScheduleState>, 'state' | 'revision' | 'position'>,
): ChangedSchedule {
  const next = state.status === 'active' ? state.next : null;
  return { id, status: state.status, nextAt: next === null ? null : new Date(next), revision: String(revision), position };
}
