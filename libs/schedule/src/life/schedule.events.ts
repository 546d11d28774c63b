// What happened to a schedule, stream `schedule.schedule-<tenant>~<uuid>`. Each fact that moves it on carries the next planned time, so that reading
// the stream again asks no calendar.
import type { DomainEvent } from '@kari/kernel';
import { z } from 'zod';

export const SCHEDULE_CATEGORY = 'schedule.schedule';

const schedule = z.uuid();
const moment = z.iso.datetime();
const next = moment.nullable();
const milliseconds = z.number().int().min(1_000);
/** `<schedule>@<planned time>`, or `<schedule>@manual:<command>`. */
export const fireId = z.string().min(1).max(100);

const timing = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('cron'), cron: z.string(), timeZone: z.string() }),
  z.strictObject({ kind: z.literal('every'), milliseconds }),
  z.strictObject({ kind: z.literal('after'), milliseconds }),
  z.strictObject({ kind: z.literal('at'), at: moment }),
]);

export const OVERLAPS = ['allow', 'skip', 'queue', 'cancel-previous'] as const;
export const MISSED = ['skip', 'one', 'all'] as const;
export const OUTCOMES = ['completed', 'failed', 'cancelled'] as const;
const SKIPS = ['overlap', 'replaced', 'queue-full', 'too-many'] as const;
export type SkipReason = (typeof SKIPS)[number];

export const target = z.strictObject({ kind: z.string().min(1).max(40), id: z.string().min(1).max(200) });

const definition = {
  name: z.string(),
  target,
  input: z.unknown(),
  timing,
  overlap: z.enum(OVERLAPS),
  missed: z.enum(MISSED),
  /** Planned times that `all` makes up for. */
  missedLimit: z.number().int().min(1),
};

const created = z.strictObject({
  schedule,
  ...definition,
  /** Brought along by its target, and changed by it alone. */
  attached: z.boolean(),
  shard: z.number().int().min(0),
  /** Planned times count from here. */
  from: moment,
  next,
});
const changed = z.strictObject({
  schedule,
  ...definition,
  /** Where planned times count from anew; null when the timing is as before. */
  from: moment.nullable(),
  next,
});
const paused = z.strictObject({ schedule, reason: z.string().nullable() });
const resumed = z.strictObject({ schedule, from: moment, next });
const deleted = z.strictObject({ schedule });
/** The wall clock had been far ahead and was set back: planned times count from now, those that were used up early too. */
const realigned = z.strictObject({ schedule, from: moment, next });

const planned = { schedule, fire: fireId, plannedAt: moment, manual: z.boolean(), next };
/** Decided: it is to be started, and will be however often the process that does so is killed. */
const fireDue = z.strictObject(planned);
/** Waits for the end of what goes on; `cancels`: and asks for that end. */
const fireQueued = z.strictObject({ ...planned, cancels: z.boolean() });
const fireSkipped = z.strictObject({ ...planned, reason: z.enum(SKIPS) });
const firesMissed = z.strictObject({ schedule, count: z.number().int().min(1), from: moment, to: moment, next });
const fireStarted = z.strictObject({ schedule, fire: fireId, started: z.string().min(1).max(200) });
const fireRefused = z.strictObject({ schedule, fire: fireId, code: z.string(), reason: z.string(), next });
const fireEnded = z.strictObject({ schedule, fire: fireId, outcome: z.enum(OUTCOMES), next });

export type ScheduleEvent =
  | DomainEvent<'ScheduleCreated', z.infer<typeof created>>
  | DomainEvent<'ScheduleChanged', z.infer<typeof changed>>
  | DomainEvent<'SchedulePaused', z.infer<typeof paused>>
  | DomainEvent<'ScheduleResumed', z.infer<typeof resumed>>
  | DomainEvent<'ScheduleDeleted', z.infer<typeof deleted>>
  | DomainEvent<'ScheduleRealigned', z.infer<typeof realigned>>
  | DomainEvent<'ScheduleFireDue', z.infer<typeof fireDue>>
  | DomainEvent<'ScheduleFireQueued', z.infer<typeof fireQueued>>
  | DomainEvent<'ScheduleFireSkipped', z.infer<typeof fireSkipped>>
  | DomainEvent<'ScheduleFiresMissed', z.infer<typeof firesMissed>>
  | DomainEvent<'ScheduleFireStarted', z.infer<typeof fireStarted>>
  | DomainEvent<'ScheduleFireRefused', z.infer<typeof fireRefused>>
  | DomainEvent<'ScheduleFireEnded', z.infer<typeof fireEnded>>;

export const scheduleEvents = [
  { type: 'ScheduleCreated', version: 1, schema: created },
  { type: 'ScheduleChanged', version: 1, schema: changed },
  { type: 'SchedulePaused', version: 1, schema: paused },
  { type: 'ScheduleResumed', version: 1, schema: resumed },
  { type: 'ScheduleDeleted', version: 1, schema: deleted },
  { type: 'ScheduleRealigned', version: 1, schema: realigned },
  { type: 'ScheduleFireDue', version: 1, schema: fireDue },
  { type: 'ScheduleFireQueued', version: 1, schema: fireQueued },
  { type: 'ScheduleFireSkipped', version: 1, schema: fireSkipped },
  { type: 'ScheduleFiresMissed', version: 1, schema: firesMissed },
  { type: 'ScheduleFireStarted', version: 1, schema: fireStarted },
  { type: 'ScheduleFireRefused', version: 1, schema: fireRefused },
  { type: 'ScheduleFireEnded', version: 1, schema: fireEnded },
] as const;
