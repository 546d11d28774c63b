import { expect, it } from '@jest/globals';
import { millisecondsOf } from './duration.rules.js';

it.each([
  ['PT1.5S', 1500],
  ['P1DT2H', 93_600_000],
  ['P2W', 1_209_600_000],
  [{ minutes: 1, milliseconds: 5 }, 60_005],
  [{}, 0],
])('reads %j', (duration, milliseconds) => expect(millisecondsOf(duration)).toBe(milliseconds));

it.each(['P1Y', 'P', 'PT', 'soon', 'PT-1S', { weeks: 1 } as never, { seconds: '1' } as never, { days: 9_999_999 }])(
  'refuses %j',
  (duration) => expect(millisecondsOf(duration)).toBeNull(),
);
