// The levels that can be started on this machine.
import { missing } from './probes.js';

export type TestLevel = 'L1' | 'L1+cage' | 'L2';

export const startable: readonly TestLevel[] =
  missing('bwrap') !== null ? ['L1'] : missing('cgroup') !== null ? ['L1', 'L1+cage'] : ['L1', 'L1+cage', 'L2'];
