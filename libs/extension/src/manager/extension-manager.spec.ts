import { afterEach, describe, expect, it } from '@jest/globals';
import type { RequestContext } from '@kari/kernel';
import { extension, kv, manifest, OTHER_TENANT, TENANT } from '../testing/stories.js';
import { eventually, World } from '../testing/world.js';

const notes = manifest({ permissions: { kv: { bytes: 1_000, reason: kv.reason } } });
const request = { extension, version: null, consented: ['kv'], enable: true };
const open: World[] = [];

async function world(): Promise<World> {
  const at = await World.open();
  open.push(at);
  await at.tenant(TENANT);
  await at.tenant(OTHER_TENANT);
  await at.package(notes);
  return at;
}

afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

describe('the manager', () => {
  it('leaves each refusal in the trail: one entry, with its code', async () => {
    const at = await world();
    await expect(at.manager.install({ ...request, consented: [] }, at.caller())).rejects.toThrow('EXTENSION_CONSENT_REQUIRED');
    await expect(at.manager.install({ ...request, extension: 'acme.none' }, at.caller())).rejects.toThrow('EXTENSION_PACKAGE_UNKNOWN');
    expect(at.audited.map(({ operation, outcome, code, subject }) => [operation, outcome, code, subject])).toEqual([
      ['InstallExtension', 'denied', 'EXTENSION_CONSENT_REQUIRED', `installation:${extension}`],
      ['InstallExtension', 'failed', 'EXTENSION_PACKAGE_UNKNOWN', 'installation:acme.none'],
    ]);
  });

  it('tells nothing to who has no right', async () => {
    const at = await world();
    const stranger: RequestContext = { ...at.caller(), principal: { id: 'stranger', kind: 'user', may: () => false } };
    const attempts = [
      at.manager.install({ ...request, extension: 'acme.none' }, stranger),
      at.manager.enable(extension, stranger),
      at.manager.disable(extension, stranger),
      at.manager.remove(extension, stranger),
      at.manager.cancelInstall(extension, stranger),
      at.manager.giveGrant(extension, 'kv', stranger),
      at.manager.revokeGrant(extension, 'kv', stranger),
      at.manager.installForAllTenants(request, stranger),
      at.manager.withdrawFromAllTenants(extension, stranger),
    ];
    for (const attempt of attempts) await expect(attempt).rejects.toThrow('REQUEST_DENIED');
    expect(await at.types(extension)).toEqual([]);
  });

  it('takes the highest release when no version is named', async () => {
    const at = await world();
    for (const version of ['1.10.0', '1.9.0', '2.0.0-beta.1']) await at.package({ ...notes, version });
    await at.manager.install(request, at.caller());
    expect(await at.until(extension, 'enabled')).toMatchObject({ version: '1.10.0' });
  });

  it('answers a repeat of the same request with the same outcome', async () => {
    const at = await world();
    const again = { ...at.caller(), commandId: '00000000-0000-7000-8000-0000000000ff' };
    const first = await at.manager.install(request, again);
    const second = await at.manager.install(request, again);
    expect(second).toMatchObject({ changed: true, position: first.position });
    await at.until(extension, 'enabled');
    expect((await at.types(extension)).filter((type) => type === 'ExtensionInstallRequested')).toHaveLength(1);
  });

  it('gives back what was revoked, and nothing that was not asked for', async () => {
    const at = await world();
    await at.manager.install(request, at.caller());
    await at.until(extension, 'enabled');
    await at.manager.revokeGrant(extension, 'kv', at.caller());
    await at.manager.giveGrant(extension, 'kv', at.caller());
    expect(at.snapshot.find(TENANT, extension)?.grants).toMatchObject([{ id: 'kv', state: 'granted' }]);
    await expect(at.manager.giveGrant(extension, 'http:https://evil.example:443', at.caller())).rejects.toThrow('SECURITY_GRANT_UNKNOWN');
  });

  it('previews what an install would ask for and meet, and changes nothing', async () => {
    const at = await world();
    await at.package(
      manifest({
        id: 'acme.needy',
        resources: { class: 'L', reason: 'runs a model' },
        dependencies: { extensions: { [extension]: '^1.0.0' } },
      }),
    );
    const head = await at.store.head();
    expect(at.plans.preview(TENANT, 'acme.needy', null)).toMatchObject({
      resourceClass: 'L',
      consent: [{ id: 'resources:L', reason: 'runs a model' }],
      obstacles: [{ kind: 'missing', id: extension }],
      installed: null,
    });
    expect(at.plans.preview(TENANT, extension, null).consent).toEqual([{ id: 'kv', reason: kv.reason }]);
    expect(() => at.plans.preview(TENANT, 'acme.none', null)).toThrow('EXTENSION_PACKAGE_UNKNOWN');
    expect(await at.store.head()).toBe(head);
  });

  it('holds an install to what was read when consent was given', async () => {
    const at = await world();
    at.sandboxes.hold('start');
    // Consent is given, then the folder under development asks for more before its bytes are verified.
    const facts = at.plans.installFacts(extension, null);
    await at.package({ ...notes, permissions: { kv: { bytes: 9_000, reason: 'more' } } });
    await at.bus.send({ type: 'InstallExtension', data: { ...request, facts } }, at.caller());
    expect(await at.until(extension, 'failed')).toMatchObject({ failure: { step: 'verify', code: 'EXTENSION_CONSENT_OUTDATED' } });
  });
});

describe('the sandboxes of a process', () => {
  const eager = { ...notes, activation: 'eager' } as const;

  it('start with it where they are eager, and only there', async () => {
    const at = await world();
    await at.package({ ...eager, version: '1.0.1' });
    await at.package(manifest({ id: 'acme.lazy' }));
    for (const one of [request, { ...request, extension: 'acme.lazy', consented: [] }]) {
      await at.manager.install(one, at.caller());
      await at.until(one.extension, 'enabled');
    }
    const after = await at.restart();
    open.push(after);
    after.sandboxes.running.clear();
    after.sandboxes.calls.length = 0;
    await after.reconciler.start();
    expect(after.sandboxes.calls).toEqual([`start ${extension}`]);
  });

  it('start not at all under safe boot', async () => {
    const at = await world();
    await at.package({ ...eager, version: '1.0.1' });
    await at.manager.install(request, at.caller());
    await at.until(extension, 'enabled');
    const after = await at.restart({ safeBoot: true });
    open.push(after);
    after.sandboxes.calls.length = 0;
    await after.reconciler.start();
    expect(after.sandboxes.calls).toEqual([]);
  });

  it('are stopped when nobody wishes them', async () => {
    const at = await world();
    at.sandboxes.mark(TENANT, 'acme.stray', 'ready');
    await at.reconciler.reconcile();
    expect(at.sandboxes.calls).toEqual(['stop acme.stray']);
  });

  it('start anew when their package is replaced', async () => {
    const at = await world();
    await at.manager.install(request, at.caller());
    await at.until(extension, 'enabled');
    at.sandboxes.calls.length = 0;
    await at.package({ ...notes, description: 'Keeps more notes.' });
    await eventually(
      () => at.sandboxes.calls.includes(`stop ${extension}`),
      () => 'it still runs the old bytes',
    );
  });
});
