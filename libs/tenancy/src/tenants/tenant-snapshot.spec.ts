import { afterEach, describe, expect, it } from '@jest/globals';
import { Unavailable } from '@kari/kernel';
import { lentStore, manualClock, MemoryEventStore } from '@kari/kernel/testing';
import { silent, tenancyBench } from '../testing/tenancy-bench.js';
import type { Tenant } from '../contract.js';
import { TenantSnapshot } from './tenant-snapshot.adapter.js';

const running: TenantSnapshot[] = [];
afterEach(async () => {
  for (const snapshot of running.splice(0)) await snapshot.onApplicationShutdown();
});

async function bench() {
  const clock = manualClock();
  const memory = new MemoryEventStore({ clock });
  const store = lentStore(memory);
  const tenancy = tenancyBench({ clock, store });
  const snapshot = new TenantSnapshot(store, clock, clock, silent);
  running.push(snapshot);
  const seen: Tenant[] = [];
  snapshot.onChange((tenant) => seen.push(tenant));
  const change = (type: string, tenant: string, data: object = {}) =>
    tenancy.bus.send({ type, data: { tenant, ...data } }, tenancy.system('_'));
  return { ...tenancy, clock, memory, store, snapshot, seen, change };
}

describe('the list of tenants', () => {
  it('holds what the log holds, and tells each change of status once', async () => {
    const { tenant, snapshot, seen, change, clock } = await bench();
    const acme = await tenant('acme');
    await snapshot.onModuleInit();
    expect(snapshot.find('acme')).toEqual({ id: acme, slug: 'acme', status: 'active' });
    expect(snapshot.find(acme)?.slug).toBe('acme');
    await change('SuspendTenant', acme, { reason: 'unpaid' });
    await change('DeleteTenant', acme, { export: false });
    await change('CompleteTenantDeletion', acme, { export: null });
    await clock.advance(10);
    expect(snapshot.find('acme')?.status).toBe('deleted');
    expect(seen.map(({ status }) => status)).toEqual(['active', 'suspended', 'deleted']);
    expect(snapshot.find('nobody')).toBeNull();
  });

  it('knows the rates of each tenant, and goes on knowing them when it no longer follows', async () => {
    const { tenant, snapshot, change, clock } = await bench();
    const [acme, other] = [await tenant('acme'), await tenant('other')];
    await snapshot.onModuleInit();
    await change('SetTenantRateLimits', acme, { limits: { tenant: 7 } });
    await clock.advance(10);
    expect([snapshot.limitsOf(acme), snapshot.limitsOf(other), snapshot.limitsOf('_')]).toEqual([{ tenant: 7 }, {}, null]);
    await snapshot.onApplicationShutdown();
    await clock.advance(60_000);
    expect(snapshot.limitsOf(acme)).toEqual({ tenant: 7 });
  });

  it('refuses to answer before it has seen the end of the log', async () => {
    const { snapshot } = await bench();
    expect(() => snapshot.find('acme')).toThrow('TENANCY_SNAPSHOT_STALE');
    expect(() => snapshot.all()).toThrow('TENANCY_SNAPSHOT_STALE');
  });

  it('refuses to answer once it cannot prove that it follows, and recovers alone', async () => {
    const { tenant, snapshot, store, memory, clock } = await bench();
    await tenant('acme');
    await snapshot.onModuleInit();
    store.head = () => Promise.reject(new Unavailable('no connection', true));
    await clock.advance(4_000);
    expect(snapshot.all()).toHaveLength(1);
    await clock.advance(3_000);
    expect(() => snapshot.all()).toThrow('TENANCY_SNAPSHOT_STALE');
    store.head = () => memory.head();
    await clock.advance(2_000);
    expect(snapshot.all()).toHaveLength(1);
  });

  it('follows anew when its subscription breaks, from where it was', async () => {
    const { tenant, snapshot, store, memory, clock, seen, change } = await bench();
    const acme = await tenant('acme');
    let broken = false;
    store.subscribe = (options, onBatch) =>
      memory.subscribe(options, (batch) => (broken ? Promise.reject(new Error('lost')) : onBatch(batch)));
    await snapshot.onModuleInit();
    broken = true;
    await change('SuspendTenant', acme, { reason: 'unpaid' });
    await clock.advance(500);
    broken = false;
    await clock.advance(3_000);
    expect(snapshot.find('acme')?.status).toBe('suspended');
    expect(seen).toHaveLength(2);
  });

  it('survives a listener that throws', async () => {
    const { tenant, snapshot, seen } = await bench();
    snapshot.onChange(() => {
      throw new Error('a listener failed');
    });
    const stop = snapshot.onChange((one) => seen.push(one));
    await tenant('acme');
    await snapshot.onModuleInit();
    expect(seen).toHaveLength(2);
    stop();
  });
});
