import { expect, it } from '@jest/globals';
import { durationMilliseconds } from './duration.rules.js';

it.each([
  ['PT1S', 1_000],
  ['PT0.25S', 250],
  ['PT1M', 60_000],
  ['PT1H30M', 5_400_000],
  ['P1D', 86_400_000],
  ['P1M', 2_592_000_000],
  ['P1Y', 31_536_000_000],
  ['P2W', 1_209_600_000],
  ['P1Y1M1DT1H1M1S', 31_536_000_000 + 2_592_000_000 + 86_400_000 + 3_661_000],
])('%s lasts %s ms', (duration, milliseconds) => expect(durationMilliseconds(duration)).toBe(milliseconds));

it.each(['', '1H', 'PT', 'P1H', 'PT1S2M', 'an hour'])('%j lasts nothing', (text) => expect(durationMilliseconds(text)).toBe(0));
