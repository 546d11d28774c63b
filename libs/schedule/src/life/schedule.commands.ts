// Wishes about one schedule: of people, of what it is attached to, and of the scheduler for what time brought and what it learned.
import { streamId, type Command, type StreamId } from '@kari/kernel';
import { z } from 'zod';
import { fireId, MISSED, OUTCOMES, OVERLAPS, SCHEDULE_CATEGORY, target } from './schedule.events.js';
import { MOST_KEPT } from '../timing/timing.rules.js';

/** Whose leases decide who fires a schedule. */
export const SHARDS = 4;
const MOST_INPUT = 64 * 1024;

const schedule = z.uuid();
const moment = z.iso.datetime();
const name = z.string().trim().min(1).max(200);
const timing = z.strictObject({
  cron: z.string().max(1_000).nullish(),
  timeZone: z.string().max(100).nullish(),
  every: z.number().nullish(),
  after: z.number().nullish(),
  at: z.string().max(100).nullish(),
});
const input = z.unknown().refine((value) => value === undefined || JSON.stringify(value).length <= MOST_INPUT, {
  message: `must be at most ${MOST_INPUT} characters of JSON`,
});
const overlap = z.enum(OVERLAPS);
const missed = z.enum(MISSED);
const missedLimit = z.number().int().min(1).max(MOST_KEPT);

export const createSchedule = z.strictObject({
  /** Why it cannot be made, found before it was sent: whoever asks is authorised and recorded first. */
  impossible: z.strictObject({ code: z.string(), facts: z.record(z.string(), z.unknown()) }).optional(),
  schedule,
  name,
  target,
  input,
  timing,
  overlap,
  missed,
  missedLimit,
});
/** What is left out stays. */
export const changeSchedule = z.strictObject({
  schedule,
  name: name.optional(),
  input: input.optional(),
  timing: timing.optional(),
  overlap: overlap.optional(),
  missed: missed.optional(),
  missedLimit: missedLimit.optional(),
});
export const pauseSchedule = z.strictObject({ schedule, reason: z.string().max(500).nullable() });
export const resumeSchedule = z.strictObject({ schedule });
export const deleteSchedule = z.strictObject({ schedule });
export const runScheduleNow = z.strictObject({ schedule });
export const attachSchedule = z.strictObject({ schedule, name, target, timing, overlap, missed });
export const detachSchedule = z.strictObject({ schedule });
/** `now`: as the clock of the schedule has it, which for intervals is the one that never jumps. */
export const advanceSchedule = z.strictObject({ schedule, now: moment });
export const recordFireStart = z.strictObject({ schedule, fire: fireId, started: z.string().min(1).max(200) });
export const recordFireRefusal = z.strictObject({
  schedule,
  fire: fireId,
  code: z.string().max(100),
  reason: z.string().max(1_000),
  now: moment,
});
export const recordFireEnd = z.strictObject({ schedule, fire: fireId, outcome: z.enum(OUTCOMES), now: moment });

export type ScheduleCommand =
  | Command<'CreateSchedule', z.infer<typeof createSchedule>>
  | Command<'ChangeSchedule', z.infer<typeof changeSchedule>>
  | Command<'PauseSchedule', z.infer<typeof pauseSchedule>>
  | Command<'ResumeSchedule', z.infer<typeof resumeSchedule>>
  | Command<'DeleteSchedule', z.infer<typeof deleteSchedule>>
  | Command<'RunScheduleNow', z.infer<typeof runScheduleNow>>
  | Command<'AttachSchedule', z.infer<typeof attachSchedule>>
  | Command<'DetachSchedule', z.infer<typeof detachSchedule>>
  | Command<'AdvanceSchedule', z.infer<typeof advanceSchedule>>
  | Command<'RecordFireStart', z.infer<typeof recordFireStart>>
  | Command<'RecordFireRefusal', z.infer<typeof recordFireRefusal>>
  | Command<'RecordFireEnd', z.infer<typeof recordFireEnd>>;

export function scheduleStream(tenant: string, id: string): StreamId {
  return streamId(SCHEDULE_CATEGORY, tenant, id);
}

export function shardOf(id: string): number {
  return Number.parseInt(id.slice(-4), 16) % SHARDS;
}
