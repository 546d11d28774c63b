import { describe, expect, it } from '@jest/globals';
import { dueTimes, judgedTiming, nextAfter, nextTimes, type Timing } from './timing.rules.js';

const at = (time: string): string => `2026-01-01T${time}.000Z`;
const ANCHOR = at('00:00:10');
const EVERY: Timing = { kind: 'every', milliseconds: 60_000 };
const CRON: Timing = { kind: 'cron', cron: '*/10 * * * *', timeZone: 'UTC' };
const AFTER: Timing = { kind: 'after', milliseconds: 5_000 };
const ONCE: Timing = { kind: 'at', at: at('04:00:00') };

describe('what is asked for', () => {
  it('is one clock, in one form', () => {
    expect(judgedTiming({ cron: ' 0  9 * * 1-5 ' }, ANCHOR)).toEqual({ kind: 'cron', cron: '0 9 * * 1-5', timeZone: 'UTC' });
    expect(judgedTiming({ at: '2026-01-01T05:00:00+01:00' }, ANCHOR)).toEqual({ kind: 'at', at: at('04:00:00') });
    expect(judgedTiming({ every: 1_000.4 }, ANCHOR)).toEqual({ kind: 'every', milliseconds: 1_000 });
  });
});

describe('what comes next', () => {
  it.each([
    [EVERY, ANCHOR, at('00:01:10')],
    [EVERY, at('00:01:10'), at('00:02:10')],
    [EVERY, at('00:01:09'), at('00:01:10')],
    [EVERY, '2025-01-01T00:00:00.000Z', at('00:01:10')],
    [CRON, at('00:10:00'), at('00:20:00')],
    [AFTER, at('00:00:00'), at('00:00:05')],
    [ONCE, at('03:00:00'), at('04:00:00')],
    [ONCE, at('04:00:00'), null],
  ])('of %j behind %s is %s', (timing, moment, next) => {
    expect(nextAfter(timing, ANCHOR, moment)).toBe(next);
  });

  it('is known as far ahead as it does not depend on the work', () => {
    expect(nextTimes(EVERY, ANCHOR, at('00:01:10'), 2)).toEqual([at('00:01:10'), at('00:02:10')]);
    expect(nextTimes({ kind: 'after', milliseconds: 5_000 }, ANCHOR, at('00:01:10'), 2)).toEqual([at('00:01:10')]);
    expect(nextTimes({ kind: 'at', at: at('04:00:00') }, ANCHOR, at('04:00:00'), 2)).toEqual([at('04:00:00')]);
  });
});

describe('what is due', () => {
  it.each([EVERY, CRON])('of %j is the newest, with what was let go', (timing) => {
    const step = timing.kind === 'every' ? ['00:01:10', '00:02:10', '00:03:10'] : ['00:10:00', '00:20:00', '00:30:00'];
    const now = timing.kind === 'every' ? at('00:03:30') : at('00:35:00');
    expect(dueTimes(timing, ANCHOR, ANCHOR, now, 1)).toEqual({
      dropped: { count: 2, from: at(step[0]!), to: at(step[1]!) },
      kept: [at(step[2]!)],
    });
    expect(dueTimes(timing, ANCHOR, ANCHOR, now, 9)).toEqual({ dropped: null, kept: step.map(at) });
    expect(dueTimes(timing, ANCHOR, at(step[2]!), now, 9)).toEqual({ dropped: null, kept: [] });
  });

  it('in part, where more is due than one decision looks at', () => {
    const { dropped, kept } = dueTimes({ kind: 'cron', cron: '* * * * *', timeZone: 'UTC' }, ANCHOR, ANCHOR, '2026-02-01T00:00:00.000Z', 9);
    expect({ dropped, kept }).toEqual({ dropped: { count: 500, from: at('00:01:00'), to: at('08:20:00') }, kept: [] });
  });
});
