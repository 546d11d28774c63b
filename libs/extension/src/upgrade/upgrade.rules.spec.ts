import { expect, it } from '@jest/globals';
import { upgradeDeadline, upgradePlans, upgradeStepAfter, upgradeSteps, upgradeStepsToUndo } from './upgrade.rules.js';

it('tries before it switches, and looks at everything before it tries', () => {
  expect(upgradeSteps).toEqual(['verify', 'dependencies', 'contracts', 'snapshot', 'data', 'trial', 'switch']);
  expect([null, ...upgradeSteps].map(upgradeStepAfter)).toEqual([...upgradeSteps, null]);
});

it('takes back what a started step may have left in the world', () => {
  expect(upgradeStepsToUndo(['verify', 'dependencies'])).toEqual([]);
  expect(upgradeStepsToUndo([...upgradeSteps])).toEqual(['trial', 'data']);
});

it('bounds each step', () => {
  for (const step of upgradeSteps) {
    expect(Date.parse(upgradeDeadline(step, '2026-01-01T00:00:00.000Z')) - Date.parse('2026-01-01T00:00:00.000Z')).toBe(
      upgradePlans[step].limit,
    );
  }
});
