// Tenants in the API.
import { Inject } from '@nestjs/common';
import { Args, ID, Mutation, Query, Resolver, Subscription } from '@nestjs/graphql';
import { COMMAND_BUS, PLATFORM_TENANT, type CommandBus, type CommandOutcome, type RequestContext } from '@kari/kernel';
import { Caller, ConnectionOf, mapPage, Operation, pageRequest, type Connection } from '@kari/platform/graphql';
import { ListArgs } from '../list-args.graphql.js';
import { changedTenant, ChangedTenant, CreateTenantInput, limitsGiven, Tenant, tenantOf, TenantRateLimitsInput } from './tenant.graphql.js';
import { TenantChanges } from './tenant-changes.js';
import { TenantQueries } from './tenant.queries.js';
import type { TenantState } from './tenant.decider.js';

const aboutTenant = ({ id }: { id: string }) => `tenant:${id}`;

@Resolver()
export class TenantResolver {
  constructor(
    private readonly queries: TenantQueries,
    private readonly changes: TenantChanges,
    @Inject(COMMAND_BUS) private readonly bus: CommandBus,
  ) {}

  @Query(() => ConnectionOf(Tenant), { description: 'Every tenant, by slug.' })
  @Operation({ right: 'tenant.list', scope: 'platform', audit: 'entry' })
  async tenants(@Args() { waitFor, ...page }: ListArgs): Promise<Connection<Tenant>> {
    return mapPage(await this.queries.page(pageRequest('tenants', page, PLATFORM_TENANT), waitFor ?? null), tenantOf);
  }

  @Query(() => Tenant, { description: 'The tenant acted on; from the platform ("Kari-Tenant: _") any tenant, by id or slug.' })
  @Operation({ right: 'tenant.read', scope: 'tenant', audit: 'entry', subject: aboutTenant })
  async tenant(
    @Args('id', { type: () => ID }) id: string,
    @Args('waitFor', { type: () => String, nullable: true }) waitFor: string | null,
    @Caller() caller: RequestContext,
  ): Promise<Tenant> {
    return tenantOf(await this.queries.one(caller, id, waitFor ?? null));
  }

  @Mutation(() => ChangedTenant)
  @Operation({ right: 'tenant.create', scope: 'platform', audit: 'command' })
  async createTenant(@Args('input') input: CreateTenantInput, @Caller() caller: RequestContext): Promise<ChangedTenant> {
    return changedTenant(await this.bus.send<TenantState>({ type: 'CreateTenant', data: { ...input } }, caller));
  }

  @Mutation(() => ChangedTenant, { description: 'Stops everything the tenant does: requests, sandboxes, schedules, sockets.' })
  @Operation({ right: 'tenant.suspend', scope: 'platform', audit: 'command' })
  async suspendTenant(
    @Args('id', { type: () => ID }) tenant: string,
    @Args('reason') reason: string,
    @Caller() caller: RequestContext,
  ): Promise<ChangedTenant> {
    return changedTenant(await this.bus.send<TenantState>({ type: 'SuspendTenant', data: { tenant, reason } }, caller));
  }

  @Mutation(() => ChangedTenant)
  @Operation({ right: 'tenant.suspend', scope: 'platform', audit: 'command' })
  async resumeTenant(@Args('id', { type: () => ID }) tenant: string, @Caller() caller: RequestContext): Promise<ChangedTenant> {
    return changedTenant(await this.bus.send<TenantState>({ type: 'ResumeTenant', data: { tenant } }, caller));
  }

  @Mutation(() => ChangedTenant, { description: 'How often the tenant may ask; what is left out is as for every tenant from now on.' })
  @Operation({ right: 'tenant.limit', scope: 'platform', audit: 'command' })
  async setTenantRateLimits(
    @Args('id', { type: () => ID }) tenant: string,
    @Args('limits') limits: TenantRateLimitsInput,
    @Caller() caller: RequestContext,
  ): Promise<ChangedTenant> {
    const data = { tenant, limits: limitsGiven(limits) };
    return changedTenant(await this.bus.send<TenantState>({ type: 'SetTenantRateLimits', data }, caller));
  }

  @Mutation(() => ChangedTenant, {
    description: 'Closes the tenant at once, exports what it did if asked to, forgets its members, and deletes it. Cannot be turned back.',
  })
  @Operation({ right: 'tenant.delete', scope: 'platform', audit: 'command' })
  async deleteTenant(
    @Args('id', { type: () => ID }) tenant: string,
    @Args('export', { type: () => Boolean, description: 'Keep everything the tenant did as a blob.' }) exporting: boolean,
    @Caller() caller: RequestContext,
  ): Promise<ChangedTenant> {
    return changedTenant(await this.bus.send<TenantState>({ type: 'DeleteTenant', data: { tenant, export: exporting } }, caller));
  }

  @Subscription(() => ChangedTenant, {
    description: 'Each tenant as it changes; `after` resumes behind a position.',
    resolve: (changed: CommandOutcome<TenantState>) => changedTenant(changed),
  })
  @Operation({ right: 'tenant.list', scope: 'platform', audit: 'entry' })
  tenantChanged(@Args('after', { type: () => String, nullable: true }) after?: string | null): AsyncIterable<CommandOutcome<TenantState>> {
    return this.changes.after(after ?? null);
  }
}
