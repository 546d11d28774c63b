import { afterEach, describe, expect, it } from '@jest/globals';
import { derivedId, rejected, streamId } from '@kari/kernel';
import type { Manifest } from '@kari/protocol/manifest';
import { extension, kv, manifest, OTHER_TENANT, TENANT } from '../testing/stories.js';
import { eventually, World, type WorldOptions } from '../testing/world.js';
import { upgradeSteps } from './upgrade.rules.js';

const notes = (version: string, changes: Partial<Manifest> = {}): Manifest =>
  manifest({ version, permissions: { kv: { bytes: 1_000, reason: kv.reason } }, ...changes });
const wider = notes('2.0.0', {
  permissions: { kv: { bytes: 1_000, reason: kv.reason }, tcp: [{ host: 'db', port: 5432, reason: 'stores notes' }] },
});
const request = { extension, version: null, consented: [] as string[] };
const TCP = 'tcp:db:5432';
const open: World[] = [];

/** Version 1.0.0 installed, 2.0.0 registered. */
async function world(next: Manifest | null = notes('2.0.0'), options: WorldOptions & { enable?: boolean } = {}): Promise<World> {
  const made = await World.open(options);
  open.push(made);
  await made.tenant(TENANT);
  await made.package(notes('1.0.0'));
  const enable = options.enable ?? true;
  await made.manager.install({ extension, version: null, consented: ['kv'], enable }, made.caller());
  await made.until(extension, enable ? 'enabled' : 'disabled');
  if (next !== null) await made.package(next);
  made.sandboxes.calls.length = 0;
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

/** Resolves once no upgrade is under way, or it waits. */
async function atRest(at: World, tenant = TENANT): Promise<void> {
  await eventually(
    async () => {
      const state = await at.state(extension, tenant);
      return !('upgrade' in state) || state.upgrade === null || state.upgrade.phase === 'held';
    },
    async () => `the upgrade is not at rest: ${JSON.stringify(await at.state(extension, tenant))}`,
  );
  await at.snapshot.reached(await at.store.head());
}
const served = (at: World, tenant = TENANT): string | undefined => at.snapshot.find(tenant, extension)?.version.version;
const granted = (at: World): readonly string[] =>
  (at.snapshot.find(TENANT, extension)?.grants ?? []).filter(({ state }) => state === 'granted').map(({ id }) => id);
const last = async (at: World): Promise<string | undefined> => (await at.types(extension)).at(-1);

describe('an upgrade', () => {
  it('goes through its steps to the new version, telling each', async () => {
    const at = await world();
    const from: unknown[] = [];
    at.sandboxes.on('candidate hook:onUpgrade', ({ input }) => void from.push(input)).on('candidate hook:onHealthCheck', () => true);
    await at.manager.upgrade(request, at.caller());
    await atRest(at);
    const types = await at.types(extension);
    expect(types.slice(types.indexOf('ExtensionUpgradeRequested'))).toEqual([
      'ExtensionUpgradeRequested',
      ...upgradeSteps.flatMap((step) => [
        `ExtensionUpgradeStepStarted ${step}`,
        ...(step === 'snapshot' ? ['ExtensionSnapshotTaken'] : []),
        `ExtensionUpgradeStepCompleted ${step}`,
      ]),
      'ExtensionUpgraded',
    ]);
    expect(from).toEqual([{ from: '1.0.0' }]);
    expect(served(at)).toBe('2.0.0');
    expect(at.sandboxes.calls).toEqual([
      `candidate start ${extension} 2.0.0`,
      `candidate hook:onUpgrade ${extension}`,
      `candidate hook:onHealthCheck ${extension}`,
      `candidate start ${extension} 2.0.0`,
      `candidate takes over ${extension} 2.0.0`,
    ]);
  });

  it('lets the old version serve, with its grants, while the new one is tried', async () => {
    const at = await world(wider);
    at.sandboxes.hold('candidate hook:onUpgrade').on('candidate hook:onUpgrade', () => undefined);
    await at.manager.upgrade({ ...request, consented: [TCP] }, at.caller());
    await eventually(
      () => at.sandboxes.calls.includes(`candidate hook:onUpgrade ${extension}`),
      () => at.sandboxes.calls.join(),
    );
    expect([served(at), granted(at), at.snapshot.find(TENANT, extension)?.status]).toEqual(['1.0.0', ['kv'], 'enabled']);
    expect(at.sandboxes.candidates.all()).toEqual([{ tenant: TENANT, extension, version: '2.0.0' }]);
    at.sandboxes.release('candidate hook:onUpgrade');
    await atRest(at);
    expect([served(at), granted(at)]).toEqual(['2.0.0', [TCP, 'kv']]);
  });

  it('of a disabled extension tries the new version and leaves no process behind', async () => {
    const at = await world(notes('2.0.0'), { enable: false });
    await at.manager.upgrade(request, at.caller());
    await atRest(at);
    expect(at.snapshot.find(TENANT, extension)).toMatchObject({ status: 'disabled', version: { version: '2.0.0' } });
    expect([at.sandboxes.candidates.all(), at.sandboxes.running.size]).toEqual([[], 0]);
  });

  it('in one tenant leaves the other on its version', async () => {
    const at = await world();
    await at.tenant(OTHER_TENANT);
    await at.manager.install({ extension, version: '1.0.0', consented: ['kv'], enable: true }, at.caller(OTHER_TENANT));
    await at.until(extension, 'enabled', OTHER_TENANT);
    await at.manager.upgrade(request, at.caller());
    await atRest(at);
    expect([served(at), served(at, OTHER_TENANT)]).toEqual(['2.0.0', '1.0.0']);
  });
});

describe('an upgrade that fails', () => {
  const refuse = (code: 'SANDBOX_START_FAILED' | 'PLUGIN_FAILED') => () => {
    throw rejected(code, { extension, reason: 'broken', plugin: 'x', code: 'X', message: 'broken' });
  };
  it.each([
    ['verify', (at: World) => void at.blobs.stored.clear()],
    ['trial', (at: World) => void at.sandboxes.on('candidate start', refuse('SANDBOX_START_FAILED'))],
    ['trial', (at: World) => void at.sandboxes.on('candidate hook:onUpgrade', refuse('PLUGIN_FAILED'))],
    ['trial', (at: World) => void at.sandboxes.on('candidate hook:onHealthCheck', () => ({ healthy: false, reason: 'no disk' }))],
  ])('at %s leaves everything as it was, and no process', async (step, spoil) => {
    const at = await world();
    const before = await at.state(extension);
    spoil(at);
    await at.manager.upgrade(request, at.caller());
    await atRest(at);
    expect(await at.types(extension)).toContain(`ExtensionUpgradeFailed ${step}`);
    expect(await last(at)).toBe('ExtensionUpgradeUndone');
    expect(await at.state(extension)).toEqual(before);
    expect(at.sandboxes.candidates.all()).toEqual([]);
    expect([served(at), at.sandboxes.running.size]).toEqual(['1.0.0', 1]);
  });

  it('at its tables keeps them as the old version has them', async () => {
    const data = { version: 1, collections: { note: { description: 'A note.', fields: { a: { type: 'text' as const } } } } };
    const at = await world(notes('2.0.0', { data }));
    at.tables.refusal = rejected('DATA_MIGRATION_FAILED', { extension, step: 'create-index t1_c1_ux', reason: 'why' });
    await at.manager.upgrade(request, at.caller());
    await atRest(at);
    expect(await at.types(extension)).toContain('ExtensionUpgradeFailed data');
    expect(at.tables.calls).toEqual([`prepare ${extension} 2.0.0 from 1.0.0`, `take back ${extension} 2.0.0`]);
    expect([served(at), at.sandboxes.calls]).toEqual(['1.0.0', []]);
  });

  /** As if what stands in the way had come after the upgrade was asked for. */
  async function cameBetween(at: World): Promise<void> {
    const facts = { ...at.plans.upgradeFacts(TENANT, extension, request.version), obstacles: [] };
    const data = { extension, version: request.version, consented: [...request.consented], facts };
    await at.bus.send({ type: 'UpgradeExtension', data }, at.caller());
    await atRest(at);
  }

  it('at what depends on it names who and the cure', async () => {
    const at = await world();
    await at.package(manifest({ id: 'acme.report', dependencies: { extensions: { [extension]: '^1.0.0' } } }));
    await at.manager.install({ extension: 'acme.report', version: null, consented: [], enable: true }, at.caller());
    await at.until('acme.report', 'enabled');
    await expect(at.manager.upgrade(request, at.caller())).rejects.toMatchObject({
      code: 'EXTENSION_UPGRADE_NEEDS_PLAN',
      facts: { cures: [expect.stringContaining('Change acme.report to a version that works with acme.notes 2.0.0')] },
    });
    await cameBetween(at);
    const failed = (await at.history(extension)).find(({ type }) => type === 'ExtensionUpgradeFailed');
    expect(failed?.data).toMatchObject({ step: 'dependencies', code: 'EXTENSION_UPGRADE_OBSTRUCTED' });
    expect(JSON.stringify(failed?.data)).toContain('Change acme.report to a version that works with acme.notes 2.0.0');
    expect(served(at)).toBe('1.0.0');
  });

  it('at a dependency that is not there says so, and does not care for it while the extension is disabled', async () => {
    const needy = notes('2.0.0', { dependencies: { extensions: { 'acme.core': '*' } } });
    const at = await world(needy);
    await expect(at.manager.upgrade(request, at.caller())).rejects.toThrow('EXTENSION_UPGRADE_NEEDS_PLAN');
    await cameBetween(at);
    expect(await at.types(extension)).toContain('ExtensionUpgradeFailed dependencies');
    const off = await world(needy, { enable: false });
    await off.manager.upgrade(request, off.caller());
    await atRest(off);
    expect(served(off)).toBe('2.0.0');
  });
});

describe('P-11 an upgrade that wants more', () => {
  it('is held with the list, while the old version and its grants go on; consent lets it go on', async () => {
    const at = await world(wider);
    await at.manager.upgrade(request, at.caller());
    await atRest(at);
    expect(await at.state(extension)).toMatchObject({
      upgrade: { phase: 'held', cause: 'consent', items: [{ id: TCP, reason: 'stores notes' }] },
    });
    expect([served(at), granted(at), at.sandboxes.calls]).toEqual(['1.0.0', ['kv'], []]);
    const again = await restarted(at);
    expect([served(again), granted(again)]).toEqual(['1.0.0', ['kv']]);
    await again.manager.consentToUpgrade(extension, [TCP], again.caller());
    await atRest(again);
    expect([served(again), granted(again)]).toEqual(['2.0.0', [TCP, 'kv']]);
  });

  it('ends when it is declined', async () => {
    const at = await world(wider);
    const before = await at.state(extension);
    await at.manager.upgrade(request, at.caller());
    await atRest(at);
    await at.manager.cancelUpgrade(extension, at.caller());
    await atRest(at);
    expect(await at.state(extension)).toEqual(before);
  });

  it('counts a wider scope of the same permission, but none that was revoked', async () => {
    const more = notes('2.0.0', { permissions: { kv: { bytes: 9_000, reason: kv.reason } } });
    const at = await world(more);
    expect(at.plans.previewUpgrade(TENANT, extension, null)).toMatchObject({ consent: [{ id: 'kv' }], dropped: [] });
    await at.manager.revokeGrant(extension, 'kv', at.caller());
    expect(at.plans.previewUpgrade(TENANT, extension, null)).toMatchObject({ consent: [] });
    await at.manager.upgrade(request, at.caller());
    await atRest(at);
    expect([served(at), granted(at)]).toEqual(['2.0.0', []]);
  });
});

describe('3.5 an upgrade that would break a user of a contract', () => {
  const plugin = (version: string): Partial<Manifest> => ({
    plugins: {
      'note.read': {
        description: 'Reads.',
        version,
        input: { type: 'object' },
        output: { type: 'object' },
        effect: 'read',
        idempotent: true,
      },
    },
  });

  it('is held, naming who and the cure, and goes on when nobody would break any more', async () => {
    const at = await World.open();
    open.push(at);
    await at.tenant(TENANT);
    await at.package(notes('1.0.0', plugin('1.0.0')));
    await at.package(manifest({ id: 'acme.report', dependencies: { plugins: { 'note.read': '^1.0.0' } } }));
    for (const [id, consented] of [[extension, ['kv']] as const, ['acme.report', []] as const]) {
      await at.manager.install({ extension: id, version: null, consented, enable: true }, at.caller());
      await at.until(id, 'enabled');
    }
    await at.package(notes('2.0.0', plugin('2.0.0')));
    expect(at.plans.previewUpgrade(TENANT, extension, null)).toMatchObject({
      breaks: [{ user: 'acme.report' }],
      dependents: ['acme.report'],
    });
    await at.manager.upgrade(request, at.caller());
    await atRest(at);
    expect(await at.state(extension)).toMatchObject({ upgrade: { phase: 'held', cause: 'contract', items: [{ id: 'acme.report' }] } });
    expect(JSON.stringify(await at.state(extension))).toContain('upgrade acme.report to a version whose range');
    expect(served(at)).toBe('1.0.0');

    await at.manager.remove('acme.report', at.caller());
    await at.until('acme.report', 'removed');
    await atRest(at);
    await eventually(
      () => served(at) === '2.0.0',
      async () => JSON.stringify(await at.state(extension)),
    );
  });
});

describe('a preview', () => {
  it('tells versions, what is asked for and dropped, and changes nothing', async () => {
    const at = await world(notes('2.0.0', { permissions: { tcp: [{ host: 'db', port: 5432, reason: 'stores notes' }] } }));
    expect(at.plans.previewUpgrade(TENANT, extension, null)).toMatchObject({
      from: { version: '1.0.0', resourceClass: 'S' },
      content: { version: '2.0.0' },
      consent: [{ id: TCP, reason: 'stores notes' }],
      dropped: ['kv'],
      obstacles: [],
      breaks: [],
      dependents: [],
    });
    expect((await at.types(extension)).at(-1)).toBe('ExtensionEnabled');
  });

  it('is refused for an older or unknown version, and for what is not installed', async () => {
    const at = await world();
    await at.package(notes('0.9.0'));
    expect(() => at.plans.previewUpgrade(TENANT, extension, '0.9.0')).toThrow('EXTENSION_VERSION_OLDER');
    expect(() => at.plans.previewUpgrade(TENANT, extension, '7.0.0')).toThrow('EXTENSION_PACKAGE_UNKNOWN');
    expect(() => at.plans.previewUpgrade(OTHER_TENANT, extension, null)).toThrow('EXTENSION_NOT_INSTALLED');
  });
});

describe('in the middle of an upgrade', () => {
  async function held(step: string): Promise<World> {
    const at = await world();
    at.sandboxes.hold(step).on('candidate hook:onUpgrade', () => undefined);
    await at.manager.upgrade(request, at.caller());
    await eventually(
      () => at.sandboxes.calls.some((call) => call.startsWith(step)),
      () => at.sandboxes.calls.join(),
    );
    return at;
  }

  it('a cancel ends the work in hand and the process of the candidate', async () => {
    const at = await held('candidate hook:onUpgrade');
    await at.manager.cancelUpgrade(extension, at.caller());
    await atRest(at);
    expect([served(at), at.sandboxes.candidates.all(), await last(at)]).toEqual(['1.0.0', [], 'ExtensionUpgradeUndone']);
  });

  it('disabling ends the upgrade, and removing ends everything', async () => {
    const at = await held('candidate hook:onUpgrade');
    await at.manager.disable(extension, at.caller());
    await atRest(at);
    expect(at.snapshot.find(TENANT, extension)).toMatchObject({ status: 'disabled', version: { version: '1.0.0' } });
    expect(at.sandboxes.candidates.all()).toEqual([]);

    const other = await held('candidate hook:onUpgrade');
    await other.manager.remove(extension, other.caller());
    await other.until(extension, 'removed');
    expect([other.snapshot.find(TENANT, extension), other.sandboxes.candidates.all(), other.sandboxes.running.size]).toEqual([null, [], 0]);
  });

  it('enabling what is disabled goes on with the old version, and the upgrade goes on too', async () => {
    const at = await world(notes('2.0.0'), { enable: false });
    at.sandboxes.hold('candidate hook:onHealthCheck');
    at.sandboxes.on('candidate hook:onHealthCheck', () => true);
    await at.manager.upgrade(request, at.caller());
    await eventually(
      () => at.sandboxes.calls.includes(`candidate hook:onHealthCheck ${extension}`),
      () => at.sandboxes.calls.join(),
    );
    await at.manager.enable(extension, at.caller());
    expect([served(at), at.snapshot.find(TENANT, extension)?.status]).toEqual(['1.0.0', 'enabled']);
    at.sandboxes.release('candidate hook:onHealthCheck');
    await atRest(at);
    expect(at.snapshot.find(TENANT, extension)).toMatchObject({ status: 'enabled', version: { version: '2.0.0' } });
  });

  it('a revoke holds at once and after the switch', async () => {
    const at = await held('candidate hook:onUpgrade');
    await at.manager.revokeGrant(extension, 'kv', at.caller());
    expect(granted(at)).toEqual([]);
    at.sandboxes.release('candidate hook:onUpgrade');
    await atRest(at);
    expect([served(at), granted(at)]).toEqual(['2.0.0', []]);
  });

  it('a suspended tenant keeps its old version: the candidate may not run', async () => {
    const at = await held('candidate hook:onUpgrade');
    await at.tenant(TENANT, 'TenantSuspended');
    at.sandboxes.on('candidate hook:onUpgrade', () => {
      throw rejected('SANDBOX_TENANT_INACTIVE', { status: 'suspended' });
    });
    at.sandboxes.release('candidate hook:onUpgrade');
    await atRest(at);
    expect([served(at), at.sandboxes.candidates.all(), await last(at)]).toEqual(['1.0.0', [], 'ExtensionUpgradeUndone']);
  });

  it('a safe boot takes it back without starting anything, and going back stays possible', async () => {
    const at = await held('candidate hook:onUpgrade');
    const safe = await restarted(at, { safeBoot: true });
    safe.sandboxes.calls.length = 0;
    await atRest(safe);
    expect([served(safe), await last(safe)]).toEqual(['1.0.0', 'ExtensionUpgradeUndone']);
    expect(safe.sandboxes.calls.filter((call) => call.includes('start') || call.includes('hook'))).toEqual([]);
    await expect(safe.manager.upgrade(request, safe.caller())).rejects.toThrow('EXTENSION_SAFE_BOOT');
  });

  it('another upgrade, an older version and a user without the right are refused, and that is audited', async () => {
    const at = await held('candidate hook:onUpgrade');
    await at.package(notes('3.0.0'));
    await expect(at.manager.upgrade(request, at.caller())).rejects.toThrow('EXTENSION_UPGRADE_RUNNING');
    await expect(at.manager.upgrade({ ...request, version: '1.0.0' }, at.caller())).rejects.toThrow('EXTENSION_UPGRADE_RUNNING');
    const nobody = { ...at.caller(), principal: { id: 'viewer', kind: 'user' as const, may: () => false } };
    await expect(at.manager.cancelUpgrade(extension, nobody)).rejects.toThrow('REQUEST_DENIED');
    await expect(at.manager.rollBack(extension, nobody)).rejects.toThrow('REQUEST_DENIED');
    expect(at.audited).toContainEqual(expect.objectContaining({ actor: 'viewer', operation: 'CancelUpgrade', outcome: 'denied' }));
  });

  it('a candidate that the log knows nothing of is ended', async () => {
    const at = await world(null);
    at.sandboxes.onTrial.set(`${TENANT}~${extension}`, { tenant: TENANT, extension, version: '2.0.0' });
    await at.reconciler.reconcile();
    expect(at.sandboxes.candidates.all()).toEqual([]);
  });
});

describe('after the switch', () => {
  async function upgraded(options: WorldOptions = {}): Promise<World> {
    const at = await world(notes('2.0.0', { permissions: {} }), options);
    await at.manager.upgrade(request, at.caller());
    await atRest(at);
    expect([served(at), granted(at)]).toEqual(['2.0.0', []]);
    return at;
  }
  async function passes(at: World, seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second += 1) await at.clock.advance(1_000);
    await at.snapshot.reached(await at.store.head());
  }

  it('P-05 an operator goes back, with the grants of that version and a word in the log', async () => {
    const at = await upgraded();
    await at.manager.rollBack(extension, at.caller());
    expect([served(at), granted(at), await last(at)]).toEqual(['1.0.0', ['kv'], 'ExtensionRolledBack']);
    await expect(at.manager.rollBack(extension, at.caller())).rejects.toThrow('EXTENSION_NO_FORMER_VERSION');
  });

  it('a health check that says no takes it back by itself, with the reason as a fact', async () => {
    const at = await upgraded();
    at.sandboxes.on('hook:onHealthCheck', () => ({ healthy: false, reasons: ['it lost its notes'] }));
    await passes(at, 35);
    const fact = (await at.history(extension)).at(-1);
    expect(fact).toMatchObject({
      type: 'ExtensionRolledBack',
      data: { cause: 'health', reason: 'it lost its notes', from: '2.0.0', version: '1.0.0' },
    });
    expect([served(at), granted(at)]).toEqual(['1.0.0', ['kv']]);
  });

  it('a quarantine takes it back by itself, one of another version does not', async () => {
    const at = await upgraded();
    const quarantined = async (version: string, revision: number): Promise<void> => {
      const meta = {
        tenant: TENANT,
        actor: 'system:sandbox.supervisor',
        actorKind: 'system',
        commandId: `quarantine-${revision}`,
        commandType: 'ReportSandboxCrash',
        correlationId: 'correlation',
        occurredAt: '2026-01-01T00:00:00.000Z',
      } as const;
      const data = { extension, version, bundleHash: 'x', cause: 'crash-loop', reason: 'it crashed 5 times in ten minutes' };
      const events = [{ id: derivedId(TENANT, 'quarantine', revision), type: 'SandboxQuarantined', version: 1, data, meta }];
      const expected = revision === 0 ? ('none' as const) : BigInt(revision - 1);
      await at.store.append([{ stream: streamId('sandbox.process', TENANT, extension), expected, events }]);
    };
    await quarantined('1.0.0', 0);
    await quarantined('2.0.0', 1);
    await eventually(
      async () => (await last(at)) === 'ExtensionRolledBack',
      async () => (await at.types(extension)).join(),
    );
    expect((await at.history(extension)).filter(({ type }) => type === 'ExtensionRolledBack')).toMatchObject([
      { data: { cause: 'quarantine', reason: 'it crashed 5 times in ten minutes' } },
    ]);
    expect(at.sandboxes.calls).toContain(`start ${extension}`);
  });

  it('a version that does not start, so that the one before still serves, is taken back', async () => {
    const at = await upgraded();
    at.sandboxes.mark(TENANT, extension, 'ready', 'an older version serves', '1.0.0');
    await passes(at, 35);
    expect((await at.history(extension)).at(-1)).toMatchObject({
      type: 'ExtensionRolledBack',
      data: { cause: 'health', reason: 'it does not start: 1.0.0 still serves' },
    });
  });

  it('one silent check takes nothing back, three in a row do', async () => {
    const at = await upgraded();
    at.sandboxes.on('hook:onHealthCheck', () => {
      throw rejected('SANDBOX_DEADLINE', { extension, handler: 'hook:onHealthCheck', milliseconds: 5_000 });
    });
    await passes(at, 65);
    expect(served(at)).toBe('2.0.0');
    await passes(at, 35);
    expect(served(at)).toBe('1.0.0');
  });

  it('time proves it: after that a quarantine is the extension’s own affair', async () => {
    const at = await upgraded();
    at.sandboxes.on('hook:onHealthCheck', () => true);
    await passes(at, 605);
    expect(await last(at)).toBe('ExtensionUpgradeProven');
    expect(await at.state(extension)).toMatchObject({ trial: null, formers: [{ version: '1.0.0' }] });
  });

  it('no wish brings back a version that was rolled back; an operator may ask for it', async () => {
    const at = await upgraded();
    await at.manager.rollBack(extension, at.caller());
    await at.manager.upgrade(request, at.caller());
    await atRest(at);
    expect(served(at)).toBe('2.0.0');
  });
});
