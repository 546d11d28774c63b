import { afterEach, describe, expect, it } from '@jest/globals';
import { fold, streamId } from '@kari/kernel';
import { manifest, OTHER_TENANT, TENANT } from '../../testing/stories.js';
import { eventually, World } from '../../testing/world.js';
import type { PlanChange } from '../plan.rules.js';
import type { PlanConsent } from '../plan.queries.js';
import { planDecider } from './plan.decider.js';
import { PLAN_CATEGORY, PLAN_ID, type PlanEvent } from './plan.events.js';

const worlds: World[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

const kv = { kv: { bytes: 1_000, reason: 'keeps your notes' } };
const core = manifest({ id: 'acme.core' });
const notes = manifest({ permissions: kv, dependencies: { extensions: { 'acme.core': '^1.0.0' } } });
const install = (extension: string): PlanChange => ({ act: 'install', extension, range: null, enable: true });
const changes = [install('acme.notes')];
const consented: readonly PlanConsent[] = [{ extension: 'acme.notes', ids: ['kv'] }];

async function opened(world?: World): Promise<World> {
  const opened = world ?? (await World.open());
  worlds.push(opened);
  if (world === undefined) for (const one of [core, notes]) await opened.package(one);
  return opened;
}
async function execute(world: World, wished: readonly PlanChange[] = changes, given = consented, tenant = TENANT) {
  const { hash, plan } = world.planning.preview(tenant, wished);
  return world.planManager.execute({ changes: wished, hash, consented: given, basis: plan.basis }, world.caller(tenant));
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
    async () =>
      fold(planDecider, planDecider.initialState, await planEvents(world, tenant)).status === 'idle' &&
      (await planEvents(world, tenant)).length > 0,
    async () => `the plan is at ${told(await planEvents(world, tenant)).join(', ')}`,
  );
  await world.snapshot.reached(await world.store.head());
  return told(await planEvents(world, tenant));
}
const statuses = async (world: World) => Promise.all(['acme.core', 'acme.notes'].map(async (id) => (await world.state(id)).status));

const whole = [
  'Started',
  'StepStarted install acme.core',
  'StepCompleted',
  'StepStarted install acme.notes',
  'StepCompleted',
  'Ended completed',
];
const takenBack = [
  'Started',
  'StepStarted install acme.core',
  'StepCompleted',
  'StepStarted install acme.notes',
  'StepFailed',
  'UndoStarted install acme.core',
  'UndoCompleted',
  'Ended failed',
];
const unhealthy = (world: World): void => {
  world.sandboxes.on('hook:onHealthCheck', ({ extension }) =>
    extension === 'acme.notes' ? { healthy: false, reasons: ['no'] } : { healthy: true, reasons: [] },
  );
};

describe('a plan', () => {
  it('is executed step by step, what is needed first', async () => {
    const world = await opened();
    await execute(world);
    expect(await ended(world)).toEqual(whole);
    expect(await statuses(world)).toEqual(['enabled', 'enabled']);
  });

  it('is executed exactly as it was looked at, or not at all', async () => {
    const world = await opened();
    const { hash, plan } = world.planning.preview(TENANT, changes);
    const request = { changes, hash, consented, basis: plan.basis };
    await world.manager.install({ extension: 'acme.core', version: null, consented: [], enable: true }, world.caller());
    await world.until('acme.core', 'enabled');
    await expect(world.planManager.execute(request, world.caller())).rejects.toMatchObject({
      code: 'EXTENSION_PLAN_MOVED',
      facts: { moved: ['acme.core has come'] },
    });
    const again = world.planning.preview(TENANT, changes);
    await world.package(manifest({ id: 'acme.core', version: '1.1.0' }));
    // A version that the plan does not bring moves nothing.
    expect(world.planning.preview(TENANT, changes).hash).toBe(again.hash);
    expect(await planEvents(world)).toEqual([]);
  });

  it('is refused without exactly the consent that it asks for', async () => {
    const world = await opened();
    await expect(execute(world, changes, [])).rejects.toMatchObject({
      code: 'EXTENSION_CONSENT_REQUIRED',
      facts: { extension: 'acme.notes' },
    });
    await expect(execute(world, changes, [{ extension: 'acme.notes', ids: ['kv', 'tcp'] }])).rejects.toMatchObject({
      code: 'EXTENSION_CONSENT_UNKNOWN',
    });
    await expect(execute(world, changes, [...consented, { extension: 'acme.other', ids: ['kv'] }])).rejects.toMatchObject({
      code: 'EXTENSION_PLAN_CONSENT_STRANGE',
    });
    await expect(execute(world, [install('acme.unknown')], [])).rejects.toMatchObject({ code: 'EXTENSION_PLAN_CONFLICT' });
    expect(await planEvents(world)).toEqual([]);
  });

  it('that is badly asked for is refused on the one road, where it is audited', async () => {
    const world = await opened();
    for (const bad of [[], [install('Not an id')], Array.from({ length: 51 }, () => install('acme.core'))]) {
      expect(() => world.planning.preview(TENANT, bad)).toThrow(expect.objectContaining({ code: 'REQUEST_INVALID' }));
      const request = { changes: bad, hash: 'a'.repeat(64), consented: [], basis: null };
      await expect(world.planManager.execute(request, world.caller())).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
    }
    expect(world.audited.filter(({ operation }) => operation === 'ExecutePlan')).toHaveLength(3);
  });

  it('is the only one of its tenant, and none of another', async () => {
    const world = await opened();
    world.sandboxes.hold('hook:onInstall');
    world.sandboxes.on('hook:onInstall', () => null);
    await execute(world);
    await expect(execute(world, [install('acme.core')], [])).rejects.toMatchObject({ code: 'EXTENSION_PLAN_RUNNING' });
    await execute(world, changes, consented, OTHER_TENANT);
    world.sandboxes.release('hook:onInstall');
    expect(await ended(world)).toEqual(whole);
    expect(await ended(world, OTHER_TENANT)).toEqual(whole);
  });

  it('that fails is taken back, last first', async () => {
    const world = await opened();
    unhealthy(world);
    await execute(world);
    expect(await ended(world)).toEqual(takenBack);
    expect(await statuses(world)).toEqual(['removed', 'failed']);
    const failed = (await planEvents(world)).find(({ type }) => type === 'ExtensionPlanStepFailed');
    expect(failed?.data).toMatchObject({ code: 'EXTENSION_UNHEALTHY' });
  });

  it('takes back a removal with what was revoked still revoked, and a toggle', async () => {
    const world = await opened();
    await execute(world);
    await ended(world);
    await world.manager.revokeGrant('acme.notes', 'kv', world.caller());
    await world.package(manifest({ id: 'acme.more' }));
    world.sandboxes.on('hook:onHealthCheck', ({ extension }) => ({ healthy: extension !== 'acme.more', reasons: [] }));
    // Nothing else would be taken back: the failing install goes first, so the removal is put in its way.
    const rival = manifest({ id: 'acme.more', version: '2.0.0', dependencies: { conflicts: { 'acme.notes': '*' } } });
    await world.package(rival);
    await execute(world, [install('acme.more'), { act: 'remove', extension: 'acme.notes' }], []);
    const story = await ended(world);
    expect(story.slice(whole.length)).toEqual([
      'Started',
      'StepStarted remove acme.notes',
      'StepCompleted',
      'StepStarted install acme.more',
      'StepFailed',
      'UndoStarted remove acme.notes',
      'UndoCompleted',
      'Ended failed',
    ]);
    expect(await world.state('acme.notes')).toMatchObject({ status: 'enabled', grants: [{ id: 'kv', state: 'revoked' }] });
  });

  it('that is cancelled ends the install it is at, and takes back the rest', async () => {
    const world = await opened();
    world.sandboxes.on('hook:onInstall', ({ extension }) => (extension === 'acme.notes' ? new Promise(() => undefined) : null));
    const { state } = await execute(world);
    const plan = state.status === 'idle' ? '' : state.plan;
    await eventually(
      () => world.sandboxes.calls.includes('hook:onInstall acme.notes'),
      () => 'onInstall of acme.notes did not begin',
    );
    await expect(world.planManager.cancel('another', world.caller())).rejects.toMatchObject({ code: 'EXTENSION_PLAN_UNKNOWN' });
    await world.planManager.cancel(plan, world.caller());
    expect((await ended(world)).at(-1)).toBe('Ended cancelled');
    expect(await statuses(world)).toEqual(['removed', 'absent']);
    expect((await world.planManager.cancel(plan, world.caller())).changed).toBe(false);
  });

  it('goes on where somebody else has done its step already', async () => {
    const world = await opened();
    await world.manager.install({ extension: 'acme.core', version: null, consented: [], enable: false }, world.caller());
    await world.until('acme.core', 'disabled');
    world.sandboxes.hold('hook:onActivate');
    world.sandboxes.on('hook:onActivate', () => null);
    await execute(world, [install('acme.notes')]);
    world.sandboxes.release('hook:onActivate');
    expect(await ended(world)).toEqual([
      'Started',
      'StepStarted enable acme.core',
      'StepCompleted',
      'StepStarted install acme.notes',
      'StepCompleted',
      'Ended completed',
    ]);
  });

  it('with nothing to do does nothing', async () => {
    const world = await opened();
    await execute(world);
    await ended(world);
    expect((await execute(world, changes, [])).changed).toBe(false);
  });
});

describe('a restart at every event of the log', () => {
  const survived = async (prepare: (world: World) => void, story: readonly string[], states: readonly string[]): Promise<void> => {
    const once = await opened();
    prepare(once);
    const before = BigInt(await once.store.head());
    await execute(once);
    await ended(once);
    const length = Number(BigInt(await once.store.head()) - before);
    expect(length).toBeGreaterThan(20);
    for (let prefix = 1; prefix < length; prefix += 1) {
      const first = await World.open();
      for (const one of [core, notes]) await first.package(one);
      prepare(first);
      await execute(first);
      await eventually(
        async () => BigInt(await first.store.head()) - before >= BigInt(prefix),
        () => `the log did not reach ${prefix}`,
      );
      const second = await opened(await first.restart());
      expect({ prefix, story: await ended(second) }).toEqual({ prefix, story });
      expect({ prefix, states: await statuses(second) }).toEqual({ prefix, states });
      await second.close();
      worlds.splice(worlds.indexOf(second), 1);
    }
  };

  it('into safe boot lets a plan fail, not wait', async () => {
    const first = await World.open();
    const old = manifest({ id: 'acme.old' });
    const rival = manifest({ id: 'acme.rival', dependencies: { conflicts: { 'acme.old': '*' } } });
    for (const one of [old, rival]) await first.package(one);
    await first.manager.install({ extension: 'acme.old', version: null, consented: [], enable: true }, first.caller());
    await first.until('acme.old', 'enabled');
    first.sandboxes.on('hook:onUninstall', () => new Promise(() => undefined));
    await execute(first, [install('acme.rival'), { act: 'remove', extension: 'acme.old' }], []);
    await first.until('acme.old', 'removing');
    const second = await opened(await first.restart({ safeBoot: true }));
    expect((await ended(second)).slice(3)).toEqual([
      'StepStarted install acme.rival',
      'StepFailed',
      'UndoStarted remove acme.old',
      'UndoCompleted',
      'Ended failed',
    ]);
  });

  it('does not stop a plan', () => survived(() => undefined, whole, ['enabled', 'enabled']), 60_000);
  it('does not stop it from being taken back', () => survived(unhealthy, takenBack, ['removed', 'failed']), 60_000);
});
