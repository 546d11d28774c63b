// U-08 on a real server: killed with SIGKILL in one state of an upgrade after the other. Whoever takes up what it left ends in the old version
// or the new one, with the grants of that version, and serves it.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, GraphqlCaller } from '../../support/client.js';
import { listen, lives, TenantDesk } from '../../support/extension-world.js';
import { startServer, type RunningServer } from '../../support/server.js';
import { patienceFor, sizeOf } from '../../support/size.js';
import { twinPackages, TWINS } from '../../support/twin-packages.js';
import { VERSIONED, versionedPackages, type VersionedPackages } from '../../support/versioned-packages.js';

const KV = { kv: { bytes: 1_024, reason: 'Keeps a word.' } };
const WEB = 'http:https://api.example.org:443';
const GRANTS: Readonly<Record<string, readonly string[]>> = { '1.0.0': ['kv'], '2.0.0': [WEB, 'kv'] };
/** The ones first in which something runs that a kill leaves behind. */
const STATES = ['TRIAL', 'SWITCH', 'CONTRACTS', 'HELD', 'UPGRADED', 'ROLLED_BACK', 'VERIFY', 'DEPENDENCIES', 'SNAPSHOT'] as const;
const states = STATES.slice(0, sizeOf('U-08', { t1: 2, t2: STATES.length }));
const TOGETHER_STATES = ['SWITCH', 'UPGRADED', 'ROLLED_BACK', 'TRIAL', 'VERIFY', 'SNAPSHOT'] as const;
const togetherStates = TOGETHER_STATES.slice(0, sizeOf('U-08', { t1: 1, t2: TOGETHER_STATES.length }));

interface Progress {
  readonly version: string;
  readonly outcome: string;
  readonly steps: readonly { readonly step: string; readonly state: string }[];
}
interface State {
  readonly status: string;
  readonly version: string;
  readonly grants: readonly { readonly id: string; readonly state: string }[];
  readonly upgrade: { readonly phase: string } | null;
}

let packages: VersionedPackages;
let data: string;
let server: RunningServer;
let desk: TenantDesk;

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'kari-upgrade-kill-'));
  packages = await versionedPackages(
    { version: '1.0.0', permissions: KV },
    {
      version: '2.0.0',
      permissions: { ...KV, http: [{ host: 'api.example.org', reason: 'Looks words up.' }] },
      // Slow enough to be killed in it.
      hooks: 'onUpgrade: () => new Promise((resolve) => setTimeout(resolve, 300)),',
    },
  );
  await twinPackages(packages.folder);
  await begin();
  const operator = new GraphqlCaller(server.url, { token: server.adminToken, tenant: '_' });
  const { createTenant } = await operator.data<{ createTenant: { id: string } }>(
    'mutation { createTenant(input: { slug: "killed", name: "A tenant" }) { id } }',
  );
  desk = new TenantDesk(createTenant.id, 'killed', operator.as({ tenant: 'killed' }));
  await desk.caller.data('mutation ($input: InstallExtensionInput!) { installExtension(input: $input) { revision } }', {
    input: { extension: VERSIONED, version: '1.0.0', consented: ['kv'] },
  });
  await eventually(
    () => desk.installation(VERSIONED),
    ({ status }) => status === 'ENABLED',
  );
}, 120_000);

afterAll(async () => {
  await server?.stop();
  await packages?.remove();
  await rm(data, { recursive: true, force: true });
}, 60_000);

async function begin(): Promise<void> {
  server = await startServer({ data, env: { KARI_EXTENSIONS_DIRS: packages.folder, KARI_LOG_LEVEL: 'warn' } });
  if (desk !== undefined) {
    const caller = new GraphqlCaller(server.url, { token: server.adminToken, tenant: desk.slug });
    desk = new TenantDesk(desk.id, desk.slug, caller);
  }
}

async function state(): Promise<State> {
  const query = 'query ($id: ID!) { extension(extension: $id) { status version grants { id state } upgrade { phase } } }';
  return (await desk.caller.data<{ extension: State }>(query, { id: VERSIONED })).extension;
}

const atRest = (): Promise<State> =>
  eventually(state, ({ status, upgrade }) => status === 'ENABLED' && (upgrade === null || upgrade.phase === 'HELD'), patienceFor(60_000));
const rollBack = (): Promise<unknown> => desk.caller.data(`mutation { rollBackExtension(extension: "${VERSIONED}") { version } }`);

const reached = (wanted: string, { outcome, version, steps }: Progress): boolean =>
  version === '2.0.0' && (outcome === wanted || steps.some((one) => one.step === wanted && one.state !== 'PENDING'));

/** Kills the server as soon as the upgrade is seen in that state. */
async function killedIn(wanted: (typeof STATES)[number]): Promise<void> {
  const seen = await listen<Progress>(
    desk.caller,
    `subscription { installProgress(extension: "${VERSIONED}") { version outcome steps { step state } } }`,
  );
  // What the upgrade before came to is told first.
  await seen.until((all) => all.length > 0);
  const before = seen.items.length;
  const consented = wanted === 'HELD' ? [] : [WEB];
  await desk.caller.data('mutation ($input: UpgradeExtensionInput!) { upgradeExtension(input: $input) { version } }', {
    input: { extension: VERSIONED, version: '2.0.0', consented },
  });
  if (wanted === 'ROLLED_BACK') {
    await atRest();
    await rollBack();
  }
  await seen.until((all) => all.slice(before).some((progress) => reached(wanted, progress)));
  await server.stop('SIGKILL');
  expect(lives(server.pid)).toBe(false);
  await seen.dispose();
}

describe('U-08 an upgrade of a server that is killed', () => {
  it.each(states)(
    'in the state %s ends in one version, which serves with its own grants',
    async (wanted) => {
      await killedIn(wanted);
      await begin();
      // What is shown may be a moment behind what serves: both must come to the same version.
      const end = await eventually(
        async () => ({ ...(await atRest()), served: (await desk.call<{ version: string }>('word.say', {})).version }),
        ({ version, served }) => version === served,
      );
      expect(['1.0.0', '2.0.0']).toContain(end.version);
      expect(end.grants.map(({ id, state: held }) => `${id} ${held}`).sort()).toEqual(GRANTS[end.version]?.map((id) => `${id} GRANTED`));
      expect(end.upgrade?.phase ?? null).toBe(wanted === 'HELD' ? 'HELD' : null);

      if (wanted === 'HELD') await desk.caller.data(`mutation { cancelUpgrade(extension: "${VERSIONED}") { version } }`);
      await eventually(state, ({ upgrade }) => upgrade === null);
      if (end.version === '2.0.0') await rollBack();
      expect(await eventually(atRest, ({ version }) => version === '1.0.0')).toMatchObject({ grants: [{ id: 'kv' }] });
    },
    patienceFor(120_000),
  );
});

describe('U-08 upgrades that take over as one, of a server that is killed', () => {
  const [first, second] = TWINS;
  const versions = async (): Promise<readonly string[]> => {
    const query = 'query ($id: ID!) { extension(extension: $id) { status version upgrade { phase } } }';
    const all = await Promise.all(TWINS.map((id) => desk.caller.data<{ extension: State }>(query, { id })));
    return all.map(({ extension: { status, version, upgrade } }) => `${status} ${version} ${upgrade?.phase ?? 'at rest'}`);
  };
  const whole = (major: number): string => TWINS.map(() => `ENABLED ${major}.0.0 at rest`).join();
  async function plan(changes: readonly object[]): Promise<string> {
    interface Planned {
      readonly hash: string;
      readonly operations: readonly { readonly extension: string; readonly consent: readonly { readonly id: string }[] }[];
    }
    const { planChanges } = await desk.caller.data<{ planChanges: Planned }>(
      'query ($input: PlanChangesInput!) { planChanges(input: $input) { hash operations { extension consent { id } } } }',
      { input: { changes } },
    );
    const consented = planChanges.operations.map(({ extension, consent }) => ({ extension, ids: consent.map(({ id }) => id) }));
    const { executePlan } = await desk.caller.data<{ executePlan: { plan: string } }>(
      'mutation ($input: ExecutePlanInput!) { executePlan(input: $input) { plan } }',
      { input: { changes, hash: planChanges.hash, consented } },
    );
    return executePlan.plan;
  }
  /** What that plan came to, as soon as it is shown. */
  const ended = async (name: string): Promise<string> => {
    interface Told {
      readonly planProgress: { readonly plan: string; readonly outcome: string } | null;
    }
    const told = await eventually(
      async () => (await desk.caller.data<Told>('{ planProgress { plan outcome } }')).planProgress,
      (progress) => progress?.plan === name && !['RUNNING', 'UNDOING'].includes(progress.outcome),
      patienceFor(60_000),
    );
    return told?.outcome ?? '';
  };
  const become = (major: number): Promise<unknown> => eventually(versions, (found) => found.join() === whole(major), patienceFor(60_000));
  const back = (): Promise<unknown> => desk.caller.data(`mutation { rollBackExtension(extension: "${second}") { version } }`);

  beforeAll(async () => {
    await ended(await plan(TWINS.map((extension) => ({ act: 'INSTALL', extension, version: '1.0.0' }))));
    await become(1);
  }, 60_000);

  it.each(togetherStates)(
    'in the state %s are all old or all new',
    async (wanted) => {
      const seen = await listen<Progress>(
        desk.caller,
        `subscription { installProgress(extension: "${first}") { version outcome steps { step state } } }`,
      );
      await seen.until((all) => all.length > 0);
      const before = seen.items.length;
      const name = await plan([{ act: 'UPGRADE', extension: second, version: '2.0.0' }]);
      if (wanted === 'ROLLED_BACK') {
        await ended(name);
        await become(2);
        await back();
      }
      await seen.until((all) => all.slice(before).some((progress) => reached(wanted, progress)));
      await server.stop('SIGKILL');
      expect(lives(server.pid)).toBe(false);
      await seen.dispose();

      await begin();
      // A plan that was taken up is done or undone as a whole, and so is what it brought.
      const outcome = await ended(name);
      const stays = outcome === 'COMPLETED' && wanted !== 'ROLLED_BACK';
      await become(stays ? 2 : 1);
      if (stays) await back();
      await become(1);
    },
    patienceFor(120_000),
  );
});
