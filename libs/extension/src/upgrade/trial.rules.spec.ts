import { expect, it } from '@jest/globals';
import { answeredBy, firstPulse, judged, MOST_SILENT_CHECKS, type Checked } from './trial.rules.js';

const well: Checked = { healthy: true, reasons: [] };
const ill: Checked = { healthy: false, reasons: ['no disk', 'no key'] };
const silent: Checked = { silence: 'it took too long' };
const verdicts = (...checks: readonly Checked[]): readonly (string | null)[] => {
  let pulse = firstPulse;
  return checks.map((checked) => {
    const verdict = judged(pulse, checked);
    pulse = verdict.pulse;
    return verdict.failure;
  });
};

it('believes a clear no at once, with its reasons', () => {
  expect(verdicts(well, ill)).toEqual([null, 'no disk; no key']);
  expect(verdicts({ healthy: false, reasons: [] })).toEqual(['it says that it is not healthy']);
});

it('takes silence for a no only when it lasts', () => {
  const lasting = Array.from({ length: MOST_SILENT_CHECKS }, () => silent);
  expect(verdicts(...lasting)).toEqual([null, null, '3 health checks had no answer: it took too long']);
  expect(verdicts(silent, silent, well, silent, silent)).toEqual([null, null, null, null, null]);
});

it('does not take the word of the version before for that of the new one', () => {
  const report = { healthy: true, reasons: [] };
  expect(answeredBy('2.0.0', '2.0.0', report)).toBe(report);
  expect(answeredBy('1.0.0', '2.0.0', report)).toEqual({ healthy: false, reasons: ['it does not start: 1.0.0 still serves'] });
});
