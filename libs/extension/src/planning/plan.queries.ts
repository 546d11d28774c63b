// What a tenant would go through if changes were granted, from its state as it is enforced now. Reads only.
import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { rejected } from '@kari/kernel';
import { grantsOf } from '@kari/package';
import { isRange } from '@kari/package/rules';
import { consentOf } from '../lifecycle/consent.rules.js';
import { extensionIdSchema } from '../lifecycle/extension.commands.js';
import { isHeld } from '../lifecycle/extension-state.rules.js';
import { EXTENSION_SETTINGS, type ExtensionSettings } from '../settings.js';
import { InstallationSnapshot, type InstallationEntry } from '../snapshot/installation-snapshot.js';
import type { PlanCommand } from './execution/plan.commands.js';
import type { PlanStep } from './execution/plan.events.js';
import { InstallationPlanQueries } from './installation-plan.queries.js';
import { planOf, planText, type Plan, type PlanChange, type PlannedOperation, type PresentExtension } from './plan.rules.js';

/** Most changes in one plan. */
const MOST_CHANGES = 50;

export interface PlanPreview {
  readonly plan: Plan;
  /** Hex SHA-256 of the plan and of what it was made on. */
  readonly hash: string;
}

export interface PlanConsent {
  readonly extension: string;
  readonly ids: readonly string[];
}

export interface PlanRequest {
  readonly changes: readonly PlanChange[];
  readonly hash: string;
  readonly consented: readonly PlanConsent[];
  /** The basis that the preview named, so that a refusal can tell what of it has moved; null: it is not told. */
  readonly basis: readonly string[] | null;
}

type ExecutionFacts = Extract<PlanCommand, { type: 'ExecutePlan' }>['data']['facts'];

@Injectable()
export class PlanQueries {
  constructor(
    @Inject(InstallationSnapshot) private readonly snapshot: InstallationSnapshot,
    @Inject(InstallationPlanQueries) private readonly installs: InstallationPlanQueries,
    @Inject(EXTENSION_SETTINGS) private readonly settings: ExtensionSettings,
  ) {}

  /** Throws REQUEST_INVALID. */
  preview(tenant: string, changes: readonly PlanChange[]): PlanPreview {
    const reason = faultIn(changes);
    if (reason !== null) throw rejected('REQUEST_INVALID', { operation: 'planChanges', reason });
    const plan = planOf({
      changes,
      registered: this.snapshot.packages().all(),
      present: this.present(tenant),
      platformVersion: this.settings.platformVersion,
      safeBoot: this.settings.safeBoot,
    });
    return { plan, hash: createHash('sha256').update(planText(plan)).digest('hex') };
  }

  /** The same changes planned again, as the decider judges them. */
  executionFacts(tenant: string, { changes, hash: asked, consented, basis }: PlanRequest): ExecutionFacts {
    const reason = faultIn(changes);
    // Also this refusal goes the one road, where it is authorised and audited.
    if (reason !== null) {
      const obstacle = { code: 'REQUEST_INVALID', facts: { operation: 'executePlan', reason } };
      return { hash: asked, moved: [], obstacle, steps: [], strangers: [] };
    }
    const { plan, hash } = this.preview(tenant, changes);
    const present = new Map(this.present(tenant).map((one) => [one.manifest.id, one]));
    const operations = plan.operations.map((operation) => this.step(operation, present.get(operation.extension) ?? null, consented));
    const steps = operations.flatMap((step, place) => stepsAt(place, step, plan, operations));
    const brought = new Set(plan.operations.map(({ extension }) => extension));
    const [obstacle = null] = plan.obstacles;
    return {
      hash,
      moved: basis === null ? [] : movedBetween(basis, plan.basis),
      obstacle: obstacle === null ? null : { code: obstacle.code, facts: { ...obstacle.facts } },
      steps,
      strangers: consented.flatMap(({ extension, ids }) => (ids.length > 0 && !brought.has(extension) ? [extension] : [])),
    };
  }

  private step(
    { act, extension, from, to, enabled, consent }: PlannedOperation,
    present: PresentExtension | null,
    consented: readonly PlanConsent[],
  ): ExecutionFacts['steps'][number] {
    // Only what asks for something takes what was agreed to: an extension may be upgraded and enabled in one plan.
    const asks = act === 'install' || act === 'upgrade';
    const given = asks ? consented.flatMap((one) => (one.extension === extension ? one.ids : [])) : [];
    return { act, extension, from, to, enabled, consented: [...given], before: this.before(present), consent: [...consent] };
  }

  private before(present: PresentExtension | null): PlanStep['before'] {
    if (present === null) return null;
    const { manifest, enabled, grants } = present;
    const content = this.snapshot.packages().find(manifest.id, manifest.version);
    const consented = content === null ? [] : consentOf(this.installs.resolve(content)).map(({ id }) => id);
    const asked = new Set(grantsOf(manifest).map(({ id }) => id));
    const revoked = grants.filter(({ id, state }) => state === 'revoked' && asked.has(id)).map(({ id }) => id);
    return { version: manifest.version, enabled, consented, revoked };
  }

  private present(tenant: string): readonly PresentExtension[] {
    // A read that may be stale is refused here, before anything is planned on it.
    this.snapshot.ofTenant(tenant);
    return this.snapshot.knownOf(tenant).flatMap((entry) => this.presentOf(entry) ?? []);
  }

  private presentOf({ extension, state, revision }: InstallationEntry): PresentExtension | null {
    if (!isHeld(state) || state.status === 'failed') return null;
    const content = this.snapshot.packages().find(extension, state.version);
    if (content === null) return null;
    const enabled = state.status === 'enabled' || (state.status === 'installing' && state.enable);
    const busy = state.status === 'enabled' || state.status === 'disabled' ? null : state.status;
    const { grants, resourceClass, upgrade } = state;
    return {
      manifest: content.manifest,
      bundleHash: content.bundleHash,
      enabled,
      grants,
      resourceClass,
      revision: revision.toString(),
      busy,
      upgrading: upgrade?.version ?? null,
    };
  }
}

function movedBetween(before: readonly string[], now: readonly string[]): string[] {
  const extensions = (basis: readonly string[]): Map<string, string> =>
    new Map(basis.map((stamp) => [stamp.slice(0, stamp.lastIndexOf('@')), stamp]));
  const [then, today] = [extensions(before), extensions(now)];
  const changed = [...today].filter(([extension, stamp]) => then.has(extension) && then.get(extension) !== stamp);
  const come = [...today.keys()].filter((extension) => !then.has(extension));
  const gone = [...then.keys()].filter((extension) => !today.has(extension));
  return [
    ...changed.map(([extension]) => `${extension} has changed`),
    ...come.map((extension) => `${extension} has come`),
    ...gone.map((extension) => `${extension} is gone`),
  ];
}

type Step = ExecutionFacts['steps'][number];
type Member = NonNullable<Step['members']>[number];

/** Upgrades that only fit together are one step, in the place of the first of them. */
function stepsAt(place: number, step: Step, { operations, groups }: Plan, steps: readonly Step[]): readonly Step[] {
  if (operations[place]!.together.length === 0) return [step];
  const group = groups.find(({ extensions }) => extensions.includes(step.extension))?.extensions ?? [];
  if (group[0] !== step.extension) return [];
  const members = steps.flatMap(({ act, ...operation }, at): Member[] =>
    operations[at]!.together.length > 0 && act === 'upgrade' && group.includes(operation.extension) ? [{ act, ...operation }] : [],
  );
  return [{ ...step, act: 'together', consented: [], consent: [], members }];
}

/** What is wrong with the wish itself, in words; null when nothing is. */
function faultIn(changes: readonly PlanChange[]): string | null {
  if (changes.length === 0) return 'changes: at least one change must be named';
  if (changes.length > MOST_CHANGES) return `changes: at most ${MOST_CHANGES} can be planned at once`;
  for (const [place, change] of changes.entries()) {
    if (!extensionIdSchema.safeParse(change.extension).success) return `changes.${place}.extension: an extension id is <publisher>.<name>`;
    if ('range' in change && change.range !== null && !isRange(change.range))
      return `changes.${place}.version: it is neither a version nor a range`;
  }
  return null;
}
