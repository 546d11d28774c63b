import { afterEach, describe, expect, it } from '@jest/globals';
import { Unavailable, type Rejection } from '@kari/kernel';
import { seededRandom } from '@kari/kernel/testing';
import { systemClock, systemTimers } from '@kari/platform/time';
import { extension, kv, manifest, OTHER_TENANT, TENANT } from '../testing/stories.js';
import { World, type WorldOptions } from '../testing/world.js';

const notes = manifest({ permissions: { kv: { bytes: 1_000, reason: kv.reason } } });
const request = { extension, version: null, consented: ['kv'], enable: true };
const open: World[] = [];

async function installed(options: WorldOptions = {}, ...tenants: readonly string[]): Promise<World> {
  const at = await World.open(options);
  open.push(at);
  await at.package(notes);
  for (const tenant of [TENANT, ...tenants]) {
    await at.tenant(tenant);
    await at.manager.install(request, at.caller(tenant));
    await at.until(extension, 'enabled', tenant);
  }
  return at;
}

afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

const granted = (at: World, tenant = TENANT) => at.snapshot.find(tenant, extension)?.grants.map(({ id, state }) => `${id} ${state}`);

describe('S-06 the snapshot that enforcement reads', () => {
  it('shows a revoke before it is answered', async () => {
    const at = await installed();
    expect(granted(at)).toEqual(['kv granted']);
    await at.manager.revokeGrant(extension, 'kv', at.caller());
    expect(granted(at)).toEqual(['kv revoked']);
  });

  it('shows a revoke within 100 ms, whoever wrote it', async () => {
    const at = await installed({ time: { ...systemClock, ...systemTimers } });
    const delays: number[] = [];
    for (let round = 0; round < 20; round += 1) {
      const seen = new Promise<number>((resolve) => {
        const stop = at.snapshot.onChange(() => {
          if (granted(at)?.includes('kv revoked') !== true) return;
          stop();
          resolve(performance.now());
        });
      });
      // Past the manager: as another process would.
      await at.bus.send({ type: 'RevokeGrant', data: { extension, grant: 'kv' } }, at.caller());
      const written = performance.now();
      delays.push((await seen) - written);
      await at.manager.giveGrant(extension, 'kv', at.caller());
    }
    // A machine that is busy with something else may stall one or two rounds: those say nothing of the snapshot.
    expect(delays.sort((one, other) => one - other)[17]).toBeLessThan(100);
  });

  it('tells its listeners of each change, in order, when the change can be read', async () => {
    const at = await installed();
    const seen: string[] = [];
    at.snapshot.onChange((tenant) =>
      seen.push(`${tenant === TENANT} ${at.snapshot.find(tenant, extension)?.status} ${granted(at)?.join()}`),
    );
    await at.manager.revokeGrant(extension, 'kv', at.caller());
    await at.manager.disable(extension, at.caller());
    expect(seen.slice(0, 2)).toEqual(['true enabled kv revoked', 'true disabled kv revoked']);
  });

  it('never shows an install that ends enabled as disabled', async () => {
    const at = await installed();
    await at.manager.remove(extension, at.caller());
    await at.until(extension, 'removed');
    const seen: (string | undefined)[] = [];
    at.snapshot.onChange(() => seen.push(at.snapshot.find(TENANT, extension)?.status));
    await at.manager.install(request, at.caller());
    await at.until(extension, 'enabled');
    expect(new Set(seen)).toEqual(new Set(['installing', 'enabled']));
  });

  it('is not stopped by a listener that throws', async () => {
    const at = await installed();
    at.snapshot.onChange(() => {
      throw new Error('a listener');
    });
    await at.manager.revokeGrant(extension, 'kv', at.caller());
    expect(granted(at)).toEqual(['kv revoked']);
  });

  it('rises its revision with every change', async () => {
    const at = await installed();
    const before = at.snapshot.find(TENANT, extension)?.revision ?? 0n;
    await at.manager.revokeGrant(extension, 'kv', at.caller());
    expect(at.snapshot.find(TENANT, extension)?.revision).toBe(before + 1n);
  });

  it('keeps tenants apart', async () => {
    const at = await installed({}, OTHER_TENANT);
    await at.manager.revokeGrant(extension, 'kv', at.caller(TENANT));
    expect([granted(at, TENANT), granted(at, OTHER_TENANT)]).toEqual([['kv revoked'], ['kv granted']]);
    await at.manager.remove(extension, at.caller(OTHER_TENANT));
    await at.until(extension, 'removed', OTHER_TENANT);
    expect(at.snapshot.find(TENANT, extension)?.status).toBe('enabled');
    expect(at.snapshot.find(OTHER_TENANT, extension)).toBeNull();
  });

  it('shows replaced bytes to everyone who has that version', async () => {
    const at = await installed({}, OTHER_TENANT);
    const told: string[] = [];
    at.snapshot.onChange((tenant) => told.push(tenant));
    const before = at.snapshot.find(TENANT, extension)?.version.bundleHash;
    await at.package({ ...notes, description: 'Keeps more notes.' });
    expect(at.snapshot.find(TENANT, extension)?.version.manifest.description).toBe('Keeps more notes.');
    expect(at.snapshot.find(TENANT, extension)?.version.bundleHash).toBe(before);
    expect(told.sort()).toEqual([TENANT, OTHER_TENANT]);
  });
});

describe('S-06 the snapshot against a model', () => {
  it.each([1, 2, 3])('says the same after every one of many wishes in two tenants (seed %i)', async (seed) => {
    const at = await installed({}, OTHER_TENANT);
    const random = seededRandom(seed);
    const tenants = [TENANT, OTHER_TENANT] as const;
    const model = new Map<string, { enabled: boolean; granted: boolean }>(
      tenants.map((tenant) => [tenant, { enabled: true, granted: true }]),
    );
    for (let step = 0; step < 150; step += 1) {
      const tenant = tenants[random.next() < 0.5 ? 0 : 1];
      const known = model.get(tenant);
      if (known === undefined) throw new Error('no such tenant');
      const wish = (['revoke', 'give', 'disable', 'enable'] as const)[Math.floor(random.next() * 4)];
      if (wish === 'revoke') await at.manager.revokeGrant(extension, 'kv', at.caller(tenant));
      if (wish === 'give') await at.manager.giveGrant(extension, 'kv', at.caller(tenant));
      if (wish === 'disable') await at.manager.disable(extension, at.caller(tenant));
      if (wish === 'enable') await at.manager.enable(extension, at.caller(tenant));
      if (wish === 'revoke' || wish === 'give') known.granted = wish === 'give';
      else known.enabled = wish === 'enable';
      const seen = tenants.map((one) => ({
        enabled: at.snapshot.find(one, extension)?.status === 'enabled',
        granted: granted(at, one)?.includes('kv granted') === true,
      }));
      expect(seen).toEqual(tenants.map((one) => model.get(one)));
    }
  });

  it('lets no wish of one tenant through for another', async () => {
    const at = await installed();
    const refused = async (attempt: Promise<unknown>) =>
      attempt.then(
        () => 'done',
        (error: unknown) => (error as Rejection).code,
      );
    const caller = at.caller(OTHER_TENANT);
    const attempts = [
      at.manager.revokeGrant(extension, 'kv', caller),
      at.manager.enable(extension, caller),
      at.manager.remove(extension, caller),
    ];
    expect(await Promise.all(attempts.map(refused))).toEqual(attempts.map(() => 'EXTENSION_NOT_INSTALLED'));
    expect(granted(at)).toEqual(['kv granted']);
  });
});

describe('S-06 a snapshot that may not follow the log', () => {
  it('refuses every read before it has caught up', async () => {
    const at = await installed();
    await at.snapshot.onApplicationShutdown();
    for (const read of [() => at.snapshot.find(TENANT, extension), () => at.snapshot.ofTenant(TENANT), () => at.snapshot.packages()]) {
      expect(read).toThrow('EXTENSION_SNAPSHOT_STALE');
    }
  });

  it('refuses once the head of the log cannot be told any more, and serves again once it can', async () => {
    const at = await installed();
    await at.clock.advance(10_000);
    expect(granted(at)).toEqual(['kv granted']);
    const head = at.store.head.bind(at.store);
    at.store.head = () => Promise.reject(new Unavailable('the log is away', true));
    await at.clock.advance(4_500);
    expect(granted(at)).toEqual(['kv granted']);
    await at.clock.advance(1_500);
    expect(() => at.snapshot.find(TENANT, extension)).toThrow('EXTENSION_SNAPSHOT_STALE');
    at.store.head = head;
    await at.clock.advance(1_000);
    expect(granted(at)).toEqual(['kv granted']);
  });

  it('refuses while it lags behind a head that it knows of', async () => {
    const at = await installed();
    await at.clock.advance(1_000);
    // The log has grown, but nothing of it arrives.
    at.store.head = () => Promise.resolve('999999');
    await at.clock.advance(6_000);
    expect(() => at.snapshot.find(TENANT, extension)).toThrow('EXTENSION_SNAPSHOT_STALE');
  });

  it('shows no extension as enabled under safe boot', async () => {
    const at = await installed();
    const after = await at.restart({ safeBoot: true });
    open.push(after);
    expect(after.snapshot.find(TENANT, extension)?.status).toBe('disabled');
    await expect(after.manager.install({ ...request, extension: 'acme.other' }, after.caller())).rejects.toThrow(
      'EXTENSION_PACKAGE_UNKNOWN',
    );
    await after.manager.disable(extension, after.caller());
    await expect(after.manager.enable(extension, after.caller())).rejects.toThrow('EXTENSION_SAFE_BOOT');
    expect(after.sandboxes.calls.filter((call) => call.startsWith('start'))).toHaveLength(1);
  });
});
