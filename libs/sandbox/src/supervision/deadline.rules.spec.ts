import { expect, it } from '@jest/globals';
import { countsAsMissed } from './deadline.rules.js';

const full = { milliseconds: 10_000, classMilliseconds: 10_000, starved: false };

it('counts a process that did not answer in all the time of its class', () => {
  expect(countsAsMissed(full)).toBe(true);
});

it('counts it too when the start of the sandbox took a part of that time', () => {
  expect(countsAsMissed({ ...full, milliseconds: 9_990 })).toBe(true);
  expect(countsAsMissed({ ...full, milliseconds: 5_000 })).toBe(true);
});

it('S-10 counts nothing when the caller gave far less: nobody kills an extension by being impatient', () => {
  expect(countsAsMissed({ ...full, milliseconds: 4_999 })).toBe(false);
  expect(countsAsMissed({ ...full, milliseconds: 1 })).toBe(false);
});

it('counts nothing against a process that got no processor', () => {
  expect(countsAsMissed({ ...full, starved: true })).toBe(false);
});
