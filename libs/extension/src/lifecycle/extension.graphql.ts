// An extension right after a change, and what one asks for to change it, in the public schema.
import { Field, ID, InputType, ObjectType, registerEnumType } from '@nestjs/graphql';
import type { CommandOutcome } from '@kari/kernel';
import { ExtensionUpgrade, upgradeOf } from '../upgrade/upgrade.graphql.js';
import type { ExtensionState, HeldGrant } from './extension-state.rules.js';
import { isHeld } from './extension-state.rules.js';

export const ExtensionStatusEnum = {
  ABSENT: 'absent',
  INSTALLING: 'installing',
  UNDOING: 'undoing',
  FAILED: 'failed',
  DISABLED: 'disabled',
  ENABLED: 'enabled',
  REMOVING: 'removing',
  REMOVED: 'removed',
} as const;
const GrantStateEnum = { GRANTED: 'granted', REVOKED: 'revoked' } as const;
export const ResourceClassEnum = { S: 'S', M: 'M', L: 'L' } as const;

registerEnumType(ExtensionStatusEnum, {
  name: 'ExtensionStatus',
  description: 'Where an extension stands in a tenant. UNDOING: its install is being taken back. Only an ENABLED one can be used.',
});
registerEnumType(GrantStateEnum, { name: 'GrantState' });
registerEnumType(ResourceClassEnum, {
  name: 'ResourceClass',
  description: 'S: 128 MiB and 10 s per call. M: 512 MiB and 2 min. L: 1 GiB and 15 min.',
});

@ObjectType({ description: 'A permission that an operator of the tenant consented to.' })
export class ExtensionGrant {
  @Field(() => ID, { description: '`<capability>:<argument>`.' })
  id!: string;

  @Field(() => String)
  capability!: string;

  @Field(() => String, { description: 'What exactly it covers, as JSON.' })
  scope!: string;

  @Field(() => String, { description: "In the author's words." })
  reason!: string;

  @Field(() => GrantStateEnum)
  state!: HeldGrant['state'];

  @Field(() => Date, { nullable: true, description: 'When it was last given or revoked.' })
  since?: Date | null;

  @Field(() => String, { nullable: true, description: 'Who did so.' })
  by?: string | null;
}

@ObjectType({ description: 'An extension of the tenant right after a change.' })
export class ChangedExtension {
  @Field(() => ID)
  id!: string;

  @Field(() => ExtensionStatusEnum)
  status!: ExtensionState['status'];

  @Field(() => String, { nullable: true, description: 'Null when it is not installed.' })
  version!: string | null;

  @Field(() => [ExtensionGrant])
  grants!: ExtensionGrant[];

  @Field(() => ExtensionUpgrade, { nullable: true, description: 'Null while none is under way.' })
  upgrade!: ExtensionUpgrade | null;

  @Field(() => String, { description: 'Revision of its stream.' })
  revision!: string;

  @Field(() => String, {
    nullable: true,
    description: 'Position to wait for in a read that must see this change; null when nothing changed.',
  })
  position!: string | null;
}

@InputType()
export class InstallExtensionInput {
  @Field(() => ID)
  extension!: string;

  @Field(() => String, { nullable: true, description: 'A registered version; default: the highest release.' })
  version?: string | null;

  @Field(() => [ID], { defaultValue: [], description: 'Ids consented to: exactly those that `previewInstall` lists.' })
  consented!: string[];

  @Field(() => Boolean, { defaultValue: true, description: 'Whether it is enabled as the last step.' })
  enable!: boolean;
}

export function changedExtension(
  id: string,
  { state, revision, position }: Pick<CommandOutcome<ExtensionState>, 'state' | 'revision' | 'position'>,
): ChangedExtension {
  const held = isHeld(state) ? state : null;
  return {
    id,
    status: state.status,
    version: held?.version ?? null,
    grants: (held?.grants ?? []).map(grantOf),
    upgrade: held === null ? null : upgradeOf(held),
    revision: revision.toString(),
    position,
  };
}

export function grantOf(grant: HeldGrant & { readonly since?: string; readonly by?: string }): ExtensionGrant {
  const { id, capability, scope, reason, state, since, by } = grant;
  return {
    id,
    capability,
    scope: JSON.stringify(scope),
    reason,
    state,
    since: since === undefined ? null : new Date(since),
    by: by ?? null,
  };
}
