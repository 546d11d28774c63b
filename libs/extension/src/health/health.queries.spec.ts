import { afterEach, describe, expect, it } from '@jest/globals';
import { rejected } from '@kari/kernel';
import { extension, manifest, OTHER_TENANT, TENANT } from '../testing/stories.js';
import { World } from '../testing/world.js';

const open: World[] = [];

async function enabledWorld(): Promise<World> {
  const at = await World.open();
  open.push(at);
  await at.tenant(TENANT);
  await at.package(manifest());
  await at.manager.install({ extension, version: null, consented: [], enable: true }, at.caller());
  await at.until(extension, 'enabled');
  return at;
}

afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

describe('asking an extension for its health', () => {
  it('runs its onHealthCheck and believes a clear answer', async () => {
    const at = await enabledWorld();
    at.sandboxes.on('hook:onHealthCheck', () => ({ healthy: false, reasons: ['the key has expired'] }));
    expect(await at.health.one(at.caller(), extension, true)).toMatchObject({ status: 'unhealthy', reasons: ['the key has expired'] });
    at.sandboxes.on('hook:onHealthCheck', () => ({ healthy: true }));
    expect(await at.health.one(at.caller(), extension, true)).toMatchObject({ status: 'healthy' });
  });
  it.each([['fine'], [{ healthy: 'yes' }], [{ healthy: false, reasons: 'many' }], [42]])('takes %j for a no', async (answer) => {
    const at = await enabledWorld();
    at.sandboxes.on('hook:onHealthCheck', () => answer);
    expect((await at.health.one(at.caller(), extension, true)).status).toBe('unhealthy');
  });
  it('tells why there was no answer', async () => {
    const at = await enabledWorld();
    at.sandboxes.on('hook:onHealthCheck', ({ deadlineMs }) => {
      throw rejected('SANDBOX_DEADLINE', { extension, handler: 'hook:onHealthCheck', milliseconds: deadlineMs });
    });
    const { status, reasons } = await at.health.one(at.caller(), extension, true);
    expect([status, reasons]).toEqual(['unhealthy', [`${extension} did not answer hook:onHealthCheck within 5000 ms.`]]);
  });
  it('starts nothing unless it is asked to, nor for what is disabled or of another tenant', async () => {
    const at = await enabledWorld();
    at.sandboxes.calls.length = 0;
    await at.health.one(at.caller(), extension, false);
    await at.health.one(at.caller(OTHER_TENANT), extension, true);
    expect(at.sandboxes.calls).toEqual([]);
    expect((await at.health.one(at.caller(OTHER_TENANT), extension, true)).status).toBe('off');
  });
  it('cannot be told while the snapshot is stale', async () => {
    const at = await enabledWorld();
    await at.snapshot.onApplicationShutdown();
    expect(at.health.of(TENANT, extension)).toMatchObject({ status: 'unknown' });
  });
});
