// The host as a whole: levels and who may run at them, room for so many, restart of the platform, orderly end, nothing left behind.
import { afterEach, describe, expect, it } from '@jest/globals';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, SandboxWorld, tenantA, tenantB } from '../../support/sandbox-world.js';

const bundle = `export async function start() { return { handlers: ['plugin:note.echo', 'plugin:note.slow'], async invoke(handler, input) {
  if (handler === 'plugin:note.slow') await new Promise((resolve) => setTimeout(resolve, 300));
  return input;
} }; }`;

let world: SandboxWorld;
afterEach(() => world.close());

const echo = (extension: string, tenant = tenantA) => world.call('note.echo', extension, { extension, tenant });

describe('the isolation level', () => {
  it('too low for a class of trust blocks it, said once; first-party code runs: the control (46)', async () => {
    world = await SandboxWorld.open({ level: 'L1' });
    world.install(bundle, { extension: 'acme.ours' });
    world.install(bundle, { extension: 'acme.theirs', trust: 'thirdParty' });
    await expect(echo('acme.ours')).resolves.toBe('acme.ours');
    for (let attempt = 0; attempt < 3; attempt += 1)
      await expect(echo('acme.theirs')).rejects.toMatchObject({ code: 'SANDBOX_LEVEL_TOO_LOW' });
    expect(await world.types('acme.theirs')).toEqual(['SandboxBlocked']);
    expect(world.host.statuses(tenantA).find(({ extension }) => extension === 'acme.theirs')).toMatchObject({
      state: 'blocked',
      reason: expect.stringContaining('L2'),
    });
  });

  it('may be lowered for a class by an operator, and raised again, which ends what runs below it', async () => {
    world = await SandboxWorld.open({ level: 'L1' });
    world.install(bundle, { extension: 'acme.theirs', trust: 'thirdParty' });
    await expect(echo('acme.theirs')).rejects.toMatchObject({ code: 'SANDBOX_LEVEL_TOO_LOW' });
    await world.command('SetMinimumLevel', { trust: 'thirdParty', level: 'L1' }, '_');
    await expect(echo('acme.theirs')).resolves.toBe('acme.theirs');
    await world.command('SetMinimumLevel', { trust: 'thirdParty', level: 'L2' }, '_');
    await eventually(async () => (await world.types('acme.theirs')).includes('SandboxStopped'));
    await expect(echo('acme.theirs')).rejects.toMatchObject({ code: 'SANDBOX_LEVEL_TOO_LOW' });
  });
});

describe('room', () => {
  it('is made by evicting who was unused for the longest time; the evicted starts again on use', async () => {
    world = await SandboxWorld.open({ limits: { total: 2, perTenant: 2 } });
    for (const name of ['a', 'b', 'c']) world.install(bundle, { extension: `acme.${name}` });
    await echo('acme.a');
    await echo('acme.b');
    await echo('acme.c');
    expect(world.host.runningCount).toBe(2);
    expect((await world.types('acme.a')).at(-1)).toBe('SandboxStopped');
    await expect(echo('acme.a')).resolves.toBe('acme.a');
  });

  it('is refused while everyone works', async () => {
    world = await SandboxWorld.open({ limits: { total: 1, perTenant: 1 } });
    world.install(bundle, { extension: 'acme.a' });
    world.install(bundle, { extension: 'acme.b' });
    await echo('acme.a');
    const slow = world.call('note.slow', 1, { extension: 'acme.a' });
    await expect(echo('acme.b')).rejects.toMatchObject({ code: 'SANDBOX_TOO_MANY' });
    await slow;
    await expect(echo('acme.b')).resolves.toBe('acme.b');
  });

  it('of one tenant is not taken by another', async () => {
    world = await SandboxWorld.open({ limits: { total: 3, perTenant: 1 } });
    world.install(bundle, { extension: 'acme.a' });
    world.install(bundle, { extension: 'acme.b' });
    world.install(bundle, { extension: 'acme.a', tenant: tenantB });
    await echo('acme.a', tenantB);
    await echo('acme.a');
    await echo('acme.b');
    expect((await world.types('acme.a', tenantB)).at(-1)).toBe('SandboxReady');
    expect((await world.types('acme.a')).at(-1)).toBe('SandboxStopped');
  });
});

describe('a host', () => {
  it('ends in order: calls in hand finish, later ones are refused, nothing is left behind', async () => {
    world = await SandboxWorld.open();
    world.install(bundle, { extension: 'acme.a' });
    await echo('acme.a');
    const inHand = world.call('note.slow', 'done', { extension: 'acme.a' });
    await new Promise(setImmediate);
    const ended = world.host.end();
    await expect(echo('acme.a')).rejects.toMatchObject({ code: 'SANDBOX_HOST_STOPPING' });
    await expect(inHand).resolves.toBe('done');
    await ended;
    expect((await world.types('acme.a')).at(-1)).toBe('SandboxStopped');
    expect(world.host.runningCount).toBe(0);
  });

  it('that died is succeeded by one that writes off its processes and serves again', async () => {
    world = await SandboxWorld.open();
    world.install(bundle, { extension: 'acme.a' });
    await echo('acme.a');
    await eventually(async () => (await world.types('acme.a')).includes('SandboxReady'));
    const next = world.newHost();
    await next.begin();
    expect((await world.events()).at(-1)).toMatchObject({ type: 'SandboxStopped', data: { kind: 'host-ended' } });
    expect(next.statuses(tenantA)).toMatchObject([{ state: 'idle' }]);
    await next.end(200);
  });

  it('refuses before it has begun: no level is proven yet', async () => {
    world = await SandboxWorld.open();
    world.install(bundle, { extension: 'acme.a' });
    const idle = world.newHost();
    await expect(idle.start(tenantA, 'acme.a')).rejects.toMatchObject({ code: 'SANDBOX_UNVERIFIED' });
    idle.prepare();
    await expect(idle.start(tenantA, 'acme.a')).rejects.toMatchObject({ code: 'SANDBOX_UNVERIFIED' });
    await idle.end(0);
  });

  it('leaves no folder of a process that is gone', async () => {
    world = await SandboxWorld.open();
    world.install(bundle, { extension: 'acme.a' });
    await echo('acme.a');
    await world.host.stop(tenantA, 'acme.a', 'enough');
    const [instance = ''] = readdirSync(join(world.openFolder, 'processes'));
    expect(
      existsSync(join(world.openFolder, 'processes', instance)) ? readdirSync(join(world.openFolder, 'processes', instance)) : [],
    ).toEqual([]);
  });
});
