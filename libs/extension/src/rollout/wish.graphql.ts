// Wishes for all tenants in the public schema.
import { ArgsType, Field, ID, ObjectType, registerEnumType } from '@nestjs/graphql';
import type { CommandOutcome } from '@kari/kernel';
import { wording } from '@kari/protocol';
import { PageArgs } from '@kari/platform/graphql';
import type { WishState } from './wish.decider.js';
import type { WishOutcomeView, WishView } from './wish.view.js';

const WishStatusEnum = { STANDING: 'standing', WITHDRAWN: 'withdrawn' } as const;
const WishOutcomeEnum = {
  INSTALLING: 'installing',
  INSTALLED: 'installed',
  ENABLED: 'enabled',
  UPGRADING: 'upgrading',
  HELD: 'held',
  UPGRADED: 'upgraded',
  ROLLED_BACK: 'rolled-back',
  FAILED: 'failed',
  CANCELLED: 'cancelled',
  REFUSED: 'refused',
  REMOVING: 'removing',
  REMOVED: 'removed',
} as const;

registerEnumType(WishStatusEnum, { name: 'ExtensionWishStatus' });
registerEnumType(WishOutcomeEnum, { name: 'ExtensionWishOutcomeStatus', description: 'What came of a wish in one tenant.' });

@ObjectType({ description: 'The wish that every tenant has an extension, later tenants included.' })
export class ExtensionWish {
  @Field(() => ID)
  extension!: string;

  @Field(() => WishStatusEnum)
  status!: WishView['status'];

  @Field(() => String)
  version!: string;

  @Field(() => Boolean)
  enable!: boolean;

  @Field(() => Date)
  wishedAt!: Date;

  @Field(() => String)
  wishedBy!: string;

  @Field(() => Date, { nullable: true })
  withdrawnAt!: Date | null;
}

@ObjectType({ description: 'A wish right after a change.' })
export class ChangedExtensionWish {
  @Field(() => ID)
  extension!: string;

  @Field(() => WishStatusEnum)
  status!: WishView['status'];

  @Field(() => String, { nullable: true })
  version!: string | null;

  @Field(() => String)
  revision!: string;

  @Field(() => String, { nullable: true })
  position!: string | null;
}

@ObjectType({ description: 'What came of a wish in one tenant.' })
export class ExtensionWishOutcome {
  @Field(() => ID)
  tenant!: string;

  @Field(() => WishOutcomeEnum)
  outcome!: WishOutcomeView['outcome'];

  @Field(() => String, { nullable: true })
  code!: string | null;

  @Field(() => String, { nullable: true, description: 'Why it was refused or failed.' })
  reason!: string | null;

  @Field(() => Date)
  changedAt!: Date;
}

@ArgsType()
export class WishOutcomesArgs extends PageArgs {
  @Field(() => ID)
  extension!: string;

  @Field(() => WishOutcomeEnum, { nullable: true })
  outcome?: WishOutcomeView['outcome'] | null;
}

export function wishOf({ extension, status, version, enable, wishedAt, wishedBy, withdrawnAt }: WishView): ExtensionWish {
  return { extension, status, version, enable, wishedAt, wishedBy, withdrawnAt };
}

export function changedWish(extension: string, { state, revision, position }: CommandOutcome<WishState>): ChangedExtensionWish {
  const standing = state.status === 'standing';
  const version = standing ? state.wish.package.version : null;
  return { extension, status: standing ? 'standing' : 'withdrawn', version, revision: revision.toString(), position };
}

export function outcomeOf({ tenant, outcome, code, facts, changedAt }: WishOutcomeView): ExtensionWishOutcome {
  return { tenant, outcome, code, reason: reasonOf(code, facts), changedAt };
}

function reasonOf(code: string | null, facts: Record<string, unknown> | null): string | null {
  const said = facts?.['reason'];
  if (typeof said === 'string') return said;
  return code === null ? null : wording(code, facts ?? {}).message;
}
