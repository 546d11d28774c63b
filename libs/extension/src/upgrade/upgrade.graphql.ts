// Upgrades in the public schema: one that is under way, what one would ask for and meet, and what one asks for.
import { Field, ID, InputType, ObjectType, registerEnumType } from '@nestjs/graphql';
import type { UpgradePreview as Preview } from '../planning/installation-plan.queries.js';
import type { HeldItem } from '../lifecycle/extension.events.js';
import { othersOf } from './upgrade.decision.rules.js';
import type { Upgrade } from './upgrade-state.rules.js';

const UpgradePhaseEnum = { RUNNING: 'running', HELD: 'held', UNDOING: 'undoing' } as const;
export const UpgradeHoldEnum = { CONSENT: 'consent', CONTRACT: 'contract' } as const;

registerEnumType(UpgradePhaseEnum, {
  name: 'ExtensionUpgradePhase',
  description: 'In all of them the former version serves with its permissions. HELD: it waits. UNDOING: it is being taken back.',
});
registerEnumType(UpgradeHoldEnum, {
  name: 'ExtensionUpgradeHold',
  description: 'CONSENT: to more permissions or resources. CONTRACT: somebody uses a plugin in a way that the new version would break.',
});

@ObjectType({ description: 'What an upgrade waits for.' })
export class ExtensionUpgradeWait {
  @Field(() => ID, { description: 'What to consent to; or the extension that would break.' })
  id!: string;

  @Field(() => String, { description: "In the author's words; or what would break, and what cures it." })
  reason!: string;
}

@ObjectType({ description: 'An upgrade that is under way.' })
export class ExtensionUpgrade {
  @Field(() => ID, { description: 'Names this try.' })
  id!: string;

  @Field(() => String, { description: 'The version that it leads to.' })
  version!: string;

  @Field(() => [ID], { description: 'The other extensions that it takes over with, or not at all; empty: it goes alone.' })
  together!: string[];

  @Field(() => UpgradePhaseEnum)
  phase!: Upgrade['phase'];

  @Field(() => UpgradeHoldEnum, { nullable: true, description: 'Why it waits; null while it does not.' })
  heldFor!: 'consent' | 'contract' | null;

  @Field(() => [ExtensionUpgradeWait])
  waitsFor!: HeldItem[];
}

@ObjectType({ description: 'A permission or a resource class that an upgrade asks consent for.' })
export class UpgradeConsent {
  @Field(() => ID, { description: 'What to send back as consent.' })
  id!: string;

  @Field(() => String, { description: "In the author's words." })
  reason!: string;

  @Field(() => String, { nullable: true, description: 'What exactly it covers, as JSON; null for a resource class.' })
  scope!: string | null;
}

@ObjectType({ description: 'Something in the way of an upgrade, and what cures it.' })
export class UpgradeObstacle {
  @Field(() => String)
  kind!: string;

  @Field(() => ID)
  id!: string;

  @Field(() => String)
  cure!: string;
}

@ObjectType({ description: 'Who would break by the contract of a plugin.' })
export class UpgradeContractBreak {
  @Field(() => ID)
  extension!: string;

  @Field(() => String)
  plugin!: string;

  @Field(() => String)
  reason!: string;

  @Field(() => String)
  cure!: string;
}

@ObjectType({ description: 'What an upgrade would ask for and meet; nothing is changed.' })
export class UpgradePreview {
  @Field(() => ID)
  extension!: string;

  @Field(() => String)
  installed!: string;

  @Field(() => String)
  version!: string;

  @Field(() => String, { description: 'Resource class now.' })
  resourceClassNow!: string;

  @Field(() => String)
  resourceClass!: string;

  @Field(() => [UpgradeConsent], { description: 'Beyond what was consented to; empty: it would not wait.' })
  consent!: UpgradeConsent[];

  @Field(() => [ID], { description: 'Permissions that it no longer asks for: they end at the switch.' })
  dropped!: string[];

  @Field(() => [UpgradeObstacle], { description: 'It would fail at these.' })
  obstacles!: UpgradeObstacle[];

  @Field(() => [UpgradeContractBreak], { description: 'It would wait for these.' })
  breaks!: UpgradeContractBreak[];

  @Field(() => [ID], { description: 'Installed extensions that need it.' })
  dependents!: string[];
}

@InputType()
export class UpgradeExtensionInput {
  @Field(() => ID)
  extension!: string;

  @Field(() => String, { nullable: true, description: 'A registered version, newer than the installed one; default: the highest release.' })
  version?: string | null;

  @Field(() => [ID], { defaultValue: [], description: 'Ids consented to; what `previewUpgrade` lists and is missing here is waited for.' })
  consented!: string[];
}

export function upgradeOf({ extension, upgrade }: { extension: string; upgrade: Upgrade | null }): ExtensionUpgrade | null {
  if (upgrade === null) return null;
  const { upgrade: id, version, phase } = upgrade;
  const together = [...othersOf(extension, upgrade)];
  const waiting = upgrade.phase === 'held' ? { heldFor: upgrade.cause, waitsFor: [...upgrade.items] } : { heldFor: null, waitsFor: [] };
  return { id, version, together, phase, ...waiting };
}

export function upgradePreviewOf({
  content,
  from,
  resourceClass,
  consent,
  grants,
  dropped,
  obstacles,
  breaks,
  dependents,
}: Preview): UpgradePreview {
  const { extension, version } = content;
  return {
    extension,
    installed: from.version,
    version,
    resourceClassNow: from.resourceClass,
    resourceClass,
    consent: consent.map(({ id, reason }) => {
      const scope = grants.find((grant) => grant.id === id)?.scope;
      return { id, reason, scope: scope === undefined ? null : JSON.stringify(scope) };
    }),
    dropped: [...dropped],
    obstacles: obstacles.map(({ kind, id, cure }) => ({ kind, id, cure })),
    breaks: breaks.map(({ user, plugin, reason, cure }) => ({ extension: user, plugin, reason, cure })),
    dependents: [...dependents],
  };
}
