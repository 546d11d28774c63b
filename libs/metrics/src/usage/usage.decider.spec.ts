import { describe, it } from '@jest/globals';
import { specify } from '@kari/kernel/testing';
import { emptyHistogram } from './histogram.rules.js';
import { usageDecider } from './usage.decider.js';
import type { UsageMeasured } from './usage.events.js';

const { given } = specify(usageDecider);
const nothing: UsageMeasured = {
  extension: 'acme.notes',
  version: '1.0.0',
  hour: '2026-01-01T10:00:00.000Z',
  calls: 0,
  errors: {},
  latency: [...emptyHistogram],
  cpuMilliseconds: 0,
  peakMemoryBytes: 0,
};
const some = { ...nothing, calls: 2, errors: { SANDBOX_CRASHED: 1 }, cpuMilliseconds: 7 };

describe('measured usage', () => {
  it('is written down as measured', () => {
    given([])
      .when({ type: 'MeasureExtensionUsage', data: some })
      .then([{ type: 'ExtensionUsageMeasured', data: some }]);
  });

  it('of nothing is not written down', () => {
    given([]).when({ type: 'MeasureExtensionUsage', data: nothing }).thenNothing();
  });

  it('of memory alone is: an idle sandbox holds it', () => {
    const idle = { ...nothing, peakMemoryBytes: 9_000_000 };
    given([])
      .when({ type: 'MeasureExtensionUsage', data: idle })
      .then([{ type: 'ExtensionUsageMeasured', data: idle }]);
  });

  it('is counted', () => {
    const event = { type: 'ExtensionUsageMeasured', data: some } as const;
    given([event, event]).thenState({ measurements: 2 });
  });
});
