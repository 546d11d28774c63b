import { expect, it } from '@jest/globals';
import { backOff } from './back-off.rules.js';

it('doubles from half a second to a minute', () => {
  expect([1, 2, 3, 7, 8, 50].map((crashes) => backOff(crashes, 1))).toEqual([500, 1000, 2000, 32_000, 60_000, 60_000]);
});

it('is certain by half and chance by half', () => {
  expect([backOff(1, 0), backOff(1, 0.5), backOff(0, 0)]).toEqual([250, 375, 250]);
});
