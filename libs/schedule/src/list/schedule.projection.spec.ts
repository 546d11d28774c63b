import { expect, it } from '@jest/globals';
import type { ScheduleEvent } from '../life/schedule.events.js';
import { CREATED, moment, recordedFacts, SCHEDULE, TENANT } from '../life/testing/recorded-facts.js';
import { scheduleProjection, type ScheduleRow } from './schedule.projection.js';

const rowOf = (...facts: readonly ScheduleEvent[]): ScheduleRow | null =>
  recordedFacts(facts).reduce<ScheduleRow | null>((row, event) => scheduleProjection.evolve(row, event), null);
const fire = { schedule: SCHEDULE, fire: `${SCHEDULE}@a`, plannedAt: moment('01:00:00'), manual: false, next: moment('02:00:00') };

it('shows what comes next, what is in hand and what came of the last', () => {
  expect(rowOf(CREATED)).toMatchObject({
    tenant: TENANT,
    schedule: SCHEDULE,
    status: 'active',
    target: 'digest',
    timing_kind: 'cron',
    shard: 1,
    next_at: moment('01:00:00'),
    cursor_at: moment('00:00:00'),
    in_hand: 0,
    last_outcome: null,
    created_by: 'ada',
    created_at: '2026-01-01T09:00:00.000Z',
    position: '1',
  });
  const going = [
    CREATED,
    { type: 'ScheduleFireDue', data: fire },
    { type: 'ScheduleFireStarted', data: { schedule: SCHEDULE, fire: fire.fire, started: 'r' } },
  ] as const;
  expect(rowOf(...going)).toMatchObject({
    in_hand: 1,
    next_at: moment('02:00:00'),
    cursor_at: moment('01:00:00'),
    last_fire_at: moment('01:00:00'),
    last_outcome: 'started',
    created_by: 'ada',
  });
  const end = {
    type: 'ScheduleFireEnded',
    data: { schedule: SCHEDULE, fire: fire.fire, outcome: 'failed', next: moment('02:00:00') },
  } as const;
  expect(rowOf(...going, end)).toMatchObject({ in_hand: 0, last_outcome: 'failed' });
});

it('remembers why it is paused, for as long as it is', () => {
  const paused: ScheduleEvent = { type: 'SchedulePaused', data: { schedule: SCHEDULE, reason: 'holidays' } };
  const missed: ScheduleEvent = { type: 'ScheduleFireEnded', data: { schedule: SCHEDULE, fire: 'x', outcome: 'completed', next: null } };
  expect(rowOf(CREATED, paused, missed)).toMatchObject({ status: 'paused', reason: 'holidays' });
  const resumed: ScheduleEvent = {
    type: 'ScheduleResumed',
    data: { schedule: SCHEDULE, from: moment('05:00:00'), next: moment('06:00:00') },
  };
  expect(rowOf(CREATED, paused, resumed)).toMatchObject({ status: 'active', reason: null });
});

it('has no row once it is deleted, and a new one when it comes back', () => {
  const deleted: ScheduleEvent = { type: 'ScheduleDeleted', data: { schedule: SCHEDULE } };
  expect(rowOf(CREATED, deleted)).toBeNull();
  expect(rowOf(CREATED, deleted, CREATED)).toMatchObject({ status: 'active', position: '3' });
});
