// A tenant with acme.core 1.0.0 and acme.notes 1.0.0, whose next versions only fit together, told by worlds: for the specs of groups.
import { fold, streamId } from '@kari/kernel';
import type { Manifest } from '@kari/protocol/manifest';
import type { PlanConsent } from '../planning/plan.queries.js';
import type { PlanChange } from '../planning/plan.rules.js';
import { planDecider, type PlanState } from '../planning/execution/plan.decider.js';
import { PLAN_CATEGORY, PLAN_ID, type PlanEvent } from '../planning/execution/plan.events.js';
import { manifest, TENANT } from './stories.js';
import { eventually, World, type WorldOptions } from './world.js';

export const WEB = 'http:https://api.example.org:443';
const kv = (bytes: number) => ({ kv: { bytes, reason: 'keeps your notes' } });
const web = { http: [{ host: 'api.example.org', reason: 'looks words up' }] };

export const oldCore = manifest({ id: 'acme.core', permissions: {} });
export const newCore = manifest({
  id: 'acme.core',
  version: '2.0.0',
  permissions: web,
  dependencies: { conflicts: { 'acme.notes': '<2.0.0' } },
});
const oldNotes = manifest({ permissions: kv(1_000), dependencies: { extensions: { 'acme.core': '^1.0.0' } } });
export const newNotes = manifest({ version: '2.0.0', permissions: kv(2_000), dependencies: { extensions: { 'acme.core': '^2.0.0' } } });

export const bothUp: readonly PlanChange[] = [{ act: 'upgrade', extension: 'acme.notes', range: null }];
export const allConsent: readonly PlanConsent[] = [
  { extension: 'acme.core', ids: [WEB] },
  { extension: 'acme.notes', ids: ['kv'] },
];
export const OLD = ['acme.core 1.0.0: ', 'acme.notes 1.0.0: kv 1000'];
export const NEW = [`acme.core 2.0.0: ${WEB}`, 'acme.notes 2.0.0: kv 2000'];

/** Both installed in their old versions, the new ones registered. */
export async function openedTogether(
  more: readonly Manifest[] = [newCore, newNotes],
  tenants: readonly string[] = [TENANT],
  options: WorldOptions = {},
): Promise<World> {
  const world = await World.open(options);
  for (const one of [oldCore, oldNotes]) await world.package(one);
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

export async function executeTogether(world: World, changes = bothUp, consented = allConsent, tenant = TENANT): Promise<string> {
  const { hash, plan } = world.planning.preview(tenant, changes);
  const { state } = await world.planManager.execute({ changes, hash, consented, basis: plan.basis }, world.caller(tenant));
  return state.status === 'idle' ? '' : state.plan;
}

export async function planEvents(world: World, tenant = TENANT): Promise<readonly PlanEvent[]> {
  const events: PlanEvent[] = [];
  for await (const event of world.store.readStream(streamId(PLAN_CATEGORY, tenant, PLAN_ID))) events.push(event as unknown as PlanEvent);
  return events;
}

/** What is enforced. */
export const inForce = (world: World, tenant = TENANT): readonly string[] =>
  ['acme.core', 'acme.notes'].map((id) => {
    const found = world.snapshot.find(tenant, id);
    const held = (found?.grants ?? []).filter(({ state }) => state === 'granted');
    const words = held.map(({ id: grant, scope }) => ('bytes' in scope ? `${grant} ${String(scope.bytes)}` : grant));
    return `${id} ${found?.version.version ?? '-'}: ${words.join()}`;
  });

/** Resolves once nothing is under way in the tenant, neither in the log nor as a process. */
export async function atRest(world: World, tenant = TENANT): Promise<readonly string[]> {
  const plan = async (): Promise<PlanState> => fold(planDecider, planDecider.initialState, await planEvents(world, tenant));
  const open = async (): Promise<readonly string[]> => {
    await world.snapshot.reached(await world.store.head());
    const states = await Promise.all(['acme.core', 'acme.notes'].map((id) => world.state(id, tenant)));
    return [
      ...((await plan()).status === 'idle' ? [] : ['the plan']),
      ...states.flatMap((state) => ('upgrade' in state && state.upgrade !== null ? [`the upgrade of ${state.extension}`] : [])),
      ...world.snapshot.groupsOf(tenant).flatMap(({ settled, phase }) => (settled ? [] : [`a group that is ${phase}`])),
      ...world.sandboxes.candidates.all().flatMap((one) => (one.tenant === tenant ? [`the candidate ${one.extension}`] : [])),
    ];
  };
  await eventually(
    async () => (await open()).length === 0,
    async () => `still open: ${(await open()).join(', ')}`,
  );
  return told(await planEvents(world, tenant));
}

const told = (events: readonly PlanEvent[]): readonly string[] =>
  events.map(({ type, data }) => {
    const what = 'step' in data ? ` ${data.step.act} ${data.step.extension}` : 'outcome' in data ? ` ${data.outcome}` : '';
    return `${type.replace('ExtensionPlan', '')}${what}`;
  });

export const unhealthy = (world: World, which = 'acme.notes'): void => {
  world.sandboxes.on('candidate hook:onHealthCheck', ({ extension }) => ({ healthy: extension !== which, reasons: ['it was made so'] }));
};

export async function reached(world: World, call: string): Promise<void> {
  await eventually(
    () => world.sandboxes.calls.includes(call),
    () => world.sandboxes.calls.join(),
  );
}
