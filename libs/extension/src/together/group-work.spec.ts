// Upgrades that only fit together, with real deciders, process managers and reactors on a store in memory.
import { afterEach, describe, expect, it } from '@jest/globals';
import { streamId } from '@kari/kernel';
import type { Manifest } from '@kari/protocol/manifest';
import type { PlanChange } from '../planning/plan.rules.js';
import { manifest, OTHER_TENANT, TENANT } from '../testing/stories.js';
import {
  allConsent,
  atRest,
  bothUp,
  executeTogether,
  inForce,
  NEW,
  newCore,
  newNotes,
  OLD,
  oldCore,
  openedTogether,
  planEvents,
  reached,
  unhealthy,
  WEB,
} from '../testing/together-stories.js';
import { eventually, type World } from '../testing/world.js';
import { GROUP_CATEGORY, GROUP_ID } from './group.events.js';

const worlds: World[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});
async function opened(...from: Parameters<typeof openedTogether>): Promise<World> {
  const world = await openedTogether(...from);
  worlds.push(world);
  return world;
}
async function groupFacts(world: World, tenant = TENANT): Promise<readonly string[]> {
  const types: string[] = [];
  for await (const { type } of world.store.readStream(streamId(GROUP_CATEGORY, tenant, GROUP_ID)))
    types.push(type.replace('ExtensionGroup', ''));
  return types;
}
async function failure(world: World): Promise<unknown> {
  return (await planEvents(world)).find(({ type }) => type === 'ExtensionPlanStepFailed' || type === 'ExtensionPlanStepLost')?.data;
}
/** Every state of enforcement that anybody could have seen. */
function seen(world: World, tenant = TENANT): readonly string[] {
  const states = [inForce(world, tenant).join(' | ')];
  world.snapshot.onChange((changed) => {
    const now = inForce(world, tenant).join(' | ');
    if (changed === tenant && states.at(-1) !== now) states.push(now);
  });
  return states;
}
async function passes(world: World, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second += 1) await world.clock.advance(1_000);
}
const whole = ['Started', 'StepStarted together acme.core', 'StepCompleted', 'Ended completed'];
const failed = ['Started', 'StepStarted together acme.core', 'StepFailed', 'Ended failed'];

describe('U-08 upgrades that only fit together', () => {
  it('are one step, and take over in one moment, each with what was consented to', async () => {
    const world = await opened();
    const states = seen(world);
    await executeTogether(world);
    expect(await atRest(world)).toEqual(whole);
    expect(states).toEqual([OLD.join(' | '), NEW.join(' | ')]);
    expect(await groupFacts(world)).toEqual(['Formed', 'Upgraded', 'Settled']);
    const { calls } = world.sandboxes;
    expect(calls.filter((call) => call.includes('takes over'))).toEqual([
      'candidate takes over acme.core 2.0.0',
      'candidate takes over acme.notes 2.0.0',
    ]);
    expect([await world.state('acme.core'), await world.state('acme.notes')]).toMatchObject([
      { version: '2.0.0', formers: [{ version: '1.0.0' }] },
      { version: '2.0.0', formers: [{ version: '1.0.0' }] },
    ]);
  });
  it('are tried beside those that serve, and nobody begins its switch before all were', async () => {
    const world = await opened();
    world.sandboxes.hold('candidate hook:onUpgrade').on('candidate hook:onUpgrade', () => null);
    await executeTogether(world);
    await reached(world, 'candidate hook:onUpgrade acme.core');
    await reached(world, 'candidate hook:onUpgrade acme.notes');
    expect(inForce(world)).toEqual(OLD);
    world.sandboxes.release('candidate hook:onUpgrade');
    expect(await atRest(world)).toEqual(whole);
    const order = (await Promise.all(['acme.core', 'acme.notes'].map((id) => world.history(id)))).map((facts) =>
      facts.map(({ type }) => type),
    );
    for (const types of order) expect(types.lastIndexOf('ExtensionUpgradeReady')).toBeLessThan(types.lastIndexOf('ExtensionUpgraded'));
  });
  it('change nothing in another tenant', async () => {
    const world = await opened(undefined, [TENANT, OTHER_TENANT]);
    await executeTogether(world);
    await atRest(world);
    expect([inForce(world), inForce(world, OTHER_TENANT)]).toEqual([NEW, OLD]);
    expect(await groupFacts(world, OTHER_TENANT)).toEqual([]);
  });
  it('come after what is new and both of them need', async () => {
    const lib = manifest({ id: 'acme.lib', permissions: {} });
    const needing = (of: Manifest): Manifest => ({
      ...of,
      dependencies: { ...of.dependencies, extensions: { ...of.dependencies?.extensions, 'acme.lib': '^1.0.0' } },
    });
    const world = await opened([lib, needing(newCore), needing(newNotes)]);
    await executeTogether(world);
    expect(await atRest(world)).toEqual([
      'Started',
      'StepStarted install acme.lib',
      'StepCompleted',
      'StepStarted together acme.core',
      'StepCompleted',
      'Ended completed',
    ]);
    expect(inForce(world)).toEqual(NEW);
  });
  it('serve once they are enabled, where one of them is not', async () => {
    // What a disabled extension needs is asked for when it is enabled; what it cannot be beside, always.
    const apart: Manifest = { ...newNotes, dependencies: { ...newNotes.dependencies, conflicts: { 'acme.core': '<2.0.0' } } };
    const world = await opened([newCore, apart]);
    await world.manager.disable('acme.notes', world.caller());
    await eventually(
      async () => (await world.history('acme.notes')).at(-1)?.type === 'ExtensionDeactivated',
      async () => (await world.types('acme.notes')).join(),
    );
    await executeTogether(world);
    expect(await atRest(world)).toEqual(whole);
    expect(inForce(world)).toEqual(NEW);
    expect(await world.state('acme.notes')).toMatchObject({ status: 'disabled', version: '2.0.0' });
  });
});

describe('one that does not come to its switch', () => {
  const kept = async (world: World, story: readonly string[] = failed): Promise<void> => {
    expect(await atRest(world)).toEqual(story);
    expect(inForce(world)).toEqual(OLD);
    expect(await groupFacts(world)).toEqual(['Formed', 'Abandoned', 'Settled']);
  };

  it('by its health keeps all of them, with the reason', async () => {
    const world = await opened();
    const states = seen(world);
    unhealthy(world);
    await executeTogether(world);
    await kept(world);
    expect(states).toEqual([OLD.join(' | ')]);
    expect(await failure(world)).toMatchObject({ code: 'EXTENSION_UNHEALTHY', reason: expect.stringContaining('it was made so') });
    const [core, notes] = [await world.types('acme.core'), await world.types('acme.notes')];
    expect([core, notes].map((types) => types.at(-1))).toEqual(['ExtensionUpgradeUndone', 'ExtensionUpgradeUndone']);
  });
  it('by its deadline keeps all of them', async () => {
    const world = await opened();
    world.sandboxes.on('candidate hook:onUpgrade', ({ extension }) => (extension === 'acme.notes' ? new Promise(() => undefined) : null));
    await executeTogether(world);
    await reached(world, 'candidate hook:onUpgrade acme.notes');
    await passes(world, 130);
    await kept(world);
    expect(await failure(world)).toMatchObject({ code: 'EXTENSION_STEP_DEADLINE' });
  });
  it('by a cancel of the plan keeps all of them', async () => {
    const world = await opened();
    world.sandboxes.on('candidate hook:onUpgrade', ({ extension }) => (extension === 'acme.notes' ? new Promise(() => undefined) : null));
    const plan = await executeTogether(world);
    await reached(world, 'candidate hook:onUpgrade acme.notes');
    await world.planManager.cancel(plan, world.caller());
    await kept(world, ['Started', 'StepStarted together acme.core', 'Cancelled', 'StepFailed', 'Ended cancelled']);
  });
  it('by a cancel of its upgrade keeps all of them', async () => {
    const world = await opened();
    world.sandboxes.on('candidate hook:onUpgrade', ({ extension }) => (extension === 'acme.notes' ? new Promise(() => undefined) : null));
    await executeTogether(world);
    await reached(world, 'candidate hook:onUpgrade acme.notes');
    await world.manager.cancelUpgrade('acme.core', world.caller());
    await kept(world);
    expect(await failure(world)).toMatchObject({ code: 'EXTENSION_UPGRADE_CANCELLED' });
  });
  it('by the consent that is missing is not begun', async () => {
    const world = await opened();
    await expect(executeTogether(world, bothUp, allConsent.slice(1))).rejects.toMatchObject({
      code: 'EXTENSION_CONSENT_REQUIRED',
      facts: { extension: 'acme.core' },
    });
    const strange = [...allConsent.slice(1), { extension: 'acme.core', ids: [WEB, 'kv'] }];
    await expect(executeTogether(world, bothUp, strange)).rejects.toMatchObject({ code: 'EXTENSION_CONSENT_UNKNOWN' });
    expect([await planEvents(world), await groupFacts(world), inForce(world)]).toEqual([[], [], OLD]);
  });
  it('by an upgrade of somebody else keeps the others', async () => {
    const world = await opened();
    const { hash, plan } = world.planning.preview(TENANT, bothUp);
    await world.package(manifest({ version: '1.1.0', permissions: {}, dependencies: { extensions: { 'acme.core': '^1.0.0' } } }));
    world.sandboxes.hold('candidate hook:onUpgrade').on('candidate hook:onUpgrade', () => null);
    await world.manager.upgrade({ extension: 'acme.notes', version: '1.1.0', consented: [] }, world.caller());
    const again = world.planManager.execute({ changes: bothUp, hash, consented: allConsent, basis: plan.basis }, world.caller());
    await expect(again).rejects.toMatchObject({ code: 'EXTENSION_PLAN_MOVED' });
    expect(inForce(world)).toEqual(OLD);
  });
  it('stays as it is for a user without the right', async () => {
    const world = await opened();
    const { hash, plan } = world.planning.preview(TENANT, bothUp);
    const nobody = { ...world.caller(), principal: { id: 'viewer', kind: 'user' as const, may: () => false } };
    const asked = world.planManager.execute({ changes: bothUp, hash, consented: allConsent, basis: plan.basis }, nobody);
    await expect(asked).rejects.toThrow('REQUEST_DENIED');
    expect([await groupFacts(world), inForce(world)]).toEqual([[], OLD]);
  });
});

describe('who has given its word', () => {
  /** acme.core waits; acme.notes is held in its switch. */
  async function waiting(): Promise<World> {
    const world = await opened();
    world.sandboxes.on('candidate hook:onHealthCheck', ({ extension }) => {
      if (extension === 'acme.notes') world.sandboxes.hold('candidate start acme.notes');
      return { healthy: true, reasons: [] };
    });
    await executeTogether(world);
    await eventually(
      async () => (await world.types('acme.core')).includes('ExtensionUpgradeReady'),
      async () => (await world.types('acme.core')).join(),
    );
    expect(inForce(world)).toEqual(OLD);
    return world;
  }
  it('cannot leave by itself, and is told how to end it for all', async () => {
    const world = await waiting();
    const refusal = { code: 'EXTENSION_UPGRADE_TOGETHER', facts: { others: ['acme.notes'] } };
    await expect(world.manager.cancelUpgrade('acme.core', world.caller())).rejects.toMatchObject(refusal);
    await world.manager.disable('acme.notes', world.caller());
    await atRest(world);
    expect([inForce(world), await groupFacts(world)]).toEqual([OLD, ['Formed', 'Abandoned', 'Settled']]);
  });
  it('loses at once what is revoked, and does not get it back with the others', async () => {
    const world = await waiting();
    await world.manager.revokeGrant('acme.notes', 'kv', world.caller());
    expect(inForce(world)).toEqual([OLD[0], 'acme.notes 1.0.0: ']);
    world.sandboxes.release('candidate start acme.notes');
    await atRest(world);
    expect(inForce(world)).toEqual([NEW[0], 'acme.notes 2.0.0: ']);
  });
  it('stays old with all others when the plan is cancelled, before the switch or after it', async () => {
    const before = await waiting();
    const { plan } = (await planEvents(before))[0]!.data;
    await before.planManager.cancel(plan, before.caller());
    await atRest(before);
    expect([inForce(before), await groupFacts(before)]).toEqual([OLD, ['Formed', 'Abandoned', 'Settled']]);

    const after = await opened();
    const states = seen(after);
    const name = await executeTogether(after);
    await eventually(
      async () => (await groupFacts(after)).includes('Upgraded'),
      async () => (await groupFacts(after)).join(),
    );
    // Where the plan had come to its end before, its cancel changes nothing.
    const { changed } = await after.planManager.cancel(name, after.caller());
    if (!changed) await after.manager.rollBack('acme.core', after.caller());
    await eventually(
      () => inForce(after).join() === OLD.join(),
      () => inForce(after).join(),
    );
    await atRest(after);
    expect(states).toEqual([OLD.join(' | '), NEW.join(' | '), OLD.join(' | ')]);
  });
});

describe('the way back of upgrades that came together', () => {
  async function upgraded(): Promise<World> {
    const world = await opened();
    await executeTogether(world);
    await atRest(world);
    expect(inForce(world)).toEqual(NEW);
    return world;
  }
  it('takes all of them back in one moment, whichever is asked', async () => {
    for (const extension of ['acme.core', 'acme.notes']) {
      const world = await upgraded();
      const states = seen(world);
      const { state, position } = await world.manager.rollBack(extension, world.caller());
      expect(state).toMatchObject({ version: '1.0.0' });
      expect(position).not.toBeNull();
      expect(inForce(world)).toEqual(OLD);
      await atRest(world);
      expect(states).toEqual([NEW.join(' | '), OLD.join(' | ')]);
      expect(await groupFacts(world)).toEqual(['Formed', 'Upgraded', 'Settled', 'RolledBack', 'Settled']);
      expect([await world.state('acme.core'), await world.state('acme.notes')]).toMatchObject([
        { version: '1.0.0', formers: [], discarded: ['2.0.0'] },
        { version: '1.0.0', formers: [], discarded: ['2.0.0'] },
      ]);
      await expect(world.manager.rollBack(extension, world.caller())).rejects.toThrow('EXTENSION_NO_FORMER_VERSION');
    }
  });
  it('takes all of them back when one is unhealthy on its trial', async () => {
    const world = await upgraded();
    const states = seen(world);
    world.sandboxes.on('hook:onHealthCheck', ({ extension }) => ({ healthy: extension !== 'acme.notes', reasons: ['it lost its words'] }));
    await passes(world, 35);
    await eventually(
      () => inForce(world).join() === OLD.join(),
      () => inForce(world).join(),
    );
    await atRest(world);
    expect(states).toEqual([NEW.join(' | '), OLD.join(' | ')]);
    expect((await world.history('acme.core')).at(-1)).toMatchObject({ type: 'ExtensionRolledBack', data: { cause: 'health' } });
  });
  it('keeps revoked what was revoked since', async () => {
    const world = await upgraded();
    await world.manager.revokeGrant('acme.notes', 'kv', world.caller());
    await world.manager.rollBack('acme.core', world.caller());
    expect(inForce(world)).toEqual([OLD[0], 'acme.notes 1.0.0: ']);
  });
  it('is refused where one of them went on since, naming it, and stays possible one by one', async () => {
    const world = await upgraded();
    await world.package({ ...newNotes, version: '3.0.0' });
    await world.manager.upgrade({ extension: 'acme.notes', version: null, consented: [] }, world.caller());
    await atRest(world);
    await expect(world.manager.rollBack('acme.core', world.caller())).rejects.toMatchObject({
      code: 'EXTENSION_GROUP_PARTED',
      facts: { moved: ['acme.notes'] },
    });
    await world.manager.rollBack('acme.notes', world.caller());
    expect(inForce(world)).toEqual(NEW);
    await world.manager.rollBack('acme.core', world.caller());
    expect(inForce(world)).toEqual(OLD);
  });
  it('is refused where somebody else could not live with it', async () => {
    const world = await upgraded();
    await world.package(manifest({ id: 'acme.late', permissions: {}, dependencies: { extensions: { 'acme.core': '^2.0.0' } } }));
    await world.manager.install({ extension: 'acme.late', version: null, consented: [], enable: true }, world.caller());
    await world.until('acme.late', 'enabled');
    await expect(world.manager.rollBack('acme.notes', world.caller())).rejects.toMatchObject({
      code: 'EXTENSION_UPGRADE_OBSTRUCTED',
      facts: { cures: [expect.stringContaining('acme.late')] },
    });
    expect(inForce(world)).toEqual(NEW);
  });
  it('goes without one that was removed since', async () => {
    const world = await upgraded();
    await world.manager.remove('acme.notes', world.caller());
    await world.until('acme.notes', 'removed');
    await world.manager.rollBack('acme.core', world.caller());
    await atRest(world);
    expect(inForce(world)[0]).toBe(OLD[0]);
    expect((await world.state('acme.notes')).status).toBe('removed');
  });
  it('is refused to a user without the right', async () => {
    const world = await upgraded();
    const nobody = { ...world.caller(), principal: { id: 'viewer', kind: 'user' as const, may: () => false } };
    await expect(world.manager.rollBack('acme.core', nobody)).rejects.toThrow('REQUEST_DENIED');
    expect(inForce(world)).toEqual(NEW);
  });
  it('is that of the plan as well, when a later step of it fails', async () => {
    const sick = manifest({ id: 'acme.sick', permissions: {}, dependencies: { extensions: { 'acme.core': '^2.0.0' } } });
    const world = await opened([newCore, newNotes, sick]);
    world.sandboxes.on('hook:onHealthCheck', ({ extension }) => ({ healthy: extension !== 'acme.sick', reasons: ['it was made so'] }));
    const changes: readonly PlanChange[] = [...bothUp, { act: 'install', extension: 'acme.sick', range: null, enable: true }];
    await executeTogether(world, changes);
    expect(await atRest(world)).toEqual([
      'Started',
      'StepStarted together acme.core',
      'StepCompleted',
      'StepStarted install acme.sick',
      'StepFailed',
      'UndoStarted together acme.core',
      'UndoCompleted',
      'Ended failed',
    ]);
    expect(inForce(world)).toEqual(OLD);
  });
  it('fails the plan when it comes by itself while the rest is at work', async () => {
    const more = manifest({ id: 'acme.more', permissions: {}, dependencies: { extensions: { 'acme.core': '^2.0.0' } } });
    const world = await opened([newCore, newNotes, more]);
    world.sandboxes.on('hook:onInstall', ({ extension }) => (extension === 'acme.more' ? new Promise(() => undefined) : null));
    world.sandboxes.on('hook:onHealthCheck', ({ extension }) => ({ healthy: extension !== 'acme.notes', reasons: ['it lost its words'] }));
    const changes: readonly PlanChange[] = [...bothUp, { act: 'install', extension: 'acme.more', range: null, enable: true }];
    await executeTogether(world, changes);
    await reached(world, 'hook:onInstall acme.more');
    await passes(world, 35);
    expect((await atRest(world)).slice(2)).toEqual([
      'StepCompleted',
      'StepStarted install acme.more',
      'StepLost',
      'StepFailed',
      'Ended failed',
    ]);
    expect(await failure(world)).toMatchObject({ code: 'EXTENSION_PLAN_STEP_LOST', reason: expect.stringContaining('it lost its words') });
    expect(inForce(world)).toEqual(OLD);
  });
});

it('an old version that needs nothing is no group: one that can go alone goes alone', async () => {
  const alone = manifest({ id: 'acme.core', version: '1.1.0', permissions: {} });
  const world = await opened([alone]);
  const { plan } = world.planning.preview(TENANT, [{ act: 'upgrade', extension: 'acme.core', range: null }]);
  expect(plan.groups).toEqual([]);
  expect(plan.operations.map(({ extension, from, together }) => [extension, from, together])).toEqual([['acme.core', oldCore.version, []]]);
});
