// Who has what, how installs go and went, and what was, in the public schema.
import { ArgsType, Field, Float, ID, ObjectType, registerEnumType } from '@nestjs/graphql';
import { PageArgs } from '@kari/platform/graphql';
import { ExtensionUpgrade, ExtensionUpgradeWait, upgradeOf } from '../upgrade/upgrade.graphql.js';
import { upgradeSteps } from '../upgrade/upgrade.rules.js';
import { ExtensionHealth, healthInSchema } from '../health/health.graphql.js';
import type { ExtensionHealth as KnownHealth } from '../health/health.queries.js';
import { installSteps } from '../installation/installation.rules.js';
import { ExtensionGrant, ExtensionStatusEnum, grantOf, ResourceClassEnum } from '../lifecycle/extension.graphql.js';
import type { HeldState } from '../lifecycle/extension-state.rules.js';
import type { HistoryView } from './history.view.js';
import { fractionOf, type InstallProgressRow, type StepProgress } from './install-progress.projection.js';
import type { InstallProgressView } from './install-progress.view.js';
import type { PastInstallation } from './registry.queries.js';
import type { RegistryView } from './registry.view.js';

const upper = <T extends string>(names: readonly T[]): Record<string, T> =>
  Object.fromEntries(names.map((name) => [name.toUpperCase().replace('-', '_'), name]));

const InstallOutcomeEnum = upper(['running', 'held', 'undoing', 'installed', 'upgraded', 'rolled-back', 'failed', 'cancelled'] as const);
const InstallStepEnum = upper([...new Set([...installSteps, ...upgradeSteps])]);
const StepStateEnum = upper(['pending', 'running', 'done', 'failed', 'cancelled', 'undoing', 'undone', 'skipped'] as const);

registerEnumType(InstallOutcomeEnum, {
  name: 'InstallOutcome',
  description: 'HELD: an upgrade waits. ROLLED_BACK: it was upgraded, then gone back from.',
});
registerEnumType(InstallStepEnum, {
  name: 'InstallStep',
  description:
    'VERIFY the stored bytes, look at DEPENDENCIES, make its tables (DATA), start its sandbox as a TRIAL, ACTIVATE. An upgrade also looks at CONTRACTS, keeps a SNAPSHOT for the way back, and ends with the SWITCH.',
});
registerEnumType(StepStateEnum, { name: 'InstallStepState' });

@ObjectType({ description: 'Why something went wrong.' })
export class ExtensionFailure {
  @Field(() => String)
  code!: string;

  @Field(() => String)
  reason!: string;
}

@ObjectType({ description: 'An extension in a tenant.' })
export class Extension {
  @Field(() => ID)
  id!: string;

  @Field(() => ID)
  tenant!: string;

  @Field(() => ExtensionStatusEnum)
  status!: HeldState['status'];

  @Field(() => String)
  version!: string;

  @Field(() => [ExtensionGrant])
  grants!: ExtensionGrant[];

  @Field(() => ResourceClassEnum)
  resourceClass!: RegistryView['resourceClass'];

  @Field(() => Boolean, { description: 'Whether a wish for all tenants brought it here.' })
  wishedForAll!: boolean;

  @Field(() => ExtensionFailure, { nullable: true, description: 'Of its install, or of its last activation.' })
  failure!: ExtensionFailure | null;

  @Field(() => ExtensionUpgrade, { nullable: true, description: 'Null while none is under way.' })
  upgrade!: ExtensionUpgrade | null;

  @Field(() => String, { nullable: true, description: 'The version that `rollBackExtension` goes back to.' })
  formerVersion!: string | null;

  @Field(() => [ID], { description: 'Extensions that came to their version as one with it: `rollBackExtension` takes them back as one.' })
  formerWith!: string[];

  @Field(() => Date, { nullable: true, description: 'Until then its version is on trial: it is rolled back by itself when it fails.' })
  trialUntil!: Date | null;

  @Field(() => ExtensionHealth)
  health!: ExtensionHealth;

  @Field(() => Date, { nullable: true })
  installedAt!: Date | null;

  @Field(() => Date, { nullable: true, description: 'Since when it is enabled; null while it is not.' })
  enabledAt!: Date | null;

  @Field(() => Date)
  changedAt!: Date;

  @Field(() => String, { description: 'Who changed it last.' })
  changedBy!: string;

  @Field(() => String, { description: 'Revision of its stream.' })
  revision!: string;
}

@ObjectType({ description: 'One step of an install.' })
export class InstallStepProgress {
  @Field(() => InstallStepEnum)
  step!: StepProgress['step'];

  @Field(() => StepStateEnum)
  state!: StepProgress['state'];

  @Field(() => String, { description: 'What it does, then what came of it.' })
  detail!: string;

  @Field(() => Date, { nullable: true })
  startedAt!: Date | null;

  @Field(() => Date, { nullable: true })
  endedAt!: Date | null;

  @Field(() => Date, { nullable: true, description: 'While it runs: when it is given up.' })
  deadlineAt!: Date | null;
}

@ObjectType({ description: 'How the last install or upgrade goes, or went.' })
export class InstallProgress {
  @Field(() => ID)
  extension!: string;

  @Field(() => ID, { description: 'Names this try.' })
  install!: string;

  @Field(() => String)
  version!: string;

  @Field(() => String, { nullable: true, description: 'The version that an upgrade starts from; null for an install.' })
  from!: string | null;

  @Field(() => [ExtensionUpgradeWait], { description: 'What a held upgrade waits for.' })
  waitsFor!: ExtensionUpgradeWait[];

  @Field(() => InstallOutcomeEnum)
  outcome!: InstallProgressRow['outcome'];

  @Field(() => Float, { description: 'From 0 to 1; on the way back it falls.' })
  fraction!: number;

  @Field(() => [InstallStepProgress])
  steps!: InstallStepProgress[];

  @Field(() => ExtensionFailure, { nullable: true })
  failure!: ExtensionFailure | null;

  @Field(() => Date)
  requestedAt!: Date;

  @Field(() => String)
  requestedBy!: string;

  @Field(() => Date, { nullable: true })
  endedAt!: Date | null;
}

@ObjectType({ description: 'Something that happened to an extension in the tenant.' })
export class ExtensionFact {
  @Field(() => ID)
  extension!: string;

  @Field(() => String, { description: 'Revision of its stream.' })
  revision!: string;

  @Field(() => String)
  type!: string;

  @Field(() => Date)
  at!: Date;

  @Field(() => String)
  actor!: string;

  @Field(() => String)
  actorKind!: string;

  @Field(() => String)
  correlationId!: string;

  @Field(() => String, { description: 'The body, as JSON.' })
  data!: string;
}

@ObjectType({ description: 'An extension as it was at a past moment.' })
export class PastExtension {
  @Field(() => ID)
  id!: string;

  @Field(() => ExtensionStatusEnum)
  status!: HeldState['status'];

  @Field(() => String)
  version!: string;

  @Field(() => [ExtensionGrant])
  grants!: ExtensionGrant[];

  @Field(() => Date, { description: 'When it came to be so.' })
  since!: Date;
}

const waitFor = { nullable: true, description: 'A position that the answer must have seen.' } as const;

@ArgsType()
export class ExtensionsArgs extends PageArgs {
  @Field(() => ExtensionStatusEnum, { nullable: true })
  status?: HeldState['status'] | null;

  @Field(() => ID, { nullable: true })
  extension?: string | null;

  @Field(() => String, waitFor)
  waitFor?: string | null;
}

@ArgsType()
export class HistoryArgs extends PageArgs {
  @Field(() => ID, { nullable: true })
  extension?: string | null;
}

export function extensionOf(row: RegistryView, health: KnownHealth): Extension {
  const { extension: id, origin, grants, tenant, status, version, resourceClass, failure } = row;
  const { installedAt, enabledAt, changedAt, changedBy, revision } = row;
  const { upgrade, formerVersion, formerWith, trialUntil } = row;
  const times = { installedAt, enabledAt, changedAt, trialUntil };
  const standing = { tenant, status, version, resourceClass, failure, changedBy, revision };
  return {
    id,
    ...standing,
    ...times,
    grants: grants.map(grantOf),
    wishedForAll: origin === 'wish',
    upgrade: upgradeOf({ extension: id, upgrade }),
    formerVersion,
    formerWith,
    health: healthInSchema(health),
  };
}

export function progressOf(view: InstallProgressView): InstallProgress {
  const { extension, install, version, from, waitsFor, outcome, steps, code, reason, requestedAt, requestedBy, endedAt } = view;
  const failure = code === null ? null : { code, reason: reason ?? '' };
  const fraction = fractionOf({ steps, outcome });
  const times = { requestedAt, requestedBy, endedAt };
  return { extension, install, version, from, waitsFor, outcome, fraction, steps: steps.map(stepOf), failure, ...times };
}

function stepOf({ step, state, detail, startedAt, endedAt, deadlineAt }: StepProgress): InstallStepProgress {
  return { step, state, detail, startedAt: dateOf(startedAt), endedAt: dateOf(endedAt), deadlineAt: dateOf(deadlineAt) };
}

function dateOf(text: string | null): Date | null {
  return text === null ? null : new Date(text);
}

export function factOf({ extension, revision, type, at, actor, actorKind, correlationId, data }: HistoryView): ExtensionFact {
  return { extension, revision, type, at, actor, actorKind, correlationId, data: JSON.stringify(data) };
}

export function pastExtensionOf({ state, since }: PastInstallation): PastExtension {
  return { id: state.extension, status: state.status, version: state.version, grants: state.grants.map(grantOf), since };
}
