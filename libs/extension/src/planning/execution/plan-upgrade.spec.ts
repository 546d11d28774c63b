// Plans that exchange versions, with real deciders, process managers and reactors on a store in memory.
import { afterEach, describe, expect, it } from '@jest/globals';
import { fold, streamId } from '@kari/kernel';
import type { Manifest } from '@kari/protocol/manifest';
import { manifest, OTHER_TENANT, TENANT } from '../../testing/stories.js';
import { eventually, World } from '../../testing/world.js';
import type { PlanConsent } from '../plan.queries.js';
import type { PlanChange } from '../plan.rules.js';
import { planDecider } from './plan.decider.js';
import { PLAN_CATEGORY, PLAN_ID, type PlanEvent } from './plan.events.js';

const kv = (bytes: number) => ({ kv: { bytes, reason: 'keeps your notes' } });
const web = { http: [{ host: 'api.example.org', reason: 'looks words up' }] };
const WEB = 'http:https://api.example.org:443';
const core = manifest({ id: 'acme.core', permissions: {} });
const newerCore = manifest({ id: 'acme.core', version: '1.1.0', permissions: web });
const notes = manifest({ permissions: kv(1_000), dependencies: { extensions: { 'acme.core': '^1.0.0' } } });
const newerNotes = manifest({ version: '2.0.0', permissions: kv(2_000), dependencies: { extensions: { 'acme.core': '^1.1.0' } } });
const upgrade: readonly PlanChange[] = [{ act: 'upgrade', extension: 'acme.notes', range: null }];
const all: readonly PlanConsent[] = [
  { extension: 'acme.core', ids: [WEB] },
  { extension: 'acme.notes', ids: ['kv'] },
];
const old = ['acme.core 1.0.0: ', 'acme.notes 1.0.0: kv 1000'];
const fresh = [`acme.core 1.1.0: ${WEB}`, 'acme.notes 2.0.0: kv 2000'];

const worlds: World[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

/** Both installed in their old versions, the new ones registered. */
async function opened(more: readonly Manifest[] = [newerCore, newerNotes], tenants = [TENANT]): Promise<World> {
  const world = await World.open();
  worlds.push(world);
  for (const one of [core, notes]) await world.package(one);
  for (const tenant of tenants) {
    await world.tenant(tenant);
    for (const [extension, consented] of [['acme.core', []] as const, ['acme.notes', ['kv']] as const]) {
      await world.manager.install({ extension, version: null, consented, enable: true }, world.caller(tenant));
      await world.until(extension, 'enabled', tenant);
    }
  }
  for (const one of more) await world.package(one);
  return world;
}
async function execute(world: World, changes = upgrade, consented = all, tenant = TENANT): Promise<string> {
  const { hash, plan } = world.planning.preview(tenant, changes);
  const { state } = await world.planManager.execute({ changes, hash, consented, basis: plan.basis }, world.caller(tenant));
  return state.status === 'idle' ? '' : state.plan;
}
async function planEvents(world: World, tenant = TENANT): Promise<readonly PlanEvent[]> {
  const events: PlanEvent[] = [];
  for await (const event of world.store.readStream(streamId(PLAN_CATEGORY, tenant, PLAN_ID))) events.push(event as unknown as PlanEvent);
  return events;
}
const told = (events: readonly PlanEvent[]): readonly string[] =>
  events.map(({ type, data }) => {
    const what = 'step' in data ? ` ${data.step.act} ${data.step.extension}` : 'outcome' in data ? ` ${data.outcome}` : '';
    return `${type.replace('ExtensionPlan', '')}${what}`;
  });
async function ended(world: World, tenant = TENANT): Promise<readonly string[]> {
  await eventually(
    async () => fold(planDecider, planDecider.initialState, await planEvents(world, tenant)).status === 'idle',
    async () => `the plan is at ${told(await planEvents(world, tenant)).join(', ')}`,
  );
  await world.snapshot.reached(await world.store.head());
  return told(await planEvents(world, tenant));
}
async function failure(world: World): Promise<unknown> {
  return (await planEvents(world)).find(({ type }) => type === 'ExtensionPlanStepFailed' || type === 'ExtensionPlanStepLost')?.data;
}
/** What is enforced. */
const inForce = (world: World, tenant = TENANT): readonly string[] =>
  ['acme.core', 'acme.notes'].map((id) => {
    const found = world.snapshot.find(tenant, id);
    const held = (found?.grants ?? []).filter(({ state }) => state === 'granted');
    const words = held.map(({ id: grant, scope }) => ('bytes' in scope ? `${grant} ${String(scope.bytes)}` : grant));
    return `${id} ${found?.version.version ?? '-'}: ${words.join()}`;
  });
const unhealthy = (world: World, which = 'acme.notes'): void => {
  world.sandboxes.on('candidate hook:onHealthCheck', ({ extension }) => ({ healthy: extension !== which, reasons: ['it was made so'] }));
};
async function reached(world: World, call: string): Promise<void> {
  await eventually(
    () => world.sandboxes.calls.includes(call),
    () => world.sandboxes.calls.join(),
  );
}

const whole = [
  'Started',
  'StepStarted upgrade acme.core',
  'StepCompleted',
  'StepStarted upgrade acme.notes',
  'StepCompleted',
  'Ended completed',
];
const takenBack = [...whole.slice(0, 4), 'StepFailed', 'UndoStarted upgrade acme.core', 'UndoCompleted', 'Ended failed'];

describe('P-11 a plan with upgrades', () => {
  it('exchanges what is needed first, with what each was consented to', async () => {
    const world = await opened();
    await execute(world);
    expect(await ended(world)).toEqual(whole);
    expect(inForce(world)).toEqual(fresh);
  });

  it('asks consent for what its dependencies add, exactly', async () => {
    const world = await opened();
    const { plan } = world.planning.preview(TENANT, upgrade);
    expect(plan.operations.map(({ extension, consent }) => [extension, consent.map(({ id }) => id)])).toEqual([
      ['acme.core', [WEB]],
      ['acme.notes', ['kv']],
    ]);
    await expect(execute(world, upgrade, all.slice(1))).rejects.toMatchObject({
      code: 'EXTENSION_CONSENT_REQUIRED',
      facts: { extension: 'acme.core' },
    });
    expect([await planEvents(world), inForce(world)]).toEqual([[], old]);
  });

  it('is what a single upgrade is sent to, when others must change for it', async () => {
    const world = await opened();
    const alone = { extension: 'acme.notes', version: null, consented: ['kv'] };
    await expect(world.manager.upgrade(alone, world.caller())).rejects.toMatchObject({ code: 'EXTENSION_UPGRADE_NEEDS_PLAN' });
    expect(inForce(world)).toEqual(old);
    await world.manager.upgrade({ extension: 'acme.core', version: null, consented: [WEB] }, world.caller());
    await eventually(
      () => inForce(world)[0] === fresh[0],
      () => inForce(world).join(),
    );
    await world.manager.upgrade(alone, world.caller());
    await eventually(
      () => inForce(world)[1] === fresh[1],
      () => inForce(world).join(),
    );
  });

  it('changes nothing in another tenant', async () => {
    const world = await opened(undefined, [TENANT, OTHER_TENANT]);
    await execute(world);
    expect(await ended(world)).toEqual(whole);
    expect([inForce(world), inForce(world, OTHER_TENANT)]).toEqual([fresh, old]);
  });

  it('is not begun beside an upgrade that is under way', async () => {
    const world = await opened();
    await world.manager.upgrade({ extension: 'acme.core', version: null, consented: [] }, world.caller());
    await expect(execute(world)).rejects.toMatchObject({ code: 'EXTENSION_UPGRADE_RUNNING' });
  });
});

describe('an upgrade in a plan that does not come to its end', () => {
  it('leaves everything on the old versions, with the permissions that they had', async () => {
    const world = await opened();
    unhealthy(world);
    await execute(world);
    expect(await ended(world)).toEqual(takenBack);
    expect(inForce(world)).toEqual(old);
    expect(await failure(world)).toMatchObject({ code: 'EXTENSION_UNHEALTHY', reason: expect.stringContaining('it was made so') });
    expect(world.sandboxes.candidates.all()).toEqual([]);
  });

  it('keeps revoked what was revoked meanwhile', async () => {
    const world = await opened();
    world.sandboxes.hold('candidate hook:onHealthCheck');
    unhealthy(world);
    await execute(world);
    await reached(world, 'candidate hook:onHealthCheck acme.core');
    await world.manager.revokeGrant('acme.notes', 'kv', world.caller());
    world.sandboxes.release('candidate hook:onHealthCheck');
    expect(await ended(world)).toEqual(takenBack);
    expect(inForce(world)).toEqual([old[0], 'acme.notes 1.0.0: ']);
  });

  it('is ended by a cancel, and what was done is taken back', async () => {
    const world = await opened();
    world.sandboxes.on('candidate hook:onUpgrade', ({ extension }) => (extension === 'acme.notes' ? new Promise(() => undefined) : null));
    const plan = await execute(world);
    await reached(world, 'candidate hook:onUpgrade acme.notes');
    await world.planManager.cancel(plan, world.caller());
    expect((await ended(world)).slice(4)).toEqual([
      'Cancelled',
      'StepFailed',
      'UndoStarted upgrade acme.core',
      'UndoCompleted',
      'Ended cancelled',
    ]);
    expect([inForce(world), world.sandboxes.candidates.all()]).toEqual([old, []]);
  });

  it('fails the plan where somebody holds it, and does not stay behind', async () => {
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
    const world = await opened([newerCore]);
    const offers = { ...notes, ...plugin('1.0.0'), version: '1.5.0' };
    await world.package(offers);
    await world.manager.upgrade({ extension: 'acme.notes', version: null, consented: [] }, world.caller());
    await eventually(
      () => inForce(world)[1] === 'acme.notes 1.5.0: kv 1000',
      () => inForce(world).join(),
    );
    await world.package({ ...newerNotes, ...plugin('2.0.0') });
    await world.package(manifest({ id: 'acme.report', permissions: {}, dependencies: { plugins: { 'note.read': '^1.0.0' } } }));
    world.sandboxes.hold('candidate hook:onUpgrade');
    world.sandboxes.on('candidate hook:onUpgrade', () => null);
    await execute(world);
    await reached(world, 'candidate hook:onUpgrade acme.core');
    await world.manager.install({ extension: 'acme.report', version: null, consented: [], enable: true }, world.caller());
    await world.until('acme.report', 'enabled');
    world.sandboxes.release('candidate hook:onUpgrade');
    expect(await ended(world)).toEqual(takenBack);
    expect(await failure(world)).toMatchObject({ code: 'EXTENSION_PLAN_HELD', reason: expect.stringContaining('acme.report') });
    expect(inForce(world)).toEqual([old[0], 'acme.notes 1.5.0: kv 1000']);
    expect(await world.state('acme.notes')).toMatchObject({ upgrade: null });
    // Looked at again, the plan says so before anything moves.
    expect(world.planning.preview(TENANT, upgrade).plan).toMatchObject({
      operations: [],
      obstacles: [{ code: 'EXTENSION_PLAN_CONFLICT', facts: { explanation: expect.stringContaining('acme.report') } }],
    });
  });

  it('fails the plan when it is taken back on its trial while the rest is at work', async () => {
    const more = manifest({ id: 'acme.more', permissions: {} });
    const world = await opened([newerCore, more]);
    const rises: readonly PlanChange[] = [
      { act: 'upgrade', extension: 'acme.core', range: null },
      { act: 'install', extension: 'acme.more', range: null, enable: true },
    ];
    world.sandboxes.on('hook:onInstall', ({ extension }) => (extension === 'acme.more' ? new Promise(() => undefined) : null));
    world.sandboxes.on('hook:onHealthCheck', ({ extension }) => ({ healthy: extension !== 'acme.core', reasons: ['it lost its words'] }));
    await execute(world, rises, all.slice(0, 1));
    await reached(world, 'hook:onInstall acme.more');
    for (let second = 0; second < 35; second += 1) await world.clock.advance(1_000);
    expect((await ended(world)).slice(2)).toEqual([
      'StepCompleted',
      'StepStarted install acme.more',
      'StepLost',
      'StepFailed',
      'Ended failed',
    ]);
    expect(await failure(world)).toMatchObject({ code: 'EXTENSION_PLAN_STEP_LOST', reason: expect.stringContaining('it lost its words') });
    expect(inForce(world)[0]).toBe(old[0]);
    expect((await world.state('acme.more')).status).toBe('absent');
  });
});

describe('a restart at every event of the log, with upgrades', () => {
  async function survived(prepare: (world: World) => void, story: readonly string[], then: readonly string[]): Promise<void> {
    const once = await opened();
    prepare(once);
    const before = BigInt(await once.store.head());
    await execute(once);
    await ended(once);
    const length = Number(BigInt(await once.store.head()) - before);
    expect(length).toBeGreaterThan(20);
    for (let prefix = 1; prefix < length; prefix += 1) {
      const first = await opened();
      prepare(first);
      await execute(first);
      await eventually(
        async () => BigInt(await first.store.head()) - before >= BigInt(prefix),
        () => `the log did not reach ${prefix}`,
      );
      const second = await first.restart();
      worlds.push(second);
      expect({ prefix, story: await ended(second), then: inForce(second) }).toEqual({ prefix, story, then });
      await second.close();
      worlds.splice(1);
    }
  }
  it('goes to its end all the same', () => survived(() => undefined, whole, fresh), 60_000);
  it('is taken back all the same', () => survived(unhealthy, takenBack, old), 60_000);
});
