// API tokens in the public schema.
import { Field, ID, InputType, ObjectType, registerEnumType } from '@nestjs/graphql';
import type { Right } from '@kari/protocol';
import type { IssuedToken } from './token-issuing.js';
import type { TokenOwner, TokenState } from './token.decider.js';
import type { ListedToken } from './token.queries.js';
import type { CommandOutcome } from '@kari/kernel';

const TokenOwnerKindEnum = { MEMBER: 'member', SERVICE_ACCOUNT: 'service-account' } as const;

registerEnumType(TokenOwnerKindEnum, { name: 'TokenOwnerKind' });

@ObjectType({ description: 'A credential for programs. Its value is shown once, when it is issued; only a hash of it is kept.' })
export class ApiToken {
  @Field(() => ID)
  id!: string;

  @Field(() => String)
  name!: string;

  @Field(() => TokenOwnerKindEnum)
  ownerKind!: TokenOwner['kind'];

  @Field(() => ID)
  owner!: string;

  @Field(() => [String], { nullable: true, description: 'At most these rights; null: all that its owner has.' })
  rights!: readonly string[] | null;

  @Field(() => Date)
  issuedAt!: Date;

  @Field(() => ID, { description: 'Who issued it.' })
  issuedBy!: string;

  @Field(() => Date)
  expiresAt!: Date;

  @Field(() => Date, { nullable: true })
  revokedAt!: Date | null;

  @Field(() => Date, { nullable: true, description: 'About when it was last used, half a minute late.' })
  lastUsedAt!: Date | null;
}

@ObjectType({ description: 'An API token right after a change.' })
export class ChangedToken {
  @Field(() => ID)
  id!: string;

  @Field(() => Boolean, { description: 'False once revoked.' })
  active!: boolean;

  @Field(() => Date)
  expiresAt!: Date;

  @Field(() => String, { description: 'Revision of its stream.' })
  revision!: string;

  @Field(() => String, {
    nullable: true,
    description: 'Position to wait for in a read that must see this change; null when nothing changed.',
  })
  position!: string | null;
}

@ObjectType({ description: 'An API token right after it was issued.' })
export class NewToken extends ChangedToken {
  @Field(() => String, {
    nullable: true,
    description:
      'The value to send as "Authorization: Bearer ...". Shown here and never again: null when a repeated request finds the token issued already.',
  })
  value!: string | null;
}

@InputType()
export class IssueTokenInput {
  @Field(() => String, { description: 'What it is for, in words.' })
  name!: string;

  @Field(() => TokenOwnerKindEnum)
  ownerKind!: TokenOwner['kind'];

  @Field(() => ID, { description: 'The member or service account it acts as.' })
  owner!: string;

  @Field(() => Date, { description: 'Between a minute and 366 days from now.' })
  expiresAt!: Date;

  @Field(() => [String], { nullable: true, description: 'At most these rights, whatever the owner has; left out: all of them.' })
  rights?: Right[] | null;
}

export function apiTokenOf({ row, lastUsedAt }: ListedToken): ApiToken {
  const { token: id, name, ownerKind, owner, rights, issuedAt, issuedBy, expiresAt, revokedAt } = row;
  return { id, name, ownerKind, owner, rights, issuedAt, issuedBy, expiresAt, revokedAt, lastUsedAt };
}

export function changedToken({ state, revision, position }: CommandOutcome<TokenState>): ChangedToken {
  if (state.status === 'none') throw new Error('a command on a token left none');
  return {
    id: state.token,
    active: state.status === 'issued',
    expiresAt: new Date(state.expiresAt),
    revision: revision.toString(),
    position,
  };
}

export function newToken({ outcome, value }: IssuedToken): NewToken {
  return { ...changedToken(outcome), value };
}
