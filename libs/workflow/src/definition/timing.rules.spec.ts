import { describe, expect, it } from '@jest/globals';
import { set, workflow } from './testing/documents.js';
import { millisecondsOf, timingFindings } from './timing.rules.js';

const found = (tasks: unknown, more = {}, head = {}) =>
  timingFindings(workflow(tasks, more, head)).map(({ code, pointer }) => `${code} ${pointer}`);
const scheduled = (schedule: object, kari: object = {}) => found([set('a')], { schedule }, { metadata: { kari } });
const retrying = (retry: object) => found([{ a: { try: [set('b')], catch: { retry } } }]);

describe('durations', () => {
  it.each([
    [{ minutes: 15 }, 900_000],
    [{ days: 1, milliseconds: 1 }, 86_400_001],
    ['PT15M', 900_000],
    ['P1DT1.5S', 86_401_500],
    ['P', null],
    ['PT', null],
    ['soon', null],
    [{}, null],
  ])('%j is %s ms', (duration, milliseconds) => {
    expect(millisecondsOf(duration as never)).toBe(milliseconds);
  });

  it.each([
    [{ a: { wait: 'PT1H' } }, []],
    [{ a: { wait: '${ .pause }' } }, []],
    [{ a: { wait: 'soon' } }, ['WORKFLOW_DURATION_INVALID /do/0/a/wait']],
    [{ a: { wait: { seconds: -1 } } }, ['WORKFLOW_DURATION_INVALID /do/0/a/wait']],
    [{ a: { wait: { days: 10_000 } } }, ['WORKFLOW_DURATION_INVALID /do/0/a/wait']],
    [{ wait: { set: { wait: 'soon', after: 'lunch' } } }, []],
    [{ a: { call: 'text.x@1', with: { delay: 'long' }, timeout: { after: 'x' } } }, ['WORKFLOW_DURATION_INVALID /do/0/a/timeout/after']],
  ])('in %j', (task, expected) => {
    expect(found([task])).toEqual(expected);
  });
});

describe('a schedule', () => {
  it.each([
    [{ cron: '0 9 * * 1-5' }, { timeZone: 'Europe/Paris' }, []],
    [{ cron: '0 9 * * 1-5' }, { timeZone: 'Mars/Base' }, ['WORKFLOW_TIME_ZONE_INVALID /document/metadata/kari/timeZone']],
    [{ cron: '0 9 * *' }, {}, ['WORKFLOW_CRON_INVALID /schedule/cron']],
    [{ cron: '61 9 * * *' }, {}, ['WORKFLOW_CRON_INVALID /schedule/cron']],
    [{ cron: 'at nine' }, {}, ['WORKFLOW_CRON_INVALID /schedule/cron']],
    [{ cron: '0 0 30 2 *' }, {}, ['WORKFLOW_CRON_INVALID /schedule/cron']],
    [{ cron: '0 9 * * *', every: { minutes: 5 } }, {}, ['WORKFLOW_SCHEDULE_INVALID /schedule/every']],
    [{}, {}, ['WORKFLOW_SCHEDULE_INVALID /schedule']],
    [{ every: { milliseconds: 10 } }, {}, ['WORKFLOW_DURATION_INVALID /schedule/every']],
    [{ every: '${ .x }' }, {}, ['WORKFLOW_DURATION_INVALID /schedule/every']],
    [{ every: 'PT15M' }, {}, []],
  ])('%j with %j', (schedule, kari, expected) => {
    expect(scheduled(schedule, kari)).toEqual(expected);
  });
});

describe('a retry', () => {
  it.each([
    [{ limit: { attempt: { count: 5 } } }, []],
    [{ delay: { seconds: 1 }, limit: { duration: { minutes: 5 } } }, []],
    [{ delay: { seconds: 1 } }, ['WORKFLOW_RETRY_ENDLESS /do/0/a/catch/retry']],
    [{ limit: { attempt: {} } }, ['WORKFLOW_RETRY_ENDLESS /do/0/a/catch/retry']],
    [{ limit: { duration: { minutes: 5 } } }, ['WORKFLOW_RETRY_ENDLESS /do/0/a/catch/retry']],
    [{ limit: { attempt: { count: 1e6 } } }, ['WORKFLOW_RETRY_ENDLESS /do/0/a/catch/retry/limit/attempt/count']],
    [{ limit: { attempt: { count: 2 } }, jitter: { from: 'PT2S', to: 'PT1S' } }, ['WORKFLOW_DURATION_INVALID /do/0/a/catch/retry/jitter']],
  ])('%j', (retry, expected) => {
    expect(retrying(retry)).toEqual(expected);
  });

  it('ends as well where it is named', () => {
    expect(found([set('a')], { use: { retries: { often: {} } } })).toEqual(['WORKFLOW_RETRY_ENDLESS /use/retries/often']);
  });
});
