// Members in the public schema.
import { Field, ID, InputType, ObjectType } from '@nestjs/graphql';
import type { CommandOutcome } from '@kari/kernel';
import type { MemberView } from './member.view.js';
import type { MembershipState } from './membership.decider.js';

const ROLES = 'In a tenant: viewer, user, developer, operator, admin, auditor. On the platform: platform-operator, platform-auditor.';

@ObjectType({ description: 'A person who belongs to the tenant acted on ("Kari-Tenant: _": to the platform).' })
export class Member {
  @Field(() => ID)
  id!: string;

  @Field(() => String, { nullable: true, description: 'Null once erased.' })
  email!: string | null;

  @Field(() => String, { nullable: true, description: 'Null once erased.' })
  name!: string | null;

  @Field(() => [String], { description: ROLES })
  roles!: readonly string[];

  @Field(() => Date)
  addedAt!: Date;
}

@ObjectType({ description: 'A member right after a change.' })
export class ChangedMember {
  @Field(() => ID)
  id!: string;

  @Field(() => [String], { description: 'None once the member has left.' })
  roles!: readonly string[];

  @Field(() => Boolean, { description: 'Whether the person still belongs here.' })
  present!: boolean;

  @Field(() => String, { description: 'Revision of the stream of all members.' })
  revision!: string;

  @Field(() => String, {
    nullable: true,
    description: 'Position to wait for in a read that must see this change; null when nothing changed.',
  })
  position!: string | null;
}

@InputType()
export class AddMemberInput {
  @Field(() => String)
  email!: string;

  @Field(() => String)
  name!: string;

  @Field(() => [String], { description: ROLES })
  roles!: string[];
}

export function memberOf({ member: id, email, name, roles, addedAt }: MemberView): Member {
  return { id, email, name, roles, addedAt };
}

export function changedMember(id: string, { state, revision, position }: CommandOutcome<MembershipState>): ChangedMember {
  const member = state.members[id];
  return { id, roles: member?.roles ?? [], present: member !== undefined, revision: revision.toString(), position };
}
