// Upgrades on a real server with real sandboxes: two tenants on two versions, calls under load, consent, the way back.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { eventually } from '../../support/client.js';
import { listen, startExtensionWorld, type ExtensionWorld, type TenantDesk } from '../../support/extension-world.js';
import { VERSIONED, versionedPackages, type VersionedPackages } from '../../support/versioned-packages.js';

const KV = { kv: { bytes: 1_024, reason: 'Keeps a word.' } };
const WEB = 'http:https://api.example.org:443';

let packages: VersionedPackages;
let world: ExtensionWorld;
let a: TenantDesk;
let b: TenantDesk;

interface State {
  readonly status: string;
  readonly version: string;
  readonly formerVersion: string | null;
  readonly trialUntil: string | null;
  readonly grants: readonly { readonly id: string; readonly state: string }[];
  readonly upgrade: {
    readonly version: string;
    readonly phase: string;
    readonly heldFor: string | null;
    readonly waitsFor: readonly unknown[];
  } | null;
}

beforeAll(async () => {
  packages = await versionedPackages(
    { version: '1.0.0', permissions: KV },
    { version: '2.0.0', permissions: KV },
    { version: '3.0.0', permissions: { ...KV, http: [{ host: 'api.example.org', reason: 'Looks words up.' }] } },
    { version: '4.0.0', hooks: 'onUpgrade: () => { throw new Error("it cannot take over"); },' },
  );
  world = await startExtensionWorld([packages.folder], { KARI_UPGRADE_HEALTH_SECONDS: '1' });
  [a, b] = [await world.tenant('tenant-a'), await world.tenant('tenant-b')];
  for (const tenant of [a, b]) await install(tenant);
}, 120_000);

afterAll(async () => {
  await world?.stop();
  await packages?.remove();
}, 60_000);

async function install(tenant: TenantDesk): Promise<void> {
  await tenant.caller.data('mutation ($input: InstallExtensionInput!) { installExtension(input: $input) { revision } }', {
    input: { extension: VERSIONED, version: '1.0.0', consented: ['kv'] },
  });
  await eventually(
    () => tenant.installation(VERSIONED),
    ({ status }) => status === 'ENABLED',
  );
}
const state = async (tenant: TenantDesk): Promise<State> =>
  (
    await tenant.caller.data<{ extension: State }>(
      'query ($id: ID!) { extension(extension: $id) { status version formerVersion trialUntil grants { id state } upgrade { version phase heldFor waitsFor { id reason } } } }',
      { id: VERSIONED },
    )
  ).extension;
const upgrade = (tenant: TenantDesk, version: string, consented: readonly string[] = []) =>
  tenant.caller.ask('mutation ($input: UpgradeExtensionInput!) { upgradeExtension(input: $input) { version upgrade { phase } } }', {
    input: { extension: VERSIONED, version, consented },
  });
const word = async (tenant: TenantDesk, milliseconds = 0): Promise<string> =>
  (await tenant.call<{ version: string }>('word.say', { milliseconds })).version;
const became = (tenant: TenantDesk, version: string): Promise<State> =>
  eventually(
    () => state(tenant),
    (found) => found.version === version && found.upgrade === null,
    30_000,
  );

it('two tenants run two versions at once, and no call is lost or answered twice while one changes', async () => {
  const preview = await a.caller.data(
    'query ($id: ID!) { previewUpgrade(extension: $id, version: "2.0.0") { installed version consent { id } dropped obstacles { id } breaks { extension } dependents } }',
    { id: VERSIONED },
  );
  expect(preview).toEqual({
    previewUpgrade: { installed: '1.0.0', version: '2.0.0', consent: [], dropped: [], obstacles: [], breaks: [], dependents: [] },
  });
  const changes = await listen<{ version: string; upgrade: { phase: string } | null }>(
    a.caller,
    'subscription { extensionChanged { version upgrade { phase } } }',
  );
  const answers: string[] = [];
  let asked = 0;
  let going = true;
  const callers = Array.from({ length: 6 }, async () => {
    while (going) {
      asked += 1;
      answers.push(await word(a, 5));
    }
  });
  await eventually(
    () => Promise.resolve(answers.length),
    (count) => count > 20,
  );
  expect((await upgrade(a, '2.0.0')).errors).toEqual([]);
  expect(await became(a, '2.0.0')).toMatchObject({ status: 'ENABLED', formerVersion: '1.0.0', trialUntil: expect.any(String) });
  await eventually(
    () => Promise.resolve(answers.filter((version) => version === '2.0.0').length),
    (count) => count > 20,
  );
  going = false;
  await Promise.all(callers);
  expect(answers).toHaveLength(asked);
  expect([...new Set(answers)].sort()).toEqual(['1.0.0', '2.0.0']);
  const first = answers.indexOf('2.0.0');
  expect(answers.slice(first).filter((version) => version === '1.0.0').length).toBeLessThanOrEqual(6);
  expect([await word(a), await word(b)]).toEqual(['2.0.0', '1.0.0']);
  await changes.until((seen) => seen.some(({ version, upgrade: running }) => version === '1.0.0' && running?.phase === 'RUNNING'));
  await changes.until((seen) => seen.some(({ version, upgrade: running }) => version === '2.0.0' && running === null));
  await changes.dispose();
}, 90_000);

it('time travel shows one version right before the switch and the other right after', async () => {
  const { extensionHistory } = await a.caller.data<{ extensionHistory: { nodes: { type: string; at: string }[] } }>(
    'query ($id: ID!) { extensionHistory(extension: $id, first: 50) { nodes { type at } } }',
    { id: VERSIONED },
  );
  const switched = Date.parse(extensionHistory.nodes.find(({ type }) => type === 'ExtensionUpgraded')?.at ?? '');
  const at = async (moment: number): Promise<unknown> =>
    (
      await a.caller.data<{ extensionsAt: unknown }>('query ($moment: DateTime!) { extensionsAt(moment: $moment) { id version } }', {
        moment: new Date(moment).toISOString(),
      })
    ).extensionsAt;
  expect(await at(switched - 1)).toEqual([{ id: VERSIONED, version: '1.0.0' }]);
  expect(await at(switched)).toEqual([{ id: VERSIONED, version: '2.0.0' }]);
}, 30_000);

it('an upgrade that wants more waits for consent, while the old version serves; consent lets it go on', async () => {
  expect((await upgrade(a, '3.0.0')).data).toEqual({ upgradeExtension: { version: '2.0.0', upgrade: { phase: 'HELD' } } });
  // The answer comes from the log, the view follows.
  const held = await eventually(
    () => state(a),
    ({ upgrade: waiting }) => waiting !== null,
  );
  expect(held).toMatchObject({
    version: '2.0.0',
    upgrade: { version: '3.0.0', phase: 'HELD', heldFor: 'CONSENT', waitsFor: [{ id: WEB, reason: 'Looks words up.' }] },
  });
  expect(held.grants.map(({ id }) => id)).toEqual(['kv']);
  expect(await word(a)).toBe('2.0.0');
  const viewer = await a.member('viewer');
  const consent = `mutation { consentToUpgrade(extension: "${VERSIONED}", consented: ["${WEB}"]) { version } }`;
  expect(await viewer.code(consent)).toBe('REQUEST_DENIED');
  expect(await viewer.code(`mutation { rollBackExtension(extension: "${VERSIONED}") { version } }`)).toBe('REQUEST_DENIED');
  await eventually(
    () => a.caller.data('query { auditEntries(filter: { outcome: DENIED }, first: 20) { nodes { operation } } }'),
    (denied) => /consentToUpgrade/i.test(JSON.stringify(denied)),
  );
  await a.caller.data(consent);
  const after = await became(a, '3.0.0');
  expect(after.grants.map(({ id, state: held }) => `${id} ${held}`).sort()).toEqual([`${WEB} GRANTED`, 'kv GRANTED']);
  expect(await word(a)).toBe('3.0.0');
}, 60_000);

it('a version that is not well in its trial period is rolled back by itself, with the grants of the one before', async () => {
  await a.call('word.break', {});
  const back = await became(a, '2.0.0');
  expect(back).toMatchObject({ trialUntil: null, formerVersion: '1.0.0', grants: [{ id: 'kv' }] });
  expect(await word(a)).toBe('2.0.0');
  const { extensionHistory, installProgress } = await a.caller.data<{
    extensionHistory: { nodes: { type: string; data: string }[] };
    installProgress: unknown;
  }>(
    'query ($id: ID!) { extensionHistory(extension: $id, first: 3) { nodes { type data } } installProgress(extension: $id) { from version outcome } }',
    { id: VERSIONED },
  );
  const fact = extensionHistory.nodes.find(({ type }) => type === 'ExtensionRolledBack');
  expect(JSON.parse(fact?.data ?? '{}')).toMatchObject({ cause: 'health', reason: 'broken on purpose', from: '3.0.0', version: '2.0.0' });
  expect(installProgress).toEqual({ from: '2.0.0', version: '3.0.0', outcome: 'ROLLED_BACK' });
}, 60_000);

it('a version whose onUpgrade fails never serves, and no process of it stays', async () => {
  const before = await state(a);
  expect((await upgrade(a, '4.0.0')).errors).toEqual([]);
  const progress = await eventually(
    async () =>
      (
        await a.caller.data<{ installProgress: { outcome: string; version: string; failure: { code: string } | null } }>(
          'query ($id: ID!) { installProgress(extension: $id) { outcome version failure { code } } }',
          { id: VERSIONED },
        )
      ).installProgress,
    ({ outcome, version }) => version === '4.0.0' && outcome === 'FAILED',
    30_000,
  );
  expect(progress.failure?.code).toBe('PLUGIN_FAILED');
  expect(await state(a)).toEqual(before);
  expect(await word(a)).toBe('2.0.0');
}, 60_000);

it('P-05 an older version is for the way back alone', async () => {
  expect((await upgrade(a, '1.0.0')).errors[0]?.extensions.code).toBe('EXTENSION_VERSION_OLDER');
  const { rollBackExtension } = await a.caller.data<{ rollBackExtension: { version: string } }>(
    `mutation { rollBackExtension(extension: "${VERSIONED}") { version } }`,
  );
  expect(rollBackExtension.version).toBe('1.0.0');
  expect(await word(a)).toBe('1.0.0');
  expect(await a.caller.code(`mutation { rollBackExtension(extension: "${VERSIONED}") { version } }`)).toBe('EXTENSION_NO_FORMER_VERSION');
}, 60_000);
