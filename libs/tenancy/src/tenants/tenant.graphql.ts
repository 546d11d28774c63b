// Tenants in the public schema.
import { Field, ID, InputType, ObjectType, registerEnumType } from '@nestjs/graphql';
import type { CommandOutcome } from '@kari/kernel';
import type { TenantState } from './tenant.decider.js';
import type { TenantView } from './tenant.view.js';

const TenantStatusEnum = { ACTIVE: 'active', SUSPENDED: 'suspended', DELETING: 'deleting', DELETED: 'deleted' } as const;

registerEnumType(TenantStatusEnum, {
  name: 'TenantStatus',
  description: 'How a tenant stands. In any but an active one nothing can be done.',
});

@ObjectType({ description: 'A customer of the platform: everything it does and owns is apart from every other.' })
export class Tenant {
  @Field(() => ID)
  id!: string;

  @Field(() => String, { description: 'A DNS label; names this tenant for ever.' })
  slug!: string;

  @Field(() => String)
  name!: string;

  @Field(() => TenantStatusEnum)
  status!: TenantView['status'];

  @Field(() => String, { nullable: true, description: 'Why it is suspended.' })
  reason!: string | null;

  @Field(() => Date)
  createdAt!: Date;

  @Field(() => Date, { description: 'When its status last changed.' })
  changedAt!: Date;

  @Field(() => String, { nullable: true, description: 'The blob that holds what it did, exported before its deletion.' })
  export!: string | null;
}

@ObjectType({ description: 'A tenant right after a change.' })
export class ChangedTenant {
  @Field(() => ID)
  id!: string;

  @Field(() => String)
  slug!: string;

  @Field(() => String)
  name!: string;

  @Field(() => TenantStatusEnum)
  status!: TenantView['status'];

  @Field(() => String, { description: 'Revision of its stream.' })
  revision!: string;

  @Field(() => String, {
    nullable: true,
    description: 'Position to wait for in a read that must see this change; null when nothing changed.',
  })
  position!: string | null;
}

@InputType()
export class CreateTenantInput {
  @Field(() => String, { description: 'A DNS label; never given out twice.' })
  slug!: string;

  @Field(() => String)
  name!: string;
}

export function tenantOf(row: TenantView): Tenant {
  const { tenant: id, slug, name, status, reason, createdAt, changedAt } = row;
  return { id, slug, name, status, reason, createdAt, changedAt, export: row.export };
}

export function changedTenant({ state, revision, position }: CommandOutcome<TenantState>): ChangedTenant {
  if (state.status === 'none') throw new Error('a command on a tenant left none');
  return { id: state.tenant, slug: state.slug, name: state.name, status: state.status, revision: revision.toString(), position };
}
