import { manualClock } from '@kari/kernel/testing';
import { quotasSuite } from '../../../../test/ports/quotas.suite.js';
import { MemoryQuotaStore } from './index.js';

quotasSuite('memory', () => {
  const clock = manualClock();
  const store = new MemoryQuotaStore(clock);
  return Promise.resolve({ process: () => store, pass: (milliseconds) => clock.advance(milliseconds), end: () => Promise.resolve() });
});
