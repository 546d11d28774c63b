// Service accounts in the API.
import { Inject } from '@nestjs/common';
import { Args, ID, Mutation, Query, Resolver } from '@nestjs/graphql';
import { COMMAND_BUS, type Command, type CommandBus, type RequestContext } from '@kari/kernel';
import { Caller, ConnectionOf, mapPage, Operation, pageRequest, type Connection } from '@kari/platform/graphql';
import { ListArgs } from '../list-args.graphql.js';
import type { ServiceAccountState } from './service-account.decider.js';
import {
  changedServiceAccount,
  ChangedServiceAccount,
  CreateServiceAccountInput,
  ServiceAccount,
  serviceAccountOf,
} from './service-account.graphql.js';
import { ServiceAccountQueries } from './service-account.queries.js';

@Resolver()
export class ServiceAccountResolver {
  constructor(
    private readonly queries: ServiceAccountQueries,
    @Inject(COMMAND_BUS) private readonly bus: CommandBus,
  ) {}

  @Query(() => ConnectionOf(ServiceAccount), { description: 'The service accounts of the tenant acted on.' })
  @Operation({ right: 'token.read', scope: 'tenant', audit: 'entry' })
  async serviceAccounts(@Args() { waitFor, ...page }: ListArgs, @Caller() caller: RequestContext): Promise<Connection<ServiceAccount>> {
    return mapPage(await this.queries.page(pageRequest('serviceAccounts', page, caller.tenant), waitFor ?? null), serviceAccountOf);
  }

  @Mutation(() => ChangedServiceAccount)
  @Operation({ right: 'token.manage', scope: 'tenant', audit: 'command' })
  createServiceAccount(@Args('input') input: CreateServiceAccountInput, @Caller() caller: RequestContext): Promise<ChangedServiceAccount> {
    return this.send({ type: 'CreateServiceAccount', data: { ...input } }, caller);
  }

  @Mutation(() => ChangedServiceAccount)
  @Operation({ right: 'token.manage', scope: 'tenant', audit: 'command' })
  changeServiceAccountRoles(
    @Args('id', { type: () => ID }) serviceAccount: string,
    @Args('roles', { type: () => [String] }) roles: string[],
    @Caller() caller: RequestContext,
  ): Promise<ChangedServiceAccount> {
    return this.send({ type: 'ChangeServiceAccountRoles', data: { serviceAccount, roles } }, caller);
  }

  @Mutation(() => ChangedServiceAccount, { description: 'Ends the account for good; its tokens end with it.' })
  @Operation({ right: 'token.manage', scope: 'tenant', audit: 'command' })
  removeServiceAccount(
    @Args('id', { type: () => ID }) serviceAccount: string,
    @Caller() caller: RequestContext,
  ): Promise<ChangedServiceAccount> {
    return this.send({ type: 'RemoveServiceAccount', data: { serviceAccount } }, caller);
  }

  private async send(command: Command, caller: RequestContext): Promise<ChangedServiceAccount> {
    return changedServiceAccount(await this.bus.send<ServiceAccountState>(command, caller));
  }
}
