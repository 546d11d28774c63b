import { afterEach, describe, expect, it } from '@jest/globals';
import { extension, kv, manifest, OTHER_TENANT, TENANT } from '../testing/stories.js';
import { eventually, World } from '../testing/world.js';

const THIRD_TENANT = '00000000-0000-7000-8000-00000000000c';
const notes = manifest({ permissions: { kv: { bytes: 1_000, reason: kv.reason } } });
const request = { extension, version: null, consented: ['kv'], enable: true };
const open: World[] = [];

async function world(...tenants: readonly string[]): Promise<World> {
  const at = await World.open();
  open.push(at);
  for (const tenant of tenants) await at.tenant(tenant);
  await at.package(notes);
  return at;
}

afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

describe('a wish for all tenants', () => {
  it('installs everywhere, later tenants included, and goes as a whole', async () => {
    const at = await world(TENANT, OTHER_TENANT);
    await at.manager.installForAllTenants(request, at.caller('_'));
    for (const tenant of [TENANT, OTHER_TENANT]) await at.until(extension, 'enabled', tenant);
    await at.tenant(THIRD_TENANT);
    await at.until(extension, 'enabled', THIRD_TENANT);
    await at.manager.withdrawFromAllTenants(extension, at.caller('_'));
    for (const tenant of [TENANT, OTHER_TENANT, THIRD_TENANT]) await at.until(extension, 'removed', tenant);
  });

  it('leaves alone what a tenant asked for itself', async () => {
    const at = await world(TENANT, OTHER_TENANT);
    await at.manager.install(request, at.caller(TENANT));
    await at.until(extension, 'enabled');
    await at.manager.installForAllTenants(request, at.caller('_'));
    await at.until(extension, 'enabled', OTHER_TENANT);
    await at.manager.withdrawFromAllTenants(extension, at.caller('_'));
    await at.until(extension, 'removed', OTHER_TENANT);
    expect((await at.state(extension)).status).toBe('enabled');
  });

  it('writes down where it does not fit, and stops nowhere else', async () => {
    const at = await world(TENANT, OTHER_TENANT);
    await at.manager.install(request, at.caller(TENANT));
    await at.until(extension, 'enabled');
    await at.package(manifest({ version: '2.0.0' }));
    await at.manager.installForAllTenants({ ...request, consented: [] }, at.caller('_'));
    await at.until(extension, 'enabled', OTHER_TENANT);
    expect((await at.history(extension)).at(-1)).toMatchObject({
      type: 'ExtensionWishRefused',
      data: { act: 'install', code: 'EXTENSION_OTHER_VERSION_INSTALLED' },
    });
  });

  it('waits for a suspended tenant', async () => {
    const at = await world(TENANT);
    await at.tenant(TENANT, 'TenantSuspended');
    await at.manager.installForAllTenants(request, at.caller('_'));
    expect((await at.state(extension)).status).toBe('absent');
    await at.tenant(TENANT, 'TenantResumed');
    await at.until(extension, 'enabled');
  });

  it('withdrawn while another needs it goes when that one has gone', async () => {
    const at = await world(TENANT);
    await at.package(manifest({ id: 'acme.needy', dependencies: { extensions: { [extension]: '^1.0.0' } } }));
    await at.manager.installForAllTenants(request, at.caller('_'));
    await at.until(extension, 'enabled');
    await at.manager.install({ extension: 'acme.needy', version: null, consented: [], enable: true }, at.caller());
    await at.until('acme.needy', 'enabled');
    await at.manager.withdrawFromAllTenants(extension, at.caller('_'));
    await eventually(
      async () => (await at.types(extension)).at(-1) === 'ExtensionWishRefused',
      () => 'nothing was said of the dependent',
    );
    expect((await at.state(extension)).status).toBe('enabled');
    await at.manager.remove('acme.needy', at.caller());
    await at.until(extension, 'removed');
  });

  it('withdrawn in the middle of an install cancels it', async () => {
    const at = await world(TENANT);
    at.sandboxes.hold('hook:onInstall');
    await at.manager.installForAllTenants(request, at.caller('_'));
    await eventually(
      () => at.sandboxes.calls.includes(`hook:onInstall ${extension}`),
      () => 'onInstall was not called',
    );
    await at.manager.withdrawFromAllTenants(extension, at.caller('_'));
    await at.until(extension, 'absent');
  });
  it('renewed with a newer version upgrades whom it reached, brings back nothing that was removed, and not what was rolled back', async () => {
    const at = await world(TENANT, OTHER_TENANT, THIRD_TENANT);
    await at.manager.installForAllTenants(request, at.caller('_'));
    for (const tenant of [TENANT, OTHER_TENANT, THIRD_TENANT]) await at.until(extension, 'enabled', tenant);
    await at.manager.remove(extension, at.caller(OTHER_TENANT));
    await at.until(extension, 'removed', OTHER_TENANT);
    await at.package(manifest({ version: '2.0.0', permissions: { kv: { bytes: 2_000, reason: kv.reason } } }));
    const upgraded = async (tenant: string, version: string): Promise<void> =>
      eventually(
        () => at.snapshot.find(tenant, extension)?.version.version === version,
        async () => JSON.stringify(await at.state(extension, tenant)),
      );
    await at.manager.upgrade({ extension, version: null, consented: ['kv'] }, at.caller(THIRD_TENANT));
    await upgraded(THIRD_TENANT, '2.0.0');
    await at.manager.rollBack(extension, at.caller(THIRD_TENANT));

    await at.manager.installForAllTenants(request, at.caller('_'));
    await upgraded(TENANT, '2.0.0');
    await eventually(
      async () => (await at.types(extension, THIRD_TENANT)).at(-1) === 'ExtensionWishRefused',
      () => 'nothing was said of the version that was rolled back',
    );
    expect((await at.history(extension, THIRD_TENANT)).at(-1)).toMatchObject({
      data: { act: 'upgrade', code: 'EXTENSION_VERSION_DISCARDED' },
    });
    expect(at.snapshot.find(THIRD_TENANT, extension)?.version.version).toBe('1.0.0');
    expect((await at.state(extension, OTHER_TENANT)).status).toBe('removed');
  });
});
