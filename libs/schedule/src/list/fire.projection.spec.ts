import { expect, it } from '@jest/globals';
import type { ScheduleEvent } from '../life/schedule.events.js';
import { moment, recordedFacts, SCHEDULE } from '../life/testing/recorded-facts.js';
import { fireProjection, type FireRow } from './fire.projection.js';

const rowOf = (...facts: readonly ScheduleEvent[]): FireRow | null =>
  recordedFacts(facts).reduce<FireRow | null>((row, event) => fireProjection.evolve(row, event), null);
const fire = `${SCHEDULE}@${moment('01:00:00')}`;
const planned = { schedule: SCHEDULE, fire, plannedAt: moment('01:00:00'), manual: false, next: null };
const due: ScheduleEvent = { type: 'ScheduleFireDue', data: planned };

it('follows a planned time to the end of what it started', () => {
  const queued: ScheduleEvent = { type: 'ScheduleFireQueued', data: { ...planned, cancels: false } };
  expect(rowOf(queued)).toMatchObject({ status: 'queued', reason: 'waits until an earlier start has ended', position: '1' });
  const started: ScheduleEvent = { type: 'ScheduleFireStarted', data: { schedule: SCHEDULE, fire, started: 'r' } };
  expect(rowOf(queued, due, started)).toMatchObject({ status: 'started', started: 'r', reason: null, position: '1', count: 1 });
  const ended: ScheduleEvent = { type: 'ScheduleFireEnded', data: { schedule: SCHEDULE, fire, outcome: 'cancelled', next: null } };
  expect(rowOf(queued, due, started, ended)).toMatchObject({ status: 'cancelled', started: 'r' });
});

it('tells in words why nothing was started', () => {
  const skipped = (reason: 'overlap' | 'replaced'): ScheduleEvent => ({ type: 'ScheduleFireSkipped', data: { ...planned, reason } });
  expect(rowOf(skipped('overlap'))).toMatchObject({ status: 'skipped', reason: 'an earlier start went on' });
  expect(rowOf(skipped('replaced'))).toMatchObject({ status: 'skipped', reason: 'a newer one took its place while it waited' });
  const refused: ScheduleEvent = {
    type: 'ScheduleFireRefused',
    data: { schedule: SCHEDULE, fire, code: 'X', reason: 'X (a: b)', next: null },
  };
  expect(rowOf(due, refused)).toMatchObject({ status: 'refused', reason: 'X (a: b)' });
});

it('puts what was missed together into one row', () => {
  const missed: ScheduleEvent = {
    type: 'ScheduleFiresMissed',
    data: { schedule: SCHEDULE, count: 3, from: moment('01:00:00'), to: moment('03:00:00'), next: null },
  };
  const [event] = recordedFacts([missed]);
  expect(fireProjection.keyOf(event!)?.[2]).toBe(`${SCHEDULE}@missed:${moment('01:00:00')}`);
  expect(rowOf(missed)).toMatchObject({ status: 'missed', count: 3, planned_at: moment('01:00:00'), planned_until: moment('03:00:00') });
});
