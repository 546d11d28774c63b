import { afterEach, describe, expect, it } from '@jest/globals';
import { rejected } from '@kari/kernel';
import { extension, kv, manifest, OTHER_TENANT, TENANT } from '../testing/stories.js';
import { eventually, World, type WorldOptions } from '../testing/world.js';
import { installSteps } from './installation.rules.js';

const notes = manifest({ permissions: { kv: { bytes: 1_000, reason: kv.reason } } });
const request = { extension, version: null, consented: ['kv'], enable: true };
const open: World[] = [];

async function world(options: WorldOptions = {}): Promise<World> {
  const made = await World.open(options);
  open.push(made);
  await made.tenant(TENANT);
  await made.package(notes);
  return made;
}

async function restarted(from: World, settings = {}): Promise<World> {
  const made = await from.restart(settings);
  open.push(made);
  return made;
}

afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

describe('an install', () => {
  it('goes through its steps to an enabled extension, telling each', async () => {
    const at = await world();
    at.sandboxes
      .on('hook:onInstall', () => undefined)
      .on('hook:onHealthCheck', () => true)
      .on('hook:onActivate', () => undefined);
    await at.manager.install(request, at.caller());
    await at.until(extension, 'enabled');
    expect(await at.types(extension)).toEqual([
      'ExtensionInstallRequested',
      ...installSteps.flatMap((step) => [`ExtensionInstallStepStarted ${step}`, `ExtensionInstallStepCompleted ${step}`]),
      'ExtensionInstalled',
      'ExtensionEnabled',
    ]);
    const hooks = ['onInstall', 'onHealthCheck', 'onActivate'].map((hook) => `hook:${hook} ${extension}`);
    expect(at.sandboxes.calls).toEqual([`start ${extension}`, ...hooks]);
  });

  it('does without the hooks that an extension does not have', async () => {
    const at = await world();
    await at.manager.install(request, at.caller());
    await at.until(extension, 'enabled');
    const details = (await at.history(extension)).flatMap(({ data }) => ('detail' in data ? [data.detail] : []));
    expect(details).toContain('it has no onActivate');
  });

  it('stops the sandbox of the trial when it is not to be enabled', async () => {
    const at = await world();
    await at.manager.install({ ...request, enable: false }, at.caller());
    await at.until(extension, 'disabled');
    expect(at.sandboxes.calls.at(-1)).toBe(`stop ${extension}`);
    expect(at.sandboxes.running.size).toBe(0);
  });

  it('in one tenant is none in another', async () => {
    const at = await world();
    await at.manager.install(request, at.caller());
    await at.until(extension, 'enabled');
    expect(at.snapshot.find(TENANT, extension)?.status).toBe('enabled');
    expect(at.snapshot.find(OTHER_TENANT, extension)).toBeNull();
    expect(at.snapshot.ofTenant(OTHER_TENANT)).toEqual([]);
    await expect(at.manager.disable(extension, at.caller(OTHER_TENANT))).rejects.toThrow('EXTENSION_NOT_INSTALLED');
    await expect(at.manager.revokeGrant(extension, 'kv', at.caller(OTHER_TENANT))).rejects.toThrow('EXTENSION_NOT_INSTALLED');
  });
});

describe('an install that fails', () => {
  it.each([
    ['verify', 'EVENT_BLOB_MISSING', (at: World) => void at.blobs.stored.clear(), []],
    [
      'trial',
      'SANDBOX_START_FAILED',
      (at: World) => void at.sandboxes.on('start', () => refuse('SANDBOX_START_FAILED')),
      ['trial', 'data'],
    ],
    ['trial', 'PLUGIN_FAILED', (at: World) => void at.sandboxes.on('hook:onInstall', () => refuse('PLUGIN_FAILED')), ['trial', 'data']],
    [
      'trial',
      'unhealthy',
      (at: World) => void at.sandboxes.on('hook:onHealthCheck', () => ({ healthy: false, reason: 'no disk' })),
      ['trial', 'data'],
    ],
    [
      'activate',
      'onActivate',
      (at: World) => void at.sandboxes.on('hook:onActivate', () => refuse('PLUGIN_FAILED')),
      ['activate', 'trial', 'data'],
    ],
  ])('at %s (%s) is taken back, last first', async (step, _, spoil, backwards) => {
    const at = await world();
    spoil(at);
    await at.manager.install(request, at.caller());
    const state = await at.until(extension, 'failed');
    expect(state).toMatchObject({ failure: { step } });
    const types = await at.types(extension);
    expect(types.slice(types.indexOf(`ExtensionInstallFailed ${step}`) + 1)).toEqual([
      ...backwards.flatMap((name) => [`ExtensionInstallUndoStarted ${name}`, `ExtensionInstallStepUndone ${name}`]),
      'ExtensionInstallUndone',
    ]);
    expect(at.sandboxes.running.size).toBe(0);
    expect(at.snapshot.find(TENANT, extension)).toMatchObject({ status: 'failed', grants: [] });
  });

  it('at its tables says why, and nothing of it was started', async () => {
    const at = await world();
    const keeper = manifest({
      id: 'acme.keeper',
      data: { version: 1, collections: { note: { description: 'A note.', fields: { a: { type: 'text' } } } } },
    });
    await at.package(keeper);
    at.tables.refusal = rejected('DATA_LAYOUT_UNSERVED', { extension: 'acme.keeper', pointer: '/data', reason: 'why', cure: 'how' });
    await at.manager.install({ extension: 'acme.keeper', version: null, consented: [], enable: true }, at.caller());
    expect(await at.until('acme.keeper', 'failed')).toMatchObject({ failure: { step: 'data', code: 'DATA_LAYOUT_UNSERVED' } });
    expect(at.tables.calls).toEqual(['prepare acme.keeper 1.0.0', 'take back acme.keeper 1.0.0']);
    expect(at.sandboxes.calls).toEqual([]);
    at.tables.refusal = null;
    await at.manager.install({ extension: 'acme.keeper', version: null, consented: [], enable: true }, at.caller());
    await at.until('acme.keeper', 'enabled');
  });

  it('says in words what the extension said', async () => {
    const at = await world();
    at.sandboxes.on('hook:onHealthCheck', () => ({ healthy: false, reasons: ['no disk', 'no key'] }));
    await at.manager.install(request, at.caller());
    expect(await at.until(extension, 'failed')).toMatchObject({
      failure: { code: 'EXTENSION_UNHEALTHY', reason: `${extension} started but says that it is not healthy: no disk; no key.` },
    });
  });

  it('at its dependencies names every one with its cure', async () => {
    const at = await world();
    const needy = manifest({ id: 'acme.needy', dependencies: { extensions: { 'acme.core': '^2.0.0', 'acme.more': '*' } } });
    await at.package(needy);
    await at.manager.install({ extension: 'acme.needy', version: null, consented: [], enable: true }, at.caller());
    const state = await at.until('acme.needy', 'failed');
    expect(state).toMatchObject({ failure: { step: 'dependencies', code: 'EXTENSION_DEPENDENCY_MISSING' } });
    expect(JSON.stringify(state)).toContain('Install and enable acme.core ^2.0.0');
    expect(JSON.stringify(state)).toContain('Install and enable acme.more *');
  });

  it('goes on to be removed for good, or tried again', async () => {
    const at = await world();
    at.sandboxes.on('start', () => refuse('SANDBOX_START_FAILED'));
    await at.manager.install(request, at.caller());
    await at.until(extension, 'failed');
    at.sandboxes.on('start', () => undefined);
    await at.manager.install(request, at.caller());
    await at.until(extension, 'enabled');
  });

  it('takes back what it can when taking back goes wrong too', async () => {
    const at = await world();
    at.sandboxes.on('hook:onActivate', () => refuse('PLUGIN_FAILED')).on('hook:onUninstall', () => refuse('PLUGIN_FAILED'));
    await at.manager.install(request, at.caller());
    await at.until(extension, 'failed');
    const undone = (await at.history(extension)).filter(({ type }) => type === 'ExtensionInstallStepUndone');
    expect(undone.map(({ data }) => ('trouble' in data && data.trouble !== null ? 'trouble' : 'well'))).toEqual([
      'well',
      'trouble',
      'well',
    ]);
    expect(at.sandboxes.running.size).toBe(0);
  });

  it('waits for what is being installed beside it', async () => {
    const at = await world();
    await at.package(manifest({ id: 'acme.needy', dependencies: { extensions: { [extension]: '^1.0.0' } } }));
    at.sandboxes.hold('hook:onActivate');
    await at.manager.install(request, at.caller());
    await at.manager.install({ extension: 'acme.needy', version: null, consented: [], enable: true }, at.caller());
    await eventually(
      async () => (await at.types('acme.needy')).includes('ExtensionInstallStepStarted dependencies'),
      () => 'it did not come so far',
    );
    at.sandboxes.release('hook:onActivate');
    await at.until('acme.needy', 'enabled');
  });
});

describe('a deadline', () => {
  it('ends a step that does not, and what it left is taken back', async () => {
    const at = await world();
    at.sandboxes.hold('hook:onInstall');
    await at.manager.install(request, at.caller());
    await eventually(
      () => at.sandboxes.calls.includes(`hook:onInstall ${extension}`),
      () => 'onInstall was not called',
    );
    await at.clock.advance(119_000);
    expect((await at.state(extension)).status).toBe('installing');
    await at.clock.advance(2_000);
    expect(await at.until(extension, 'failed')).toMatchObject({ failure: { step: 'trial', code: 'EXTENSION_STEP_DEADLINE' } });
    expect(at.sandboxes.running.size).toBe(0);
  });

  it('ends even a start that listens to nothing', async () => {
    const at = await world();
    at.sandboxes.hold('start');
    await at.manager.install(request, at.caller());
    await eventually(
      () => at.sandboxes.calls.includes(`start ${extension}`),
      () => 'it was not started',
    );
    await at.clock.advance(121_000);
    await at.until(extension, 'failed');
  });
});

describe('a cancel', () => {
  for (const [held, backwards] of [
    ['start', ['trial', 'data']],
    ['hook:onInstall', ['trial', 'data']],
    ['hook:onHealthCheck', ['trial', 'data']],
    ['hook:onActivate', ['activate', 'trial', 'data']],
  ] as const) {
    it(`during ${held} ends it and takes back ${backwards.join(', then ')}`, async () => {
      const at = await world();
      at.sandboxes.hold(held);
      await at.manager.install(request, at.caller());
      await eventually(
        () => at.sandboxes.calls.includes(`${held} ${extension}`),
        () => `${held} was not called`,
      );
      await at.manager.cancelInstall(extension, at.caller());
      await at.until(extension, 'absent');
      expect((await at.types(extension)).filter((type) => type.startsWith('ExtensionInstallStepUndone'))).toEqual(
        backwards.map((step) => `ExtensionInstallStepUndone ${step}`),
      );
      expect(at.sandboxes.calls).toContain(`hook:onUninstall ${extension}`);
      expect(at.sandboxes.running.size).toBe(0);
      expect(at.snapshot.find(TENANT, extension)).toBeNull();
    });
  }

  it('right after the request leaves nothing', async () => {
    const at = await world();
    await at.manager.install(request, at.caller());
    await at.manager.cancelInstall(extension, at.caller());
    await at.until(extension, 'absent');
    expect(at.sandboxes.running.size).toBe(0);
  });

  it('while it waits for a dependency leaves nothing', async () => {
    const at = await world();
    await at.package(manifest({ id: 'acme.needy', dependencies: { extensions: { [extension]: '^1.0.0' } } }));
    at.sandboxes.hold('hook:onActivate');
    await at.manager.install(request, at.caller());
    await at.manager.install({ extension: 'acme.needy', version: null, consented: [], enable: true }, at.caller());
    await eventually(
      async () => (await at.types('acme.needy')).includes('ExtensionInstallStepStarted dependencies'),
      () => 'it did not come so far',
    );
    await at.manager.cancelInstall('acme.needy', at.caller());
    await at.until('acme.needy', 'absent');
    expect(at.sandboxes.calls.filter((call) => call.endsWith('acme.needy'))).toEqual([]);
  });
});

describe('a restart', () => {
  it.each(['start', 'hook:onInstall', 'hook:onHealthCheck', 'hook:onActivate'])('during %s goes on from there', async (held) => {
    const at = await world();
    at.sandboxes.hold(held);
    await at.manager.install(request, at.caller());
    await eventually(
      () => at.sandboxes.calls.includes(`${held} ${extension}`),
      () => `${held} was not called`,
    );
    const after = await restarted(at);
    after.sandboxes.release(held);
    await after.until(extension, 'enabled');
  });

  it('after the deadline has passed takes back instead', async () => {
    const at = await world();
    at.sandboxes.hold('hook:onInstall');
    await at.manager.install(request, at.caller());
    await eventually(
      () => at.sandboxes.calls.includes(`hook:onInstall ${extension}`),
      () => 'onInstall was not called',
    );
    await at.close();
    await at.clock.advance(600_000);
    const after = await restarted(at);
    expect(await after.until(extension, 'failed')).toMatchObject({ failure: { code: 'EXTENSION_STEP_DEADLINE' } });
  });

  it('while an install is taken back finishes that', async () => {
    const at = await world();
    at.sandboxes.hold('hook:onActivate').hold('hook:onUninstall');
    await at.manager.install(request, at.caller());
    await eventually(
      () => at.sandboxes.calls.includes(`hook:onActivate ${extension}`),
      () => 'onActivate was not called',
    );
    await at.manager.cancelInstall(extension, at.caller());
    await eventually(
      () => at.sandboxes.calls.includes(`hook:onUninstall ${extension}`),
      () => 'onUninstall was not called',
    );
    const after = await restarted(at);
    after.sandboxes.release('hook:onUninstall');
    await after.until(extension, 'absent');
  });

  it('under safe boot takes back what was under way', async () => {
    const at = await world();
    at.sandboxes.hold('hook:onInstall');
    await at.manager.install(request, at.caller());
    await eventually(
      () => at.sandboxes.calls.includes(`hook:onInstall ${extension}`),
      () => 'onInstall was not called',
    );
    const before = at.sandboxes.calls.length;
    const after = await restarted(at, { safeBoot: true });
    expect(await after.until(extension, 'failed')).toMatchObject({ failure: { code: 'EXTENSION_SAFE_BOOT' } });
    expect(after.sandboxes.calls.slice(before)).toEqual([`stop ${extension}`]);
  });
});

describe('enabling, disabling and removing', () => {
  async function enabledWorld(): Promise<World> {
    const at = await world();
    await at.manager.install(request, at.caller());
    await at.until(extension, 'enabled');
    at.sandboxes.calls.length = 0;
    return at;
  }

  it('run their hooks after the decision, and stop the sandbox', async () => {
    const at = await enabledWorld();
    await at.manager.disable(extension, at.caller());
    await eventually(
      async () => (await at.types(extension)).includes('ExtensionDeactivated'),
      () => 'its hook did not run',
    );
    expect(at.sandboxes.calls).toEqual([`hook:onDeactivate ${extension}`, `stop ${extension}`]);
    await at.manager.enable(extension, at.caller());
    await eventually(
      async () => (await at.types(extension)).includes('ExtensionActivated'),
      () => 'its hook did not run',
    );
  });

  it('leave disabled what cannot be activated, with the reason', async () => {
    const at = await enabledWorld();
    await at.manager.disable(extension, at.caller());
    at.sandboxes.on('hook:onActivate', () => refuse('PLUGIN_FAILED'));
    await at.manager.enable(extension, at.caller());
    await eventually(
      async () => (await at.types(extension)).includes('ExtensionActivationFailed'),
      () => 'nothing was said',
    );
    await at.until(extension, 'disabled');
    expect(at.health.of(TENANT, extension)).toMatchObject({ status: 'unhealthy' });
    expect(at.snapshot.find(TENANT, extension)?.status).toBe('disabled');
  });

  it('say goodbye to the extension on removal', async () => {
    const at = await enabledWorld();
    await at.manager.remove(extension, at.caller());
    await at.until(extension, 'removed');
    expect(at.sandboxes.calls).toEqual([`hook:onDeactivate ${extension}`, `hook:onUninstall ${extension}`, `stop ${extension}`]);
  });

  it('finish a removal after a restart', async () => {
    const at = await enabledWorld();
    at.sandboxes.hold('hook:onUninstall');
    await at.manager.remove(extension, at.caller());
    await eventually(
      () => at.sandboxes.calls.includes(`hook:onUninstall ${extension}`),
      () => 'onUninstall was not called',
    );
    const after = await restarted(at);
    after.sandboxes.release('hook:onUninstall');
    await after.until(extension, 'removed');
  });

  it('respect dependents', async () => {
    const at = await enabledWorld();
    await at.package(manifest({ id: 'acme.needy', dependencies: { extensions: { [extension]: '^1.0.0' } } }));
    await at.manager.install({ extension: 'acme.needy', version: null, consented: [], enable: true }, at.caller());
    await at.until('acme.needy', 'enabled');
    await expect(at.manager.disable(extension, at.caller())).rejects.toMatchObject({
      code: 'EXTENSION_HAS_DEPENDENTS',
      facts: { dependents: ['acme.needy'] },
    });
    await expect(at.manager.remove(extension, at.caller())).rejects.toThrow('EXTENSION_HAS_DEPENDENTS');
    await at.manager.disable('acme.needy', at.caller());
    await at.manager.disable(extension, at.caller());
    await expect(at.manager.enable('acme.needy', at.caller())).rejects.toThrow('EXTENSION_DEPENDENCY_MISSING');
    await expect(at.manager.remove(extension, at.caller())).rejects.toThrow('EXTENSION_HAS_DEPENDENTS');
  });
});

function refuse(code: string): never {
  throw rejected(code, { extension, reason: 'so it is' });
}
