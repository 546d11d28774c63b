// Decides the life of one schedule: set, changed, paused, resumed, deleted, and what becomes of each planned time. A planned time is dealt with
// once: what is decided to be started is a fact before anything is started, under an id that only schedule and planned time make.
import { canonicalJson, rejected, type CommandMetadata, type Decider } from '@kari/kernel';
import { dueTimes, judgedTiming, nextAfter } from '../timing/timing.rules.js';
import type { ScheduleCommand } from './schedule.commands.js';
import { shardOf } from './schedule.commands.js';
import type { ScheduleEvent } from './schedule.events.js';
import {
  evolveSchedule,
  initialSchedule,
  type KnownSchedule,
  type ScheduleDefinition,
  type ScheduleState,
} from './schedule-state.rules.js';

/** A planned time older than this when it is looked at was missed. */
const MISSED_AFTER_MS = 60_000;
/** A cursor further ahead than this was set by a clock that was wrong. */
export const AHEAD_MS = 3_600_000;
export const MOST_QUEUED = 100;
const MOST_OPEN = 1_000;
/** What a workflow's own schedule makes up for under `all`. */
export const DEFAULT_MISSED_LIMIT = 100;

type DataOf<T extends ScheduleCommand['type']> = Extract<ScheduleCommand, { readonly type: T }>['data'];

export const scheduleDecider: Decider<ScheduleCommand, ScheduleEvent, ScheduleState> = {
  decide(command, state, { now, commandId }) {
    const { schedule } = command.data;
    switch (command.type) {
      case 'CreateSchedule':
        return create(command.data, state, now);
      case 'AttachSchedule':
        return attach(command.data, state, now);
      case 'DetachSchedule':
        return live(state) === null ? [] : [{ type: 'ScheduleDeleted', data: { schedule } }];
      case 'AdvanceSchedule':
        return state.status === 'active' ? advance(state, command.data.now) : [];
      case 'RecordFireStart':
        return state.status !== 'none' && state.open.some(({ fire, started }) => fire === command.data.fire && started === null)
          ? [{ type: 'ScheduleFireStarted', data: command.data }]
          : [];
      case 'RecordFireRefusal':
      case 'RecordFireEnd':
        return state.status === 'none' ? [] : ended(state, command);
      default:
        return wished(command, live(state) ?? unknown(schedule), { now, commandId });
    }
  },
  evolve: evolveSchedule,
  initialState: initialSchedule,
};

type Wish = Extract<
  ScheduleCommand,
  { readonly type: 'ChangeSchedule' | 'PauseSchedule' | 'ResumeSchedule' | 'DeleteSchedule' | 'RunScheduleNow' }
>;

/** What people ask of a schedule that there is. */
function wished(
  command: Wish,
  state: KnownSchedule,
  { now, commandId }: Pick<CommandMetadata, 'now' | 'commandId'>,
): readonly ScheduleEvent[] {
  const { schedule } = state;
  switch (command.type) {
    case 'ChangeSchedule': {
      if (state.attached) throw rejected('SCHEDULE_ATTACHED', { schedule, target: state.target.id });
      const { schedule: _, timing, ...set } = command.data;
      const given = Object.fromEntries(Object.entries(set).filter(([, value]) => value !== undefined)) as Partial<ScheduleDefinition>;
      return change(
        state,
        { ...definitionOf(state), ...given, timing: timing === undefined ? state.timing : judgedTiming(timing, now) },
        now,
      );
    }
    case 'PauseSchedule':
      ofItsOwn(state);
      if (state.status === 'finished') throw rejected('SCHEDULE_FINISHED', { schedule });
      return state.status === 'paused' ? [] : [{ type: 'SchedulePaused', data: { schedule, reason: command.data.reason } }];
    case 'ResumeSchedule':
      ofItsOwn(state);
      if (state.status !== 'paused') return [];
      // What was planned meanwhile was not wanted: it counts as neither missed nor skipped.
      return [{ type: 'ScheduleResumed', data: { schedule, from: now, next: nextFrom(state, now) } }];
    case 'DeleteSchedule':
      if (state.attached) throw rejected('SCHEDULE_ATTACHED', { schedule, target: state.target.id });
      return [{ type: 'ScheduleDeleted', data: { schedule } }];
    case 'RunScheduleNow':
      if (state.overlap === 'skip' && busy(state)) throw rejected('SCHEDULE_BUSY', { schedule });
      return placed(state, { fire: `${schedule}@manual:${commandId}`, plannedAt: now, manual: true, next: state.next });
  }
}

function create(
  { impossible, schedule, timing, ...set }: DataOf<'CreateSchedule'>,
  state: ScheduleState,
  now: string,
): readonly ScheduleEvent[] {
  if (impossible !== undefined) throw rejected(impossible.code, impossible.facts);
  if (state.status !== 'none') throw rejected('REQUEST_KEY_REUSED', { operation: 'CreateSchedule', commandId: schedule });
  return created(schedule, { ...set, timing: judgedTiming(timing, now) }, false, now);
}

function attach({ schedule, timing, ...set }: DataOf<'AttachSchedule'>, state: ScheduleState, now: string): readonly ScheduleEvent[] {
  const known = live(state);
  const definition = { ...set, timing: judgedTiming(timing, now), missedLimit: DEFAULT_MISSED_LIMIT };
  return known === null ? created(schedule, definition, true, now) : change(known, definition, now);
}

function created(schedule: string, definition: ScheduleDefinition, attached: boolean, now: string): readonly ScheduleEvent[] {
  const next = nextAfter(definition.timing, now, now);
  return [{ type: 'ScheduleCreated', data: { schedule, ...withInput(definition), attached, shard: shardOf(schedule), from: now, next } }];
}

/** Another timing counts from now; with the same one everything planned stays planned. */
function change(state: KnownSchedule, definition: ScheduleDefinition, now: string): readonly ScheduleEvent[] {
  const before = withInput(definitionOf(state));
  const after = withInput(definition);
  if (canonicalJson(before) === canonicalJson(after)) return [];
  const anew = canonicalJson(before.timing) !== canonicalJson(after.timing);
  const next = anew ? nextFrom({ ...state, ...after, anchor: now }, now) : state.next;
  return [{ type: 'ScheduleChanged', data: { schedule: state.schedule, ...after, from: anew ? now : null, next } }];
}

/** What has fallen due up to now, each planned time once. */
function advance(state: KnownSchedule, now: string): readonly ScheduleEvent[] {
  const { schedule, timing, anchor, cursor, next } = state;
  if (isAhead(state, now)) return [{ type: 'ScheduleRealigned', data: { schedule, from: now, next: nextAfter(timing, now, now) } }];
  if (next === null || next > now) return [];
  const due =
    timing.kind === 'after'
      ? { dropped: null, kept: [next] }
      : dueTimes(timing, anchor, cursor, now, state.missed === 'all' ? state.missedLimit : 1);
  const { dropped, kept } = lateOnesLetGo(state, due, now);
  const last = kept.at(-1) ?? dropped?.to ?? now;
  const afterLast = timing.kind === 'after' ? null : nextAfter(timing, anchor, last);

  const events: ScheduleEvent[] = [];
  if (dropped !== null) events.push({ type: 'ScheduleFiresMissed', data: { schedule, ...dropped, next: kept[0] ?? afterLast } });
  let folded: ScheduleState = state;
  for (const [index, plannedAt] of kept.entries()) {
    const fire = `${schedule}@${plannedAt}`;
    const facts = placed(folded as KnownSchedule, { fire, plannedAt, manual: false, next: kept[index + 1] ?? afterLast });
    for (const fact of facts) folded = evolveSchedule(folded, fact);
    events.push(...facts);
  }
  return events;
}

/** Under `skip` nothing is started that is late; work that follows its own end is only ever late, never missed. */
function lateOnesLetGo(
  { missed, timing }: KnownSchedule,
  { dropped, kept }: ReturnType<typeof dueTimes>,
  now: string,
): ReturnType<typeof dueTimes> {
  const [only] = kept;
  const late = only !== undefined && Date.parse(now) - Date.parse(only) > MISSED_AFTER_MS;
  if (missed !== 'skip' || timing.kind === 'after' || !late) return { dropped, kept };
  return { dropped: { count: (dropped?.count ?? 0) + 1, from: dropped?.from ?? only, to: only }, kept: [] };
}

interface Planned {
  readonly fire: string;
  readonly plannedAt: string;
  readonly manual: boolean;
  readonly next: string | null;
}

/** What becomes of one planned time, by what else goes on. */
function placed(state: KnownSchedule, planned: Planned): readonly ScheduleEvent[] {
  const { schedule, overlap, queue, open } = state;
  const data = { schedule, ...planned, next: state.timing.kind === 'after' ? null : planned.next };
  const skipped = (reason: 'overlap' | 'queue-full' | 'too-many'): readonly ScheduleEvent[] => [
    { type: 'ScheduleFireSkipped', data: { ...data, reason } },
  ];
  if (!busy(state)) return [{ type: 'ScheduleFireDue', data }];
  switch (overlap) {
    case 'allow':
      return open.length >= MOST_OPEN ? skipped('too-many') : [{ type: 'ScheduleFireDue', data }];
    case 'skip':
      return skipped('overlap');
    case 'queue':
      return queue.length >= MOST_QUEUED ? skipped('queue-full') : [{ type: 'ScheduleFireQueued', data: { ...data, cancels: false } }];
    case 'cancel-previous':
      return [
        ...queue.map((waiting): ScheduleEvent => ({
          type: 'ScheduleFireSkipped',
          data: { schedule, ...waiting, reason: 'replaced', next: state.next },
        })),
        { type: 'ScheduleFireQueued', data: { ...data, cancels: true } },
      ];
  }
}

/** The end of a fire, or that it could not begin; whoever waits first comes next. */
function ended(
  state: KnownSchedule,
  command: Extract<ScheduleCommand, { readonly type: 'RecordFireEnd' | 'RecordFireRefusal' }>,
): readonly ScheduleEvent[] {
  const { schedule, queue, timing } = state;
  const { fire, now } = command.data;
  const open = state.open.find((one) => one.fire === fire);
  if (open === undefined || (command.type === 'RecordFireRefusal' && open.started !== null)) return [];
  const alone = state.open.length === 1;
  const next =
    timing.kind === 'after' && alone && queue.length === 0 && state.status !== 'deleted' ? nextAfter(timing, now, now) : state.next;
  const [first] = queue;
  const followed: readonly ScheduleEvent[] =
    alone && first !== undefined ? [{ type: 'ScheduleFireDue', data: { schedule, ...first, next } }] : [];
  if (command.type === 'RecordFireEnd')
    return [{ type: 'ScheduleFireEnded', data: { schedule, fire, outcome: command.data.outcome, next } }, ...followed];
  return [
    { type: 'ScheduleFireRefused', data: { schedule, fire, code: command.data.code, reason: command.data.reason, next } },
    ...followed,
  ];
}

/** A task is paused itself: one place tells whether anything starts it. */
function ofItsOwn({ attached, schedule, target }: KnownSchedule): void {
  if (attached && target.kind === 'task') throw rejected('SCHEDULE_OF_TASK', { schedule, task: target.id });
}

function busy({ open, queue }: KnownSchedule): boolean {
  return open.length > 0 || queue.length > 0;
}

/** Work that follows its own end has no next time while it goes on. */
function nextFrom(state: KnownSchedule, moment: string): string | null {
  return state.timing.kind === 'after' && busy(state) ? null : nextAfter(state.timing, state.anchor, moment);
}

function live(state: ScheduleState): KnownSchedule | null {
  return state.status === 'none' || state.status === 'deleted' ? null : state;
}

function unknown(schedule: string): never {
  throw rejected('SCHEDULE_NOT_FOUND', { schedule });
}

function definitionOf({ name, target, input, timing, overlap, missed, missedLimit }: KnownSchedule): ScheduleDefinition {
  return { name, target, input, timing, overlap, missed, missedLimit };
}

function withInput(definition: ScheduleDefinition) {
  return { ...definition, input: definition.input ?? null };
}

/** Whether a clock that was wrong has left it waiting for a time that is too far away. */
export function isAhead({ timing, cursor, next }: KnownSchedule, now: string): boolean {
  if (next === null) return false;
  const far = Date.parse(now) + AHEAD_MS;
  return timing.kind === 'every' || timing.kind === 'after' ? Date.parse(next) > far + timing.milliseconds : Date.parse(cursor) > far;
}
