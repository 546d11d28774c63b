// Rights of extensions in the public schema.
import { Field, ID, ObjectType } from '@nestjs/graphql';
import type { CommandOutcome } from '@kari/kernel';
import type { RightRoles } from './right-roles.decider.js';

@ObjectType({ description: 'A right that an extension declares for the people of this tenant.' })
export class ExtensionRight {
  @Field(() => String, { description: '`<resource>.<verb>`, as the manifest names it.' })
  right!: string;

  @Field(() => String)
  description!: string;

  @Field(() => [String], { description: 'Roles of the tenant that hold it.' })
  roles!: readonly string[];

  @Field(() => [String], { description: 'Roles that hold it unless the tenant says otherwise.' })
  defaultRoles!: readonly string[];

  @Field(() => Boolean, { description: 'Whether this tenant has chosen the roles.' })
  own!: boolean;
}

@ObjectType({ description: 'Roles that a tenant has chosen for one right.' })
export class ChosenRoles {
  @Field(() => String)
  right!: string;

  @Field(() => [String])
  roles!: readonly string[];
}

@ObjectType({ description: 'What a tenant has chosen for the rights of an extension, right after a change.' })
export class ChangedRightRoles {
  @Field(() => ID)
  extension!: string;

  @Field(() => [ChosenRoles])
  chosen!: readonly ChosenRoles[];

  @Field(() => String)
  revision!: string;

  @Field(() => String, { nullable: true, description: 'Where in the log the change stands; null when nothing changed.' })
  position!: string | null;
}

export function changedRightRoles(extension: string, { state, revision, position }: CommandOutcome<RightRoles>): ChangedRightRoles {
  const chosen = Object.entries(state)
    .map(([right, roles]) => ({ right, roles }))
    .sort((left, other) => (left.right < other.right ? -1 : 1));
  return { extension, chosen, revision: String(revision), position };
}
