// What a tenant would go through if changes were granted: the operations in their order, what each brings and asks consent for, whom it would
// break; or why it cannot be. Nothing moves here: the same input gives the same plan, and the plan is what is hashed.
import { canonicalJson } from '@kari/kernel';
import { contractBreaksBetween, isProvider, needsOf, resolve, type ContractBreak, type Wish } from '@kari/package/rules';
import { platformServices, type Manifest } from '@kari/protocol/manifest';

import type { HeldGrant } from '../lifecycle/extension-state.rules.js';
import type { ConsentItem } from '../lifecycle/consent.rules.js';
import { grantDifferences, sectionDifferences, type GrantDifference, type SectionDifference } from './plan-differences.rules.js';
import { planOrder, type OrderedAct } from './plan-order.rules.js';

export type PlanChange = Wish;
type ResourceClass = 'S' | 'M' | 'L';

/** A registered version, as far as a plan is concerned. */
interface PlannedPackage {
  readonly manifest: Manifest;
  readonly bundleHash: string;
}

/** An extension of the tenant. */
export interface PresentExtension extends PlannedPackage {
  readonly enabled: boolean;
  readonly grants: readonly HeldGrant[];
  readonly resourceClass: ResourceClass;
  readonly revision: string;
  /** Null at rest; else what is going on with it. */
  readonly busy: 'installing' | 'undoing' | 'removing' | null;
  /** The version that an upgrade under way leads to, null when none is. */
  readonly upgrading: string | null;
}

export interface PlanQuestion {
  readonly changes: readonly PlanChange[];
  readonly registered: readonly PlannedPackage[];
  readonly present: readonly PresentExtension[];
  readonly platformVersion: string;
  readonly safeBoot: boolean;
}

export interface PlannedOperation {
  readonly act: OrderedAct['act'];
  readonly extension: string;
  /** Version before; null when it is new. */
  readonly from: string | null;
  /** Version after; null when it goes. */
  readonly to: string | null;
  /** Whether it runs afterwards. */
  readonly enabled: boolean;
  /** Asked for, or brought along by something that was. */
  readonly asked: boolean;
  /** Hex SHA-256 of what would run; of what runs today where nothing new comes. */
  readonly bundleHash: string;
  readonly grants: GrantDifference;
  readonly resourceClass: { readonly from: ResourceClass | null; readonly to: ResourceClass | null };
  /** Exactly what must be consented to. */
  readonly consent: readonly ConsentItem[];
  readonly sections: readonly SectionDifference[];
  /** The other extensions that it takes over with, as one step; empty: it goes alone. */
  readonly together: readonly string[];
}

/** Upgrades that only fit together: they take over as one, or not at all. */
interface PlannedGroup {
  readonly extensions: readonly string[];
  /** What keeps each of them from going alone, in words. */
  readonly reasons: readonly string[];
}

/** Why a plan cannot be executed as it is: a code of the catalogue with its facts. */
interface PlanObstacle {
  readonly code: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

export interface Plan {
  readonly operations: readonly PlannedOperation[];
  readonly groups: readonly PlannedGroup[];
  readonly breaks: readonly ContractBreak[];
  readonly obstacles: readonly PlanObstacle[];
  readonly conflict: { readonly explanation: string; readonly culprits: readonly string[]; readonly cures: readonly string[] } | null;
  /** What it was made on: `<extension>@<revision>` of each installation that it touches or rests on, by extension. */
  readonly basis: readonly string[];
}

export function planOf(question: PlanQuestion): Plan {
  const { changes, registered, present, platformVersion } = question;
  const resolution = resolve({
    platform: { version: platformVersion, services: platformServices },
    registered: registered.map(({ manifest }) => manifest),
    installed: present.filter(({ busy }) => busy === null || busy === 'installing').map(({ manifest, enabled }) => ({ manifest, enabled })),
    wishes: changes,
  });
  if (resolution.outcome === 'exhausted')
    return { ...nothing(question), obstacles: [{ code: 'PACKAGE_RESOLUTION_LIMIT', facts: { steps: resolution.steps } }] };
  if (resolution.outcome === 'conflict') {
    const { explanation, culprits, cures } = resolution;
    const conflict = { explanation, culprits: culprits.map(({ words }) => words), cures };
    return { ...nothing(question), conflict, obstacles: [{ code: 'EXTENSION_PLAN_CONFLICT', facts: { explanation, cures } }] };
  }
  const targets = new Map(resolution.lock.map((locked) => [locked.extension, locked]));
  const acts = [...new Set([...targets.keys(), ...present.map(({ manifest }) => manifest.id)])].flatMap((extension) =>
    actsFor(extension, targets.get(extension) ?? null, question),
  );
  const neighbours = present.map(({ manifest, enabled }) => ({
    extension: manifest.id,
    version: manifest.version,
    status: enabled ? ('enabled' as const) : ('disabled' as const),
    manifest,
  }));
  const { order, stuck } = planOrder(acts, neighbours, resolution.order, platformVersion);
  const operations = [
    ...order.flatMap((step) => step.operations.map((act) => operationOf(act, question, step.operations))),
    ...stuck.map(({ operation }) => operationOf(operation, question, [])),
  ];
  const groups = order
    .filter((step) => step.operations.length > 1)
    .map(({ operations: of, reasons }): PlannedGroup => ({ extensions: of.map(({ extension }) => extension), reasons }));
  const after = resolution.lock.map(({ extension, version }) => packageOf(question, extension, version).manifest);
  const breaks = contractBreaksBetween(
    present.map(({ manifest }) => manifest),
    after,
  );
  const obstacles = obstaclesTo(question, operations, breaks, stuck);
  return { operations, groups, breaks, obstacles, conflict: null, basis: basisOf(question, operations) };
}

/** The text that is hashed: equal plans on equal grounds have equal texts. */
export function planText(plan: Plan): string {
  return canonicalJson(plan);
}

interface PlannedAct extends OrderedAct {
  readonly bundleHash: string;
}

function actsFor(
  extension: string,
  target: { readonly version: string; readonly enabled: boolean } | null,
  question: PlanQuestion,
): readonly PlannedAct[] {
  const found = question.present.find(({ manifest }) => manifest.id === extension);
  if (target === null)
    return found === undefined
      ? []
      : [{ act: 'remove', extension, enabled: false, manifest: found.manifest, bundleHash: found.bundleHash }];
  const { manifest, bundleHash } = packageOf(question, extension, target.version);
  const act = (name: PlannedAct['act'], enabled: boolean): PlannedAct => ({ act: name, extension, enabled, manifest, bundleHash });
  if (found === undefined) return [act('install', target.enabled)];
  const toggled = found.enabled === target.enabled ? [] : [act(target.enabled ? 'enable' : 'disable', target.enabled)];
  if (found.manifest.version === target.version) return toggled;
  // What is to rest rests first, what is to run rises first.
  return target.enabled
    ? [act('upgrade', found.enabled), ...toggled]
    : [...toggled.map((one) => ({ ...one, manifest: found.manifest })), act('upgrade', false)];
}

function operationOf(
  { act, extension, enabled, manifest, bundleHash }: PlannedAct,
  { present, changes }: PlanQuestion,
  step: readonly PlannedAct[],
): PlannedOperation {
  const found = present.find((one) => one.manifest.id === extension) ?? null;
  const moves = act === 'install' || act === 'upgrade' || act === 'remove';
  const next = act === 'remove' ? null : moves ? manifest : (found?.manifest ?? manifest);
  const before = moves ? (found?.manifest ?? null) : next;
  const held = found?.grants ?? [];
  const grants = moves ? grantDifferences(held, next) : { added: [], widened: [], removed: [] };
  const resourceClass = { from: found?.resourceClass ?? null, to: next === null ? null : (next.resources?.class ?? 'S') };
  return {
    act,
    extension,
    from: act === 'install' ? null : (found?.manifest.version ?? null),
    to: next?.version ?? null,
    enabled,
    asked: changes.some((change) => change.extension === extension),
    bundleHash,
    grants,
    resourceClass,
    consent: act === 'install' || act === 'upgrade' ? consentFor(grants, held, resourceClass, manifest) : [],
    sections: moves ? sectionDifferences(before, next) : [],
    together: step.map((one) => one.extension).filter((other) => other !== extension),
  };
}

/** What goes beyond what is held; what was revoked stays so, however wide it is asked for. */
function consentFor(
  { added, widened }: GrantDifference,
  held: readonly HeldGrant[],
  { from, to }: PlannedOperation['resourceClass'],
  manifest: Manifest,
): readonly ConsentItem[] {
  const revoked = new Set(held.filter(({ state }) => state === 'revoked').map(({ id }) => id));
  const permissions = [...added, ...widened].filter(({ id }) => !revoked.has(id)).map(({ id, reason }) => ({ id, reason }));
  if (to === null || classes.indexOf(to) <= classes.indexOf(from ?? 'S')) return permissions;
  return [...permissions, { id: `resources:${to}`, reason: manifest.resources?.reason ?? '' }];
}

const classes: readonly ResourceClass[] = ['S', 'M', 'L'];

function obstaclesTo(
  { present, safeBoot }: PlanQuestion,
  operations: readonly PlannedOperation[],
  breaks: readonly ContractBreak[],
  stuck: readonly { readonly operation: PlannedAct; readonly reasons: readonly string[] }[],
): readonly PlanObstacle[] {
  const busy = operations.flatMap(
    ({ extension }) => present.find(({ manifest, busy: what }) => manifest.id === extension && what !== null) ?? [],
  );
  const upgrading = operations.flatMap(({ act, extension }) => {
    const version = present.find(({ manifest }) => manifest.id === extension)?.upgrading ?? null;
    return act === 'upgrade' && version !== null ? [{ code: 'EXTENSION_UPGRADE_RUNNING', facts: { extension, version } }] : [];
  });
  // Who breaks for good is named as that alone.
  const known = new Set(breaks.map(({ cure }) => cure));
  const waits = stuck.filter(({ reasons }) => reasons.some((reason) => !known.has(reason)));
  const starts = operations.find(({ act }) => act === 'install' || act === 'enable' || act === 'upgrade');
  return [
    ...busy.map(({ manifest, busy: status }) => ({ code: 'EXTENSION_BUSY', facts: { extension: manifest.id, status } })),
    ...upgrading,
    ...(safeBoot && starts !== undefined ? [{ code: 'EXTENSION_SAFE_BOOT', facts: { extension: starts.extension } }] : []),
    ...breaks.map(({ user, plugin, reason, cure }) => ({ code: 'EXTENSION_PLAN_BREAKS', facts: { user, plugin, reason, cure } })),
    ...(waits.length === 0
      ? []
      : [
          {
            code: 'EXTENSION_PLAN_NO_ORDER',
            facts: {
              extensions: waits.map(({ operation }) => operation.extension),
              reasons: [...new Set(waits.flatMap(({ reasons }) => reasons))],
            },
          },
        ]),
  ];
}

function packageOf({ registered, present }: PlanQuestion, extension: string, version: string): PlannedPackage {
  const fits = ({ manifest }: PlannedPackage): boolean => manifest.id === extension && manifest.version === version;
  return present.find(fits) ?? registered.find(fits)!;
}

/**
 * What is touched, and everything that is tied to it by a need, a plugin or a conflict, however far. Where something new comes, that is all
 * there is: everything was looked at for what it needs and cannot be beside.
 */
function basisOf({ present }: PlanQuestion, operations: readonly PlannedOperation[]): readonly string[] {
  const touched = new Set(operations.map(({ extension }) => extension));
  const comes = operations.some(({ act }) => act === 'install');
  const basis = new Set(present.filter(({ manifest }) => comes || touched.has(manifest.id)));
  for (const { manifest } of basis) {
    for (const other of present) if (restsOn(manifest, other.manifest) || restsOn(other.manifest, manifest)) basis.add(other);
  }
  return stamps([...basis]);
}

function stamps(present: readonly PresentExtension[]): readonly string[] {
  return present.map(({ manifest, revision }) => `${manifest.id}@${revision}`).sort();
}

function restsOn({ dependencies = {} }: Manifest, other: Manifest): boolean {
  return (
    needsOf(dependencies.extensions).some(({ id }) => id === other.id) ||
    Object.keys(dependencies.conflicts ?? {}).includes(other.id) ||
    needsOf(dependencies.plugins).some(({ id }) => isProvider(other, id, '*'))
  );
}

function nothing({ present }: PlanQuestion): Plan {
  return { operations: [], groups: [], breaks: [], obstacles: [], conflict: null, basis: stamps(present) };
}
