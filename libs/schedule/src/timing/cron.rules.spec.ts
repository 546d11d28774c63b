import { describe, expect, it } from '@jest/globals';
import { seededRandom } from '@kari/kernel/testing';
import { sizeOf } from '../../../../test/support/size.js';
import { cronProblem, nextCron } from './cron.rules.js';
import { generatedCron, nextByMinutes } from './testing/generated-cron.js';

const times = (cron: string, timeZone: string, after: string, count: number): readonly string[] => {
  const found: string[] = [];
  for (let moment: number | null = Date.parse(after); found.length < count;) {
    moment = nextCron({ cron, timeZone }, moment);
    if (moment === null) break;
    found.push(new Date(moment).toISOString().slice(0, 16));
  }
  return found;
};

describe('D-17 a clock that is set forward', () => {
  it.each([
    ['30 2 * * *', 'America/New_York', '2026-03-07T12:00:00Z', ['2026-03-08T07:00', '2026-03-09T06:30']],
    ['15,45 2 * * *', 'America/New_York', '2026-03-07T12:00:00Z', ['2026-03-08T07:00', '2026-03-09T06:15', '2026-03-09T06:45']],
    ['0 2,3 * * *', 'America/New_York', '2026-03-07T12:00:00Z', ['2026-03-08T07:00', '2026-03-09T06:00', '2026-03-09T07:00']],
    ['*/30 2 * * *', 'America/New_York', '2026-03-08T05:00:00Z', ['2026-03-09T06:00', '2026-03-09T06:30']],
    ['30 * * * *', 'Europe/Paris', '2026-03-29T00:00:00Z', ['2026-03-29T00:30', '2026-03-29T01:30']],
    ['15 2 * * *', 'Australia/Lord_Howe', '2026-10-02T16:00:00Z', ['2026-10-03T15:30', '2026-10-04T15:15']],
    ['0 0 * * *', 'America/Santiago', '2026-09-05T12:00:00Z', ['2026-09-06T04:00', '2026-09-07T03:00']],
    ['30 23 * * *', 'America/Nuuk', '2026-03-28T12:00:00Z', ['2026-03-29T01:00', '2026-03-30T00:30']],
    ['0 12 30 12 *', 'Pacific/Apia', '2011-12-01T00:00:00Z', ['2011-12-30T10:00', '2012-12-29T22:00']],
  ])('%s in %s from %s', (cron, zone, after, expected) => {
    expect(times(cron, zone, after, expected.length)).toEqual(expected);
  });
});

describe('D-17 a clock that is set back', () => {
  it.each([
    ['30 1 * * *', 'America/New_York', '2026-10-31T12:00:00Z', ['2026-11-01T05:30', '2026-11-02T06:30']],
    ['0,30 1 * * *', 'America/New_York', '2026-11-01T04:00:00Z', ['2026-11-01T05:00', '2026-11-01T05:30', '2026-11-02T06:00']],
    ['30 * * * *', 'Europe/Paris', '2026-10-24T23:45:00Z', ['2026-10-25T00:30', '2026-10-25T01:30', '2026-10-25T02:30']],
    [
      '*/30 1 * * *',
      'America/New_York',
      '2026-11-01T04:50:00Z',
      ['2026-11-01T05:00', '2026-11-01T05:30', '2026-11-01T06:00', '2026-11-01T06:30'],
    ],
    ['45 1 * * *', 'Australia/Lord_Howe', '2026-04-03T16:00:00Z', ['2026-04-04T14:45', '2026-04-05T15:15']],
    ['30 23 * * *', 'America/Santiago', '2026-04-04T12:00:00Z', ['2026-04-05T02:30', '2026-04-06T03:30']],
  ])('%s in %s from %s', (cron, zone, after, expected) => {
    expect(times(cron, zone, after, expected.length)).toEqual(expected);
  });
});

describe('D-17 the calendar', () => {
  it.each([
    ['0 0 29 2 *', '2026-01-01T00:00:00Z', ['2028-02-29T00:00', '2032-02-29T00:00']],
    ['0 0 29 2 *', '2096-03-01T00:00:00Z', ['2104-02-29T00:00']],
    ['0 0 29 2 +MON', '2026-01-01T00:00:00Z', ['2044-02-29T00:00', '2072-02-29T00:00', '2112-02-29T00:00']],
    ['0 0 L * *', '2028-01-31T00:00:00Z', ['2028-02-29T00:00', '2028-03-31T00:00']],
    ['0 0 15W * *', '2026-01-20T00:00:00Z', ['2026-02-16T00:00', '2026-03-16T00:00']],
    ['0 0 1W * *', '2026-07-15T00:00:00Z', ['2026-08-03T00:00', '2026-09-01T00:00']],
    ['0 0 LW * *', '2026-01-01T00:00:00Z', ['2026-01-30T00:00', '2026-02-27T00:00']],
    ['0 0 * * 5#2', '2026-01-01T00:00:00Z', ['2026-01-09T00:00', '2026-02-13T00:00']],
    ['0 0 * * 5L', '2026-01-01T00:00:00Z', ['2026-01-30T00:00', '2026-02-27T00:00']],
    ['0 0 13 * 5', '2026-01-03T00:00:00Z', ['2026-01-09T00:00', '2026-01-13T00:00', '2026-01-16T00:00']],
    ['0 0 1,15,31 * *', '2026-02-01T00:00:00Z', ['2026-02-15T00:00', '2026-03-01T00:00']],
    ['59 23 31 12 *', '2026-12-31T23:59:00Z', ['2027-12-31T23:59']],
  ])('%s from %s', (cron, after, expected) => {
    expect(times(cron, 'UTC', after, expected.length)).toEqual(expected);
  });

  it.each([
    ['0 0 30 2 *', 'UTC', 'the cron expression never comes'],
    ['0 0 * *', 'UTC', 'the cron expression has not five fields'],
    ['0 0 0 * * *', 'UTC', 'the cron expression has not five fields'],
    ['61 * * * *', 'UTC', 'the cron expression is wrong'],
    ['@daily', 'UTC', 'the cron expression has not five fields'],
    [`${'1,'.repeat(70)}1 * * * *`, 'UTC', 'the cron expression is longer than 128 characters'],
    ['0 0 * * *', 'Mars/Base', '"Mars/Base" is no IANA time zone'],
    ['0 0 * * *', '', '"" is no IANA time zone'],
  ])('refuses %s in %s: %s', (cron, timeZone, reason) => {
    expect(cronProblem({ cron, timeZone })).toMatch(reason.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  });
});

const RANDOM = sizeOf('D-17', { t1: 600, t2: 100_000 });
const SEED = Number(process.env['KARI_SEED'] ?? Date.now() % 1_000_000);

it(`D-17 ${RANDOM} random expressions come when a look at every minute says, and never twice (seed ${SEED})`, () => {
  const random = seededRandom(SEED);
  for (let index = 0; index < RANDOM; index += 1) {
    const generated = generatedCron(random);
    const { cron, timeZone, after } = generated;
    const named = `${cron} in ${timeZone} after ${new Date(after).toISOString()}, number ${index} of seed ${SEED}`;
    let before = after;
    for (let step = 0; step < 4; step += 1) {
      const next = nextCron({ cron, timeZone }, before);
      if (next !== null && next <= before) throw new Error(`not later: ${named}`);
      const looked = nextByMinutes({ ...generated, after: before }, 3);
      if (looked !== null ? next !== looked : next !== null && next <= before + 3 * 86_400_000)
        throw new Error(
          `${next === null ? 'never' : new Date(next).toISOString()} and not ${looked === null ? 'later' : new Date(looked).toISOString()}: ${named}`,
        );
      if (next === null || looked === null) break;
      before = next;
    }
  }
  expect(random.next()).toBeLessThan(1);
}, 600_000);
