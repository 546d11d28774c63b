import { expect, it } from '@jest/globals';
import { deadlineOf, stepAfter, stepsOf, stepsToUndo } from './installation.rules.js';

it('ends with the trial when it is not to be enabled', () => {
  expect(stepsOf(true)).toEqual(['verify', 'dependencies', 'data', 'trial', 'activate']);
  expect(stepsOf(false)).toEqual(['verify', 'dependencies', 'data', 'trial']);
});
it('knows what comes next', () => {
  expect([stepAfter(null, true), stepAfter('trial', true), stepAfter('trial', false), stepAfter('activate', true)]).toEqual([
    'verify',
    'activate',
    null,
    null,
  ]);
});
it('takes back what touched the world, last first, finished or not', () => {
  expect(stepsToUndo(['verify', 'dependencies', 'data', 'trial', 'activate'])).toEqual(['activate', 'trial', 'data']);
  expect(stepsToUndo(['verify', 'dependencies'])).toEqual([]);
});
it('counts a deadline from the moment it is given', () => {
  expect(deadlineOf('trial', '2026-01-01T00:00:00.000Z')).toBe('2026-01-01T00:02:00.000Z');
});
