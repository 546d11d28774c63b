import { expect, it } from '@jest/globals';
import { evolveSchedule, initialSchedule, type ScheduleState } from './schedule-state.rules.js';
import type { ScheduleEvent } from './schedule.events.js';

const schedule = '0197a3c0-1111-7000-8000-000000000001';
const at = (time: string): string => `2026-01-01T${time}:00.000Z`;
const CREATED: ScheduleEvent = {
  type: 'ScheduleCreated',
  data: {
    schedule,
    name: 'n',
    target: { kind: 'workflow', id: 'w' },
    input: null,
    timing: { kind: 'cron', cron: '0 * * * *', timeZone: 'UTC' },
    overlap: 'queue',
    missed: 'one',
    missedLimit: 1,
    attached: false,
    shard: 0,
    from: at('00:00'),
    next: at('01:00'),
  },
};
const fold = (...events: readonly ScheduleEvent[]) => events.reduce<ScheduleState>(evolveSchedule, initialSchedule);
const due = (hour: string, next: string): ScheduleEvent => ({
  type: 'ScheduleFireDue',
  data: { schedule, fire: hour, plannedAt: at(`${hour}:00`), manual: false, next },
});

it('knows nothing before it was made', () => {
  expect(fold({ type: 'SchedulePaused', data: { schedule, reason: null } })).toEqual({ status: 'none' });
});

it('moves its cursor with planned times alone, and not back by what waited', () => {
  const waiting: ScheduleEvent = {
    type: 'ScheduleFireQueued',
    data: { schedule, fire: '02', plannedAt: at('02:00'), manual: false, cancels: false, next: at('03:00') },
  };
  const manual: ScheduleEvent = {
    type: 'ScheduleFireDue',
    data: { schedule, fire: 'm', plannedAt: at('09:00'), manual: true, next: at('04:00') },
  };
  const state = fold(CREATED, due('01', at('02:00')), waiting, due('03', at('04:00')), due('02', at('04:00')), manual);
  expect(state).toMatchObject({ cursor: at('03:00'), next: at('04:00'), queue: [] });
  expect(state).toMatchObject({ open: [{ fire: '01' }, { fire: '03' }, { fire: '02' }, { fire: 'm' }] });
});

it('lets go of what waits when it is deleted, and remembers what goes on', () => {
  const gone = fold(CREATED, due('01', at('02:00')), { type: 'ScheduleDeleted', data: { schedule } });
  expect(gone).toMatchObject({ status: 'deleted', next: null, open: [{ fire: '01' }] });
  expect(evolveSchedule(gone, CREATED)).toMatchObject({ status: 'active', open: [{ fire: '01' }] });
});
