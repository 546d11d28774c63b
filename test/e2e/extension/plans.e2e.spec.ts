// X.3: what a tenant would go through is told before anything moves, and then exactly that is executed, or nothing.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../../support/client.js';
import { listen, startExtensionWorld, type ExtensionWorld, type TenantDesk } from '../../support/extension-world.js';

interface Operation {
  readonly act: string;
  readonly extension: string;
  readonly to: string | null;
  readonly asked: boolean;
  readonly together: readonly string[];
  readonly consent: readonly { readonly id: string }[];
  readonly steps: readonly string[];
  readonly waitsFor: readonly { readonly cause: string; readonly id: string }[];
  readonly grants: { readonly added: readonly { readonly id: string }[] };
  readonly sections: readonly { readonly section: string; readonly added: readonly string[] }[];
}
interface Preview {
  readonly hash: string;
  readonly basis: readonly string[];
  readonly operations: readonly Operation[];
  readonly groups: readonly { readonly extensions: readonly string[]; readonly reason: string }[];
  readonly obstacles: readonly { readonly code: string; readonly reason: string }[];
  readonly conflict: { readonly explanation: string; readonly culprits: readonly string[]; readonly cures: readonly string[] } | null;
}
interface Progress {
  readonly plan: string;
  readonly outcome: string;
  readonly code: string | null;
  readonly steps: readonly { readonly act: string; readonly extension: string; readonly state: string; readonly detail: string | null }[];
}
type Change = { readonly act: string; readonly extension: string; readonly version?: string };

let folder: string;
let world: ExtensionWorld;
let a: TenantDesk;
let b: TenantDesk;
let spare: TenantDesk;

const settings = { license: 'Apache-2.0', category: 'utilities', platform: '^0.1.0', entry: 'src/index.ts' };
function pack(id: string, more: Readonly<Record<string, unknown>>, source = 'export const start = extension({});'): void {
  const [, name] = id.split('.');
  const manifest = { id, name, version: '1.0.0', description: 'Made for a suite about plans.', ...settings, ...more };
  const package_ = join(folder, `${id}-${manifest.version}`);
  const at = join(package_, 'src');
  mkdirSync(at, { recursive: true });
  writeFileSync(join(package_, 'extension.json'), JSON.stringify(manifest));
  writeFileSync(join(at, 'index.ts'), `import { extension } from '@kari/sdk';\n${source}\n`);
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kari-plans-'));
  pack('plan.core', {});
  const needsCore = { dependencies: { extensions: { 'plan.core': '^1.0.0' } } };
  const kv = { permissions: { kv: { bytes: 4_096, reason: 'Keeps what the suite writes.' } } };
  pack('plan.notes', { ...needsCore, ...kv, metrics: { kept: { kind: 'counter', description: 'What was kept.' } } });
  pack('plan.rival', { dependencies: { extensions: { 'plan.core': '^2.0.0' } } });
  const sick = "export const start = extension({ onHealthCheck: () => ({ healthy: false, reasons: ['it was made so'] }) });";
  pack('plan.sick', needsCore, sick);
  const needsBase = (range: string) => ({ dependencies: { extensions: { 'rise.base': range } } });
  const bytes = (count: number) => ({ permissions: { kv: { bytes: count, reason: 'Keeps what the suite writes.' } } });
  pack('rise.base', {});
  pack('rise.base', { version: '1.1.0', ...bytes(1_024) });
  pack('rise.notes', { ...needsBase('^1.0.0'), ...bytes(1_024) });
  pack('rise.notes', { version: '2.0.0', ...needsBase('^1.1.0'), ...bytes(4_096) });
  pack('rise.sick', needsBase('^1.0.0'));
  pack('rise.sick', { version: '2.0.0', ...needsBase('^1.1.0') }, sick);
  // Each next version bears only the next version of the other.
  const twin = (major: number, source?: string): void => {
    const conflicts = major === 1 ? {} : { dependencies: { conflicts: { 'twin.two': `<${major}.0.0` } } };
    pack('twin.one', { version: `${major}.0.0`, ...conflicts, ...(major === 1 ? {} : bytes(1_024)) });
    pack('twin.two', { version: `${major}.0.0`, dependencies: { extensions: { 'twin.one': `^${major}.0.0` } } }, source);
  };
  twin(1);
  twin(2);
  twin(3, sick);
  world = await startExtensionWorld([folder]);
  [a, b, spare] = [await world.tenant('plan-a'), await world.tenant('plan-b'), await world.tenant('plan-c')];
}, 120_000);

afterAll(async () => {
  await world?.stop();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

const fields = `hash basis operations { act extension to asked together consent { id } steps waitsFor { cause id } grants { added { id } } sections { section added } }
  groups { extensions reason } obstacles { code reason } conflict { explanation culprits cures }`;
const install = (extension: string, version?: string): Change => ({
  act: 'INSTALL',
  extension,
  ...(version === undefined ? {} : { version }),
});

async function preview(desk: TenantDesk, ...changes: readonly Change[]): Promise<Preview> {
  const query = `query ($input: PlanChangesInput!) { planChanges(input: $input) { ${fields} } }`;
  return (await desk.caller.data<{ planChanges: Preview }>(query, { input: { changes } })).planChanges;
}
const executing = (plan: Preview, changes: readonly Change[]) => ({
  input: {
    changes,
    hash: plan.hash,
    basis: plan.basis,
    consented: plan.operations.map(({ extension, consent }) => ({ extension, ids: consent.map(({ id }) => id) })),
  },
});
const EXECUTE = 'mutation ($input: ExecutePlanInput!) { executePlan(input: $input) { plan running revision } }';
/** The view of an extension follows that of the plan. */
const becomes = (desk: TenantDesk, extension: string, wanted: string): Promise<unknown> =>
  eventually(
    () => desk.installation(extension),
    ({ status }) => status === wanted,
  );
/** Of that plan; default: of the only one there was. */
async function ended(desk: TenantDesk, plan: string | null = null): Promise<Progress> {
  const query = '{ planProgress { plan outcome code steps { act extension state detail } } }';
  const ask = async (): Promise<Progress | null> => (await desk.caller.data<{ planProgress: Progress | null }>(query)).planProgress;
  const progress = await eventually(
    ask,
    (one) => one !== null && (plan === null || one.plan === plan) && !['RUNNING', 'UNDOING'].includes(one.outcome),
  );
  return progress!;
}

it('tells everything that would happen, and moves nothing', async () => {
  const plan = await preview(a, install('plan.notes'));
  expect(plan).toMatchObject({ conflict: null, obstacles: [] });
  expect(plan.operations.map(({ act, extension, to, asked }) => ({ act, extension, to, asked }))).toEqual([
    { act: 'INSTALL', extension: 'plan.core', to: '1.0.0', asked: false },
    { act: 'INSTALL', extension: 'plan.notes', to: '1.0.0', asked: true },
  ]);
  expect(plan.operations[1]).toMatchObject({
    consent: [{ id: 'kv' }],
    grants: { added: [{ id: 'kv' }] },
    sections: [{ section: 'METRICS', added: ['kept'] }],
  });
  expect((await preview(a, install('plan.notes'))).hash).toBe(plan.hash);
  expect((await a.installation('plan.notes')).status).toBe('ABSENT');
});

it('refuses a plan whose ground has moved, and names what moved', async () => {
  const plan = await preview(spare, install('plan.notes'));
  await spare.install('plan.core');
  const { errors } = await spare.caller.ask(EXECUTE, executing(plan, [install('plan.notes')]));
  expect(errors[0]?.extensions.code).toBe('EXTENSION_PLAN_MOVED');
  expect(errors[0]?.message).toContain('plan.core has come');
  expect((await spare.installation('plan.notes')).status).toBe('ABSENT');
  const again = await preview(spare, install('plan.notes'));
  expect(again.operations.map(({ extension }) => extension)).toEqual(['plan.notes']);
});

it('executes exactly what was looked at, live, in this tenant alone', async () => {
  const heard = await listen<{ planProgress: Progress }>(
    a.caller,
    'subscription { planProgress { plan outcome code steps { act extension state detail } } }',
  );
  const changes = [install('plan.notes')];
  const plan = await preview(a, ...changes);
  const { executePlan } = await a.caller.data<{ executePlan: { plan: string; running: boolean } }>(EXECUTE, executing(plan, changes));
  expect(executePlan).toMatchObject({ running: true });
  // The same plan again is another plan: one at a time.
  expect(['EXTENSION_PLAN_RUNNING', 'EXTENSION_PLAN_MOVED']).toContain(await a.caller.code(EXECUTE, executing(plan, changes)));
  expect(await ended(a)).toEqual({
    plan: executePlan.plan,
    outcome: 'COMPLETED',
    code: null,
    steps: ['plan.core', 'plan.notes'].map((extension) => ({ act: 'INSTALL', extension, state: 'DONE', detail: null })),
  });
  await becomes(a, 'plan.notes', 'ENABLED');
  expect((await b.installation('plan.notes')).status).toBe('ABSENT');
  expect(await b.caller.data('{ planProgress { plan } }')).toEqual({ planProgress: null });
  const told = await heard.until((items) => items.some((one) => JSON.stringify(one).includes('COMPLETED')));
  expect(told.length).toBeGreaterThan(2);
  await heard.dispose();
}, 60_000);

it('takes back what it did when a step fails', async () => {
  const changes = [install('plan.sick')];
  await b.caller.data(EXECUTE, executing(await preview(b, ...changes), changes));
  expect(await ended(b)).toMatchObject({
    outcome: 'FAILED',
    code: 'EXTENSION_UNHEALTHY',
    steps: [
      { extension: 'plan.core', state: 'UNDONE' },
      { extension: 'plan.sick', state: 'FAILED' },
    ],
  });
  await eventually(
    () => b.installation('plan.core'),
    ({ status }) => status !== 'ENABLED' && status !== 'INSTALLING',
  );
}, 60_000);

it('explains what cannot be, with cures that were tried', async () => {
  const changes = [install('plan.notes'), install('plan.rival')];
  const plan = await preview(b, ...changes);
  expect(plan.operations).toEqual([]);
  expect(plan.conflict?.explanation).toBe(
    'plan.rival 1.0.0 needs plan.core ^2.0.0, and there is only 1.0.0, which is too old; plan.rival is wanted.',
  );
  // A package of plan.core within ^2.0.0 would do for plan.rival, and not for both: it is not offered.
  expect(plan.conflict?.cures).toEqual(['Do without plan.rival.']);
  expect(await b.caller.code(EXECUTE, executing(plan, changes))).toBe('EXTENSION_PLAN_CONFLICT');
});

it('asks for exact consent, for good input and for the right', async () => {
  const changes = [install('plan.notes')];
  const plan = await preview(b, ...changes);
  const { input } = executing(plan, changes);
  expect(await b.caller.code(EXECUTE, { input: { ...input, consented: [] } })).toBe('EXTENSION_CONSENT_REQUIRED');
  expect(await b.caller.code(EXECUTE, { input: { ...input, hash: 'not a hash' } })).toBe('REQUEST_INVALID');
  const PLAN = 'query ($input: PlanChangesInput!) { planChanges(input: $input) { hash } }';
  for (const bad of [[], [install('Not an id')], [install('plan.core', 'newest')]])
    expect(await b.caller.code(PLAN, { input: { changes: bad } })).toBe('REQUEST_INVALID');
  const viewer = await member(b, 'viewer');
  expect(await viewer.caller.code(PLAN, { input: { changes } })).toBeNull();
  expect(await viewer.caller.code(EXECUTE, { input })).toBe('REQUEST_DENIED');
  expect(await viewer.caller.code('mutation { cancelPlan(plan: "x") { plan } }')).toBe('REQUEST_DENIED');
  expect(await b.caller.code('mutation { cancelPlan(plan: "x") { plan } }')).toBe('EXTENSION_PLAN_UNKNOWN');
  // The admin of one tenant is nobody in another.
  expect(await a.caller.as({ tenant: b.slug }).code(EXECUTE, { input })).not.toBeNull();
});

describe('X.3 upgrades in a plan', () => {
  interface Held {
    readonly status: string;
    readonly version: string | null;
    readonly grants: readonly { readonly id: string }[];
  }
  const held = async (desk: TenantDesk, extension: string): Promise<string> => {
    const query = 'query ($id: ID!) { extension(extension: $id) { status version grants { id } } }';
    const { extension: found } = await desk.caller.data<{ extension: Held }>(query, { id: extension });
    return `${found.status} ${found.version} ${found.grants.map(({ id }) => id).join()}`;
  };
  const becomesHeld = (desk: TenantDesk, extension: string, wanted: string): Promise<string> =>
    eventually(
      () => held(desk, extension),
      (found) => found === wanted,
    );
  async function carryOut(desk: TenantDesk, ...changes: readonly Change[]): Promise<Progress> {
    const { executePlan } = await desk.caller.data<{ executePlan: { plan: string } }>(
      EXECUTE,
      executing(await preview(desk, ...changes), changes),
    );
    return ended(desk, executePlan.plan);
  }
  const rise = (extension: string): Change => ({ act: 'UPGRADE', extension });
  const old = (...extensions: readonly string[]) => extensions.map((extension) => install(extension, '1.0.0'));

  it('bring the upgrade of what is needed along, with the consent that both ask for, in this tenant alone', async () => {
    for (const desk of [a, b]) expect((await carryOut(desk, ...old('rise.base', 'rise.notes'))).outcome).toBe('COMPLETED');
    const alone = await a.caller.ask('mutation { upgradeExtension(input: { extension: "rise.notes", consented: ["kv"] }) { version } }');
    expect(alone.errors[0]?.extensions.code).toBe('EXTENSION_UPGRADE_NEEDS_PLAN');
    expect(alone.errors[0]?.message).toContain('planChanges');

    const plan = await preview(a, rise('rise.notes'));
    expect(plan.operations.map(({ act, extension, to, asked, waitsFor }) => ({ act, extension, to, asked, waitsFor }))).toEqual([
      { act: 'UPGRADE', extension: 'rise.base', to: '1.1.0', asked: false, waitsFor: [{ cause: 'CONSENT', id: 'kv' }] },
      { act: 'UPGRADE', extension: 'rise.notes', to: '2.0.0', asked: true, waitsFor: [{ cause: 'CONSENT', id: 'kv' }] },
    ]);
    expect(plan.operations[0]?.steps.at(-1)).toBe('handing new calls to the new version');
    const { input } = executing(plan, [rise('rise.notes')]);
    const ofNotes = input.consented.filter(({ extension }) => extension === 'rise.notes');
    expect(await a.caller.code(EXECUTE, { input: { ...input, consented: ofNotes } })).toBe('EXTENSION_CONSENT_REQUIRED');

    expect(await carryOut(a, rise('rise.notes'))).toMatchObject({ outcome: 'COMPLETED', steps: [{ state: 'DONE' }, { state: 'DONE' }] });
    await becomesHeld(a, 'rise.base', 'ENABLED 1.1.0 kv');
    await becomesHeld(a, 'rise.notes', 'ENABLED 2.0.0 kv');
    expect([await held(b, 'rise.base'), await held(b, 'rise.notes')]).toEqual(['ENABLED 1.0.0 ', 'ENABLED 1.0.0 kv']);
  }, 90_000);

  it('end with everything on the old versions when the second fails', async () => {
    expect((await carryOut(b, ...old('rise.sick'))).outcome).toBe('COMPLETED');
    expect(await carryOut(b, rise('rise.sick'))).toMatchObject({
      outcome: 'FAILED',
      code: 'EXTENSION_UNHEALTHY',
      steps: [
        { act: 'UPGRADE', extension: 'rise.base', state: 'UNDONE', detail: null },
        { act: 'UPGRADE', extension: 'rise.sick', state: 'FAILED' },
      ],
    });
    await becomesHeld(b, 'rise.base', 'ENABLED 1.0.0 ');
    await becomesHeld(b, 'rise.sick', 'ENABLED 1.0.0 ');
    expect(await held(a, 'rise.base')).toBe('ENABLED 1.1.0 kv');
  }, 90_000);

  it('take over as one where they only fit together, and go back as one', async () => {
    const next = (version: string): Change => ({ act: 'UPGRADE', extension: 'twin.two', version });
    const both = async (desk: TenantDesk): Promise<readonly string[]> => [await held(desk, 'twin.one'), await held(desk, 'twin.two')];
    const become = (desk: TenantDesk, ...wanted: readonly string[]): Promise<unknown> =>
      eventually(
        () => both(desk),
        (found) => found.join() === wanted.join(),
      );
    const [older, newer] = [
      ['ENABLED 1.0.0 ', 'ENABLED 1.0.0 '],
      ['ENABLED 2.0.0 kv', 'ENABLED 2.0.0 '],
    ] as const;
    for (const desk of [a, b]) expect((await carryOut(desk, ...old('twin.one', 'twin.two'))).outcome).toBe('COMPLETED');

    const plan = await preview(a, next('2.0.0'));
    expect(plan).toMatchObject({
      obstacles: [],
      operations: [
        { act: 'UPGRADE', extension: 'twin.one', to: '2.0.0', together: ['twin.two'] },
        { act: 'UPGRADE', extension: 'twin.two', to: '2.0.0', together: ['twin.one'] },
      ],
      groups: [{ extensions: ['twin.one', 'twin.two'], reason: expect.stringContaining('twin.one within ^2.0.0') }],
    });
    const { input } = executing(plan, [next('2.0.0')]);
    expect(await a.caller.code(EXECUTE, { input: { ...input, consented: [] } })).toBe('EXTENSION_CONSENT_REQUIRED');
    const viewer = await member(a, 'viewer');
    expect(await viewer.caller.code(EXECUTE, { input })).toBe('REQUEST_DENIED');
    expect(await carryOut(a, next('2.0.0'))).toMatchObject({
      outcome: 'COMPLETED',
      steps: [{ act: 'TOGETHER', extension: 'twin.one', state: 'DONE' }],
    });
    await become(a, ...newer);
    expect(await both(b)).toEqual(older);

    // The next pair is tried as well, and one of it is ill: both stay.
    expect(await carryOut(a, next('3.0.0'))).toMatchObject({
      outcome: 'FAILED',
      code: 'EXTENSION_UNHEALTHY',
      steps: [{ act: 'TOGETHER', state: 'FAILED' }],
    });
    await become(a, ...newer);

    const ROLL_BACK = 'mutation { rollBackExtension(extension: "twin.two") { version position } }';
    expect(await viewer.caller.code(ROLL_BACK)).toBe('REQUEST_DENIED');
    const { extension } = await a.caller.data<{ extension: { formerWith: readonly string[] } }>(
      '{ extension(extension: "twin.two") { formerWith } }',
    );
    expect(extension.formerWith).toEqual(['twin.one']);
    const { rollBackExtension } = await a.caller.data<{ rollBackExtension: { version: string } }>(ROLL_BACK);
    expect(rollBackExtension.version).toBe('1.0.0');
    await become(a, ...older);
    expect(await both(b)).toEqual(older);
  }, 120_000);

  it('and what a plan installed is removed by another, whoever needs it first', async () => {
    const remove = (extension: string): Change => ({ act: 'REMOVE', extension });
    // What is still needed does not go alone.
    expect((await preview(a, remove('rise.base'))).conflict?.explanation).toContain('rise.notes');
    const progress = await carryOut(a, remove('rise.base'), remove('rise.notes'));
    expect(progress).toMatchObject({ outcome: 'COMPLETED', steps: [{ extension: 'rise.notes' }, { extension: 'rise.base' }] });
    await becomes(a, 'rise.notes', 'ABSENT');
    await becomes(a, 'rise.base', 'ABSENT');
    expect(await held(b, 'rise.base')).toBe('ENABLED 1.0.0 ');
  }, 90_000);
});

async function member(desk: TenantDesk, role: string): Promise<{ caller: TenantDesk['caller'] }> {
  const { addMember } = await desk.caller.data<{ addMember: { id: string } }>(
    'mutation ($roles: [String!]!) { addMember(input: { email: "viewer@example.invalid", name: "Viewer", roles: $roles }) { id } }',
    { roles: [role] },
  );
  const { issueToken } = await desk.caller.data<{ issueToken: { value: string } }>(
    'mutation ($input: IssueTokenInput!) { issueToken(input: $input) { value } }',
    { input: { owner: addMember.id, ownerKind: 'MEMBER', name: 'suite', expiresAt: new Date(Date.now() + 3_600_000).toISOString() } },
  );
  return { caller: desk.caller.as({ token: issueToken.value }) };
}
