import { describe, expect, it } from '@jest/globals';
import { specify } from '@kari/kernel/testing';
import type { Missed, Overlap } from '../contract.js';
import type { Timing } from '../timing/timing.rules.js';
import type { ScheduleCommand } from './schedule.commands.js';
import { MOST_QUEUED, scheduleDecider } from './schedule.decider.js';
import type { ScheduleEvent } from './schedule.events.js';
import { evolveSchedule, initialSchedule, type ScheduleState } from './schedule-state.rules.js';

const { given } = specify(scheduleDecider);
const schedule = '0197a3c0-1111-7000-8000-000000000001';
const at = (time: string): string => `2026-01-01T${time}.000Z`;
const NOW = { now: at('00:00:00') };
const HOURLY: Timing = { kind: 'cron', cron: '0 * * * *', timeZone: 'UTC' };
const target = { kind: 'workflow', id: 'digest' };

interface Set {
  readonly timing?: Timing;
  readonly overlap?: Overlap;
  readonly missed?: Missed;
  readonly missedLimit?: number;
}
const definition = ({ timing = HOURLY, overlap = 'skip', missed = 'one', missedLimit = 100 }: Set = {}) => ({
  name: 'Digest',
  target,
  input: { a: 1 },
  timing,
  overlap,
  missed,
  missedLimit,
});
const created = (set: Set = {}, next: string | null = at('01:00:00'), attached = false): ScheduleEvent => ({
  type: 'ScheduleCreated',
  data: { schedule, ...definition(set), attached, shard: 1, from: NOW.now, next },
});
const planned = (time: string, next: string | null) => ({
  schedule,
  fire: `${schedule}@${at(time)}`,
  plannedAt: at(time),
  manual: false,
  next,
});
const due = (time: string, next: string | null): ScheduleEvent => ({ type: 'ScheduleFireDue', data: planned(time, next) });
const queued = (time: string, next: string | null, cancels = false): ScheduleEvent => ({
  type: 'ScheduleFireQueued',
  data: { ...planned(time, next), cancels },
});
const skipped = (time: string, next: string | null, reason: 'overlap' | 'replaced' | 'queue-full' = 'overlap'): ScheduleEvent => ({
  type: 'ScheduleFireSkipped',
  data: { ...planned(time, next), reason },
});
const missed = (count: number, from: string, to: string, next: string | null): ScheduleEvent => ({
  type: 'ScheduleFiresMissed',
  data: { schedule, count, from: at(from), to: at(to), next },
});
const started = (time: string): ScheduleEvent => ({
  type: 'ScheduleFireStarted',
  data: { schedule, fire: `${schedule}@${at(time)}`, started: `run ${time}` },
});
const ended = (time: string, next: string | null): ScheduleEvent => ({
  type: 'ScheduleFireEnded',
  data: { schedule, fire: `${schedule}@${at(time)}`, outcome: 'completed', next },
});
const advance = (now: string): ScheduleCommand => ({ type: 'AdvanceSchedule', data: { schedule, now: at(now) } });
const end = (time: string, now: string): ScheduleCommand => ({
  type: 'RecordFireEnd',
  data: { schedule, fire: `${schedule}@${at(time)}`, outcome: 'completed', now: at(now) },
});

describe('a planned time', () => {
  it('is dealt with once it has come, and once', () => {
    given([created()]).when(advance('00:59:59')).thenNothing();
    given([created()])
      .when(advance('01:00:00'))
      .then([due('01:00:00', at('02:00:00'))]);
    given([created(), due('01:00:00', at('02:00:00'))])
      .when(advance('01:00:01'))
      .thenNothing();
  });

  it('has an id that schedule and planned time make, whenever it is dealt with', () => {
    for (const now of ['01:00:00', '01:00:07', '01:43:21'])
      given([created()])
        .when(advance(now))
        .then([due('01:00:00', at('02:00:00'))]);
  });

  it('is not dealt with while the schedule is paused, and not made up for afterwards', () => {
    const paused: ScheduleEvent = { type: 'SchedulePaused', data: { schedule, reason: null } };
    given([created(), paused]).when(advance('03:00:00')).thenNothing();
    given([created(), paused])
      .when({ type: 'ResumeSchedule', data: { schedule } }, { now: at('02:30:00') })
      .then([{ type: 'ScheduleResumed', data: { schedule, from: at('02:30:00'), next: at('03:00:00') } }]);
  });

  it('comes once where it comes once: then the schedule is finished', () => {
    const once: Timing = { kind: 'at', at: at('05:00:00') };
    given([created({ timing: once }, at('05:00:00'))])
      .when(advance('05:00:00'))
      .then([due('05:00:00', null)]);
    expect(fold([created({ timing: once }, at('05:00:00')), due('05:00:00', null)])).toMatchObject({ status: 'finished', next: null });
    given([created({ timing: once }, at('05:00:00')), due('05:00:00', null)])
      .when({ type: 'PauseSchedule', data: { schedule, reason: null } })
      .thenRejected('SCHEDULE_FINISHED');
  });
});

describe('planned times that nobody could start', () => {
  it('are let go under skip, unless the last is not late', () => {
    given([created({ missed: 'skip' })])
      .when(advance('04:30:00'))
      .then([missed(4, '01:00:00', '04:00:00', at('05:00:00'))]);
    given([created({ missed: 'skip' })])
      .when(advance('04:00:30'))
      .then([missed(3, '01:00:00', '03:00:00', at('04:00:00')), due('04:00:00', at('05:00:00'))]);
  });

  it('are made up for by one under one', () => {
    given([created()])
      .when(advance('04:30:00'))
      .then([missed(3, '01:00:00', '03:00:00', at('04:00:00')), due('04:00:00', at('05:00:00'))]);
  });

  it('are made up for one by one under all, the newest so many', () => {
    given([created({ missed: 'all', overlap: 'allow', missedLimit: 2 })])
      .when(advance('04:30:00'))
      .then([missed(2, '01:00:00', '02:00:00', at('03:00:00')), due('03:00:00', at('04:00:00')), due('04:00:00', at('05:00:00'))]);
    given([created({ missed: 'all', overlap: 'queue' })])
      .when(advance('02:30:00'))
      .then([due('01:00:00', at('02:00:00')), queued('02:00:00', at('03:00:00'))]);
  });

  it('of years are let go in parts, so that no decision takes long', () => {
    const minutely: Timing = { kind: 'cron', cron: '* * * * *', timeZone: 'UTC' };
    let state = fold([created({ timing: minutely, missed: 'all', missedLimit: 3, overlap: 'queue' }, at('00:01:00'))]);
    let [counted, decisions] = [0, 0];
    const fires: string[] = [];
    for (let events: readonly ScheduleEvent[] = [{ type: 'ScheduleDeleted', data: { schedule } }]; events.length > 0; decisions += 1) {
      events = scheduleDecider.decide({ type: 'AdvanceSchedule', data: { schedule, now: '2026-01-03T00:00:30.000Z' } }, state, METADATA);
      for (const event of events) {
        state = evolveSchedule(state, event);
        if (event.type === 'ScheduleFiresMissed') counted += event.data.count;
        if (event.type === 'ScheduleFireDue' || event.type === 'ScheduleFireQueued') fires.push(event.data.plannedAt.slice(11, 16));
      }
    }
    expect({ counted, fires, decisions }).toEqual({ counted: 2 * 1440 - 3, fires: ['23:58', '23:59', '00:00'], decisions: 6 });
  });

  it('of an interval are counted, not walked', () => {
    const secondly: Timing = { kind: 'every', milliseconds: 1_000 };
    const ten = 10 * 365 * 86_400;
    const events = scheduleDecider.decide(
      { type: 'AdvanceSchedule', data: { schedule, now: '2035-12-30T00:00:00.000Z' } },
      fold([created({ timing: secondly }, at('00:00:01'))]),
      METADATA,
    );
    expect(events).toMatchObject([{ type: 'ScheduleFiresMissed', data: { count: ten - 1 } }, { type: 'ScheduleFireDue' }]);
  });
});

describe('a planned time while an earlier start goes on', () => {
  const busy = (overlap: Overlap): readonly ScheduleEvent[] => [created({ overlap }), due('01:00:00', at('02:00:00')), started('01:00:00')];

  it('is let go under skip', () => {
    given(busy('skip'))
      .when(advance('02:00:00'))
      .then([skipped('02:00:00', at('03:00:00'))]);
    given([...busy('skip'), ended('01:00:00', at('02:00:00'))])
      .when(advance('02:00:00'))
      .then([due('02:00:00', at('03:00:00'))]);
  });

  it('is started beside it under allow', () => {
    given(busy('allow'))
      .when(advance('02:00:00'))
      .then([due('02:00:00', at('03:00:00'))]);
  });

  it('waits under queue, and comes in order', () => {
    given(busy('queue'))
      .when(advance('02:00:00'))
      .then([queued('02:00:00', at('03:00:00'))]);
    const waiting = [...busy('queue'), queued('02:00:00', at('03:00:00')), queued('03:00:00', at('04:00:00'))];
    given(waiting)
      .when(end('01:00:00', '03:10:00'))
      .then([ended('01:00:00', at('04:00:00')), due('02:00:00', at('04:00:00'))]);
    expect(fold([...waiting, ended('01:00:00', at('04:00:00')), due('02:00:00', at('04:00:00'))])).toMatchObject({
      cursor: at('03:00:00'),
      open: [{ plannedAt: at('02:00:00'), started: null }],
      queue: [{ plannedAt: at('03:00:00') }],
    });
  });

  it('is let go when as many wait as may', () => {
    const more = Array.from({ length: MOST_QUEUED }, (_, index): ScheduleEvent => ({
      type: 'ScheduleFireQueued',
      data: { ...planned('01:30:00', at('02:00:00')), fire: `manual ${index}`, manual: true, cancels: false },
    }));
    given([...busy('queue'), ...more])
      .when(advance('02:00:00'))
      .then([skipped('02:00:00', at('03:00:00'), 'queue-full')]);
  });

  it('takes its place under cancel-previous, once that has ended; a newer one takes the place of the one that waits', () => {
    given(busy('cancel-previous'))
      .when(advance('02:00:00'))
      .then([queued('02:00:00', at('03:00:00'), true)]);
    const waiting = [...busy('cancel-previous'), queued('02:00:00', at('03:00:00'), true)];
    expect(fold(waiting)).toMatchObject({ open: [{ cancelling: true }] });
    given(waiting)
      .when(advance('03:00:00'))
      .then([skipped('02:00:00', at('03:00:00'), 'replaced'), queued('03:00:00', at('04:00:00'), true)]);
  });
});

describe('work that follows its own end', () => {
  const AFTER: Set = { timing: { kind: 'after', milliseconds: 300_000 } };
  it('has no next time until it has ended, and then counts from there', () => {
    given([created(AFTER, at('00:05:00'))])
      .when(advance('00:05:00'))
      .then([due('00:05:00', null)]);
    given([created(AFTER, at('00:05:00')), due('00:05:00', null), started('00:05:00')])
      .when(end('00:05:00', '00:20:00'))
      .then([ended('00:05:00', at('00:25:00'))]);
  });

  it('goes on after a start that was refused, and however late it is', () => {
    const fire = `${schedule}@${at('00:05:00')}`;
    given([created(AFTER, at('00:05:00')), due('00:05:00', null)])
      .when({ type: 'RecordFireRefusal', data: { schedule, fire, code: 'WORKFLOW_INACTIVE', reason: 'r', now: at('00:06:00') } })
      .then([{ type: 'ScheduleFireRefused', data: { schedule, fire, code: 'WORKFLOW_INACTIVE', reason: 'r', next: at('00:11:00') } }]);
    given([created({ ...AFTER, missed: 'skip' }, at('00:05:00'))])
      .when(advance('09:00:00'))
      .then([due('00:05:00', null)]);
  });
});

describe('what is learned of a fire', () => {
  const fire = `${schedule}@${at('01:00:00')}`;
  const start: ScheduleCommand = { type: 'RecordFireStart', data: { schedule, fire, started: 'run 01:00:00' } };
  it('is recorded once', () => {
    const begun = [created(), due('01:00:00', at('02:00:00'))];
    given(begun)
      .when(start)
      .then([started('01:00:00')]);
    given([...begun, started('01:00:00')])
      .when(start)
      .thenNothing();
    given([...begun, started('01:00:00'), ended('01:00:00', at('02:00:00'))])
      .when(end('01:00:00', '01:10:00'))
      .thenNothing();
    given([created()]).when(start).thenNothing();
  });

  it('is never a refusal once it was started', () => {
    given([created(), due('01:00:00', at('02:00:00')), started('01:00:00')])
      .when({ type: 'RecordFireRefusal', data: { schedule, fire, code: 'X', reason: 'r', now: at('01:01:00') } })
      .thenNothing();
  });
});

describe('a wall clock that was far ahead', () => {
  it('and was set back: planned times count from now', () => {
    given([
      created(),
      missed(70_000, '01:00:00', '01:00:00', '2034-01-01T02:00:00.000Z'),
      { type: 'ScheduleResumed', data: { schedule, from: '2034-01-01T01:00:00.000Z', next: '2034-01-01T02:00:00.000Z' } },
    ])
      .when(advance('05:30:00'))
      .then([{ type: 'ScheduleRealigned', data: { schedule, from: at('05:30:00'), next: at('06:00:00') } }]);
  });

  it('by less than an hour moves nothing', () => {
    given([created(), due('01:00:00', at('02:00:00'))])
      .when(advance('00:10:00'))
      .thenNothing();
  });
});

describe('setting it', () => {
  const wish = {
    schedule,
    name: 'Digest',
    target,
    input: { a: 1 },
    timing: { cron: '0 * * * *' },
    overlap: 'skip',
    missed: 'one',
    missedLimit: 100,
  } as const;
  const create: ScheduleCommand = { type: 'CreateSchedule', data: wish };
  const change = (more: object): ScheduleCommand => ({ type: 'ChangeSchedule', data: { schedule, ...more } });

  it('makes the first planned time known', () => {
    given([]).when(create, NOW).then([created()]);
    given([created()]).when(create, NOW).thenRejected('REQUEST_KEY_REUSED');
    given([])
      .when({ ...create, data: { ...wish, impossible: { code: 'WORKFLOW_NOT_FOUND', facts: {} } } }, NOW)
      .thenRejected('WORKFLOW_NOT_FOUND');
  });

  it.each([
    [{}],
    [{ cron: '0 * * * *', every: 5_000 }],
    [{ cron: '0 0 30 2 *' }],
    [{ cron: 'at nine' }],
    [{ cron: '0 * * * *', timeZone: 'Mars/Base' }],
    [{ every: 10 }],
    [{ every: Number.NaN }],
    [{ after: 1e15 }],
    [{ every: 5_000, timeZone: 'Europe/Paris' }],
    [{ at: 'soon' }],
    [{ at: '2025-12-31T00:00:00Z' }],
    [{ at: '2099-01-01T00:00:00Z' }],
  ])('with %j is refused', (timing) => {
    given([])
      .when({ type: 'CreateSchedule', data: { ...wish, timing } }, NOW)
      .thenRejected('SCHEDULE_TIMING_INVALID');
  });

  it('anew counts from now; anything else leaves what is planned as it is', () => {
    given([created()])
      .when(change({ timing: { every: 60_000 } }), { now: at('00:30:00') })
      .then([
        {
          type: 'ScheduleChanged',
          data: {
            schedule,
            ...definition({ timing: { kind: 'every', milliseconds: 60_000 } }),
            from: at('00:30:00'),
            next: at('00:31:00'),
          },
        },
      ]);
    given([created()])
      .when(change({ overlap: 'allow', input: null }), { now: at('00:30:00') })
      .then([
        { type: 'ScheduleChanged', data: { schedule, ...definition({ overlap: 'allow' }), input: null, from: null, next: at('01:00:00') } },
      ]);
    given([created()])
      .when(change({ overlap: 'skip' }), NOW)
      .thenNothing();
    given([]).when(change({}), NOW).thenRejected('SCHEDULE_NOT_FOUND');
  });

  it('is up to the target where it came with it', () => {
    const attached = created({}, at('01:00:00'), true);
    given([attached])
      .when(change({ overlap: 'allow' }))
      .thenRejected('SCHEDULE_ATTACHED');
    given([attached]).when({ type: 'DeleteSchedule', data: { schedule } }).thenRejected('SCHEDULE_ATTACHED');
    given([attached])
      .when({ type: 'PauseSchedule', data: { schedule, reason: 'r' } })
      .then([{ type: 'SchedulePaused', data: { schedule, reason: 'r' } }]);
    given([attached])
      .when({ type: 'DetachSchedule', data: { schedule } })
      .then([{ type: 'ScheduleDeleted', data: { schedule } }]);
    given([]).when({ type: 'DetachSchedule', data: { schedule } }).thenNothing();
  });
});

describe('a schedule of its target', () => {
  const attach = (timing: object): ScheduleCommand => ({
    type: 'AttachSchedule',
    data: { schedule, name: 'Digest', target, timing, overlap: 'skip', missed: 'one' },
  });
  const attached = (timing: Timing, from: string, next: string): ScheduleEvent => ({
    type: 'ScheduleCreated',
    data: { schedule, ...definition({ timing }), input: null, attached: true, shard: 1, from, next },
  });
  const first = attached(HOURLY, NOW.now, at('01:00:00'));

  it('follows each version, and keeps what is planned where the timing is as before', () => {
    given([])
      .when(attach({ cron: '0 * * * *' }), NOW)
      .then([first]);
    given([first])
      .when(attach({ cron: '0 * * * *' }), { now: at('00:30:00') })
      .thenNothing();
    given([first])
      .when(attach({ every: 60_000 }), { now: at('00:30:00') })
      .then([
        {
          type: 'ScheduleChanged',
          data: {
            schedule,
            ...definition({ timing: { kind: 'every', milliseconds: 60_000 } }),
            input: null,
            from: at('00:30:00'),
            next: at('00:31:00'),
          },
        },
      ]);
  });

  it('comes back with what it had started before still in hand', () => {
    const before = [first, due('01:00:00', at('02:00:00')), started('01:00:00'), { type: 'ScheduleDeleted', data: { schedule } } as const];
    given(before).when(advance('02:00:00')).thenNothing();
    const again = attached(HOURLY, at('05:00:00'), at('06:00:00'));
    given(before)
      .when(attach({ cron: '0 * * * *' }), { now: at('05:00:00') })
      .then([again]);
    given([...before, again])
      .when(advance('06:00:00'))
      .then([skipped('06:00:00', at('07:00:00'))]);
  });
});

describe('run now', () => {
  const run: ScheduleCommand = { type: 'RunScheduleNow', data: { schedule } };
  const manual = {
    schedule,
    fire: `${schedule}@manual:00000000-0000-7000-8000-000000000001`,
    plannedAt: at('00:10:00'),
    manual: true,
    next: at('01:00:00'),
  };

  it('starts it beside its planned times, paused or not', () => {
    given([created()])
      .when(run, { now: at('00:10:00') })
      .then([{ type: 'ScheduleFireDue', data: manual }]);
    expect(fold([created(), { type: 'ScheduleFireDue', data: manual }])).toMatchObject({ cursor: NOW.now, next: at('01:00:00') });
    given([created(), { type: 'SchedulePaused', data: { schedule, reason: null } }])
      .when(run, { now: at('00:10:00') })
      .then([{ type: 'ScheduleFireDue', data: manual }]);
  });

  it('keeps to what the schedule does on overlap', () => {
    const busy = (overlap: Overlap) => [created({ overlap }), due('01:00:00', at('02:00:00'))];
    given(busy('skip')).when(run).thenRejected('SCHEDULE_BUSY');
    given(busy('queue'))
      .when(run, { now: at('00:10:00') })
      .then([{ type: 'ScheduleFireQueued', data: { ...manual, next: at('02:00:00'), cancels: false } }]);
    given([]).when(run).thenRejected('SCHEDULE_NOT_FOUND');
  });
});

const METADATA = {
  commandId: '00000000-0000-7000-8000-000000000001',
  tenant: '00000000-0000-7000-8000-00000000000a',
  actor: 'system:test',
  actorKind: 'system',
  correlationId: '00000000-0000-7000-8000-000000000002',
  now: NOW.now,
} as const;

function fold(events: readonly ScheduleEvent[]): ScheduleState {
  return events.reduce<ScheduleState>(evolveSchedule, initialSchedule);
}
