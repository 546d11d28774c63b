import { expect, it } from '@jest/globals';
import { scheduleOf } from './schedule-of.rules.js';
import { set, workflow } from './testing/documents.js';

const scheduled = (schedule: object | undefined, kari: object = {}) =>
  scheduleOf(workflow([set('a')], schedule === undefined ? {} : { schedule }, { metadata: { kari } }));
const none = { cron: null, timeZone: null, every: null, after: null };

it.each([
  [{ cron: '0 9 * * 1-5' }, { timeZone: 'Europe/Paris' }, { ...none, cron: '0 9 * * 1-5', timeZone: 'Europe/Paris' }],
  [{ every: 'PT15M' }, { timeZone: 'Europe/Paris' }, { ...none, every: 900_000 }],
  [{ every: 'P1M' }, {}, { ...none, every: 30 * 86_400_000 }],
  [{ after: { minutes: 5 } }, {}, { ...none, after: 300_000 }],
])('%j is timed as %j says', (schedule, kari, timing) => {
  expect(scheduled(schedule, kari)).toEqual({ timing, overlap: 'skip', missed: 'one' });
});

it('takes the policies of the document', () => {
  expect(scheduled({ every: 'PT1S' }, { overlap: 'cancel-previous', missed: 'all' })).toMatchObject({
    overlap: 'cancel-previous',
    missed: 'all',
  });
});

it('leaves what no clock starts alone', () => {
  expect([scheduled(undefined), scheduled({ on: { one: { with: { type: 'a.b.c.v1' } } } })]).toEqual([null, null]);
});
