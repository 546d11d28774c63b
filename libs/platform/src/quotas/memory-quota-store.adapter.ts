// The count of one process, for tests and for times without the shared one.
import type { Clock } from '@kari/kernel';
import type { QuotaStore } from './quota-store.port.js';
import { lease, type Bucket, type Leased, type Rate } from './quota.rules.js';

export class MemoryQuotaStore implements QuotaStore {
  private readonly buckets = new Map<string, Bucket>();

  constructor(private readonly clock: Clock) {}

  lease(key: string, rate: Rate, need: number, want: number): Promise<Leased> {
    const { bucket, ...leased } = lease(this.buckets.get(key) ?? null, rate, this.clock.monotonic(), need, want);
    this.buckets.set(key, bucket);
    return Promise.resolve(leased);
  }
}
