// Tenants in the public schema.
import { Field, ID, InputType, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import type { CommandOutcome } from '@kari/kernel';
import type { TenantState } from './tenant.decider.js';
import type { TenantView } from './tenant.view.js';

const TenantStatusEnum = { ACTIVE: 'active', SUSPENDED: 'suspended', DELETING: 'deleting', DELETED: 'deleted' } as const;

registerEnumType(TenantStatusEnum, {
  name: 'TenantStatus',
  description: 'How a tenant stands. In any but an active one nothing can be done.',
});

@ObjectType({
  description:
    'How often a tenant may ask, in operations a second over all processes; null: as for every tenant. Two seconds’ worth may come at once.',
})
export class TenantRateLimits {
  @Field(() => Int, { nullable: true, description: 'Operations of all its callers.' })
  tenant!: number | null;

  @Field(() => Int, { nullable: true, description: 'Operations with one token, its sessions included.' })
  token!: number | null;

  @Field(() => Int, { nullable: true, description: 'Calls of one of its extensions to the platform.' })
  extension!: number | null;
}

@InputType({ description: 'Operations a second, 1 to 1,000,000; what is left out is as for every tenant.' })
export class TenantRateLimitsInput {
  @Field(() => Int, { nullable: true })
  tenant?: number | null;

  @Field(() => Int, { nullable: true })
  token?: number | null;

  @Field(() => Int, { nullable: true })
  extension?: number | null;
}

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

  @Field(() => TenantRateLimits, { description: 'How often it may ask, where that was set for it.' })
  rateLimits!: TenantRateLimits;
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

  @Field(() => TenantRateLimits)
  rateLimits!: TenantRateLimits;

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
  return { id, slug, name, status, reason, createdAt, changedAt, export: row.export, rateLimits: limitsShown(row.limits) };
}

export function changedTenant({ state, revision, position }: CommandOutcome<TenantState>): ChangedTenant {
  if (state.status === 'none') throw new Error('a command on a tenant left none');
  return {
    id: state.tenant,
    slug: state.slug,
    name: state.name,
    status: state.status,
    rateLimits: limitsShown(state.limits),
    revision: revision.toString(),
    position,
  };
}

function limitsShown({ tenant, token, extension }: TenantView['limits']): TenantRateLimits {
  return { tenant: tenant ?? null, token: token ?? null, extension: extension ?? null };
}

/** As the command takes them: without what was left out. */
export function limitsGiven(given: TenantRateLimitsInput): TenantView['limits'] {
  const { tenant = null, token = null, extension = null } = given;
  return { ...(tenant === null ? {} : { tenant }), ...(token === null ? {} : { token }), ...(extension === null ? {} : { extension }) };
}
