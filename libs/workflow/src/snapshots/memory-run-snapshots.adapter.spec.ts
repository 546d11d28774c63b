import { runSnapshotsSuite } from '../../../../test/ports/run-snapshots.suite.js';
import { MemoryRunSnapshots } from './memory-run-snapshots.adapter.js';

runSnapshotsSuite('memory', () => Promise.resolve({ snapshots: new MemoryRunSnapshots(), end: () => Promise.resolve() }));
