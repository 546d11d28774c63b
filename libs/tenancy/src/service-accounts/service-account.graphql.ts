// Service accounts in the public schema.
import { Field, ID, InputType, ObjectType } from '@nestjs/graphql';
import type { CommandOutcome } from '@kari/kernel';
import type { ServiceAccountState } from './service-account.decider.js';
import type { ServiceAccountView } from './service-account.view.js';

@ObjectType({ description: 'A caller that is no person: a pipeline, another system.' })
export class ServiceAccount {
  @Field(() => ID)
  id!: string;

  @Field(() => String, { description: 'Lower-case letters, digits and dashes; never given out twice in a tenant.' })
  name!: string;

  @Field(() => [String])
  roles!: readonly string[];

  @Field(() => Boolean, { description: 'False once removed.' })
  active!: boolean;

  @Field(() => Date)
  createdAt!: Date;
}

@ObjectType({ description: 'A service account right after a change.' })
export class ChangedServiceAccount {
  @Field(() => ID)
  id!: string;

  @Field(() => String)
  name!: string;

  @Field(() => [String])
  roles!: readonly string[];

  @Field(() => Boolean)
  active!: boolean;

  @Field(() => String, { description: 'Revision of its stream.' })
  revision!: string;

  @Field(() => String, {
    nullable: true,
    description: 'Position to wait for in a read that must see this change; null when nothing changed.',
  })
  position!: string | null;
}

@InputType()
export class CreateServiceAccountInput {
  @Field(() => String)
  name!: string;

  @Field(() => [String])
  roles!: string[];
}

export function serviceAccountOf({ serviceAccount: id, name, roles, status, createdAt }: ServiceAccountView): ServiceAccount {
  return { id, name, roles, active: status === 'active', createdAt };
}

export function changedServiceAccount({ state, revision, position }: CommandOutcome<ServiceAccountState>): ChangedServiceAccount {
  if (state.status === 'none') throw new Error('a command on a service account left none');
  const { serviceAccount: id, name } = state;
  const active = state.status === 'active';
  return { id, name, roles: active ? state.roles : [], active, revision: revision.toString(), position };
}
