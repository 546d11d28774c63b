import { leasesSuite } from '../../../../test/ports/leases.suite.js';
import { systemClock, systemTimers } from '../time/index.js';
import { LeaseTable, MemoryLeases } from './index.js';

leasesSuite('memory', () => {
  const table = new LeaseTable();
  const worker = (heartbeatMs: number) => new MemoryLeases(table, systemClock, systemTimers, { heartbeatMs, expiryMs: 120 });
  return Promise.resolve({ worker: () => worker(20), sleeper: () => worker(60_000), end: () => Promise.resolve() });
});
