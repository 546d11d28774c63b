// One worker at a time.
export { holdShards, type HeldShards, type ShardedWork } from './held-shards.js';
export { holdShard, type HoldOptions } from './hold.js';
export { LeaseLost, LEASES, type Lease, type Leases, type LeaseTimes } from './leases.js';
export { LeaseTable, MemoryLeases } from './memory-leases.adapter.js';
export { leaseMigrations } from './migrations.js';
export { PostgresLeases, type LeaseParts } from './postgres-leases.adapter.js';
