// Snapshots in memory, for simulations and specs.
import type { RunSnapshot } from './run-snapshot.rules.js';
import type { RunSnapshots } from './run-snapshots.port.js';

export class MemoryRunSnapshots implements RunSnapshots {
  private readonly kept = new Map<string, RunSnapshot>();

  find(tenant: string, run: string): Promise<RunSnapshot | null> {
    return Promise.resolve(this.kept.get(`${tenant} ${run}`) ?? null);
  }

  keep(tenant: string, run: string, snapshot: RunSnapshot): Promise<void> {
    const before = this.kept.get(`${tenant} ${run}`);
    if (before === undefined || before.revision <= snapshot.revision) this.kept.set(`${tenant} ${run}`, snapshot);
    return Promise.resolve();
  }

  forget(tenant: string, run: string): Promise<void> {
    this.kept.delete(`${tenant} ${run}`);
    return Promise.resolve();
  }

  forgetTenant(tenant: string): Promise<void> {
    for (const key of [...this.kept.keys()]) if (key.startsWith(`${tenant} `)) this.kept.delete(key);
    return Promise.resolve();
  }
}
