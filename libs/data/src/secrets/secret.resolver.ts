// Secrets in the API.
import { Args, ID, Mutation, Query, Resolver } from '@nestjs/graphql';
import type { RequestContext } from '@kari/kernel';
import { Caller, ConnectionOf, Operation, pageRequest, type Connection } from '@kari/platform/graphql';
import { GuardedSecrets } from './guarded-secrets.js';
import { ChangedSecret, changedSecret, Secret, SecretArgs, SetSecretInput } from './secret.graphql.js';
import { SecretQueries } from './secret.queries.js';

@Resolver()
export class SecretResolver {
  constructor(
    private readonly held: GuardedSecrets,
    private readonly queries: SecretQueries,
  ) {}

  @Query(() => ConnectionOf(Secret), { description: 'Secrets that are set in this tenant, by extension and name.' })
  @Operation({ right: 'secret.read', scope: 'tenant', audit: 'entry' })
  secrets(@Args() { extension, waitFor, ...page }: SecretArgs, @Caller() { tenant }: RequestContext): Promise<Connection<Secret>> {
    return this.queries.page(pageRequest('secrets', page, tenant), extension ?? null, waitFor ?? null);
  }

  @Mutation(() => ChangedSecret, { description: 'Sets a secret, or replaces its value and hosts.' })
  @Operation({ right: 'secret.manage', scope: 'tenant', audit: 'command' })
  async setSecret(
    @Args('input') { extension, name, value, hosts }: SetSecretInput,
    @Caller() caller: RequestContext,
  ): Promise<ChangedSecret> {
    return changedSecret(extension, name, await this.held.set({ extension, name }, value, hosts ?? null, caller));
  }

  @Mutation(() => ChangedSecret, { description: 'Replaces the value of a secret and keeps its hosts.' })
  @Operation({ right: 'secret.manage', scope: 'tenant', audit: 'command' })
  async rotateSecret(
    @Args('extension', { type: () => ID }) extension: string,
    @Args('name', { type: () => String }) name: string,
    @Args('value', { type: () => String }) value: string,
    @Caller() caller: RequestContext,
  ): Promise<ChangedSecret> {
    return changedSecret(extension, name, await this.held.rotate({ extension, name }, value, caller));
  }

  @Mutation(() => ChangedSecret, { description: 'Deletes a secret and its value for good.' })
  @Operation({ right: 'secret.manage', scope: 'tenant', audit: 'command' })
  async deleteSecret(
    @Args('extension', { type: () => ID }) extension: string,
    @Args('name', { type: () => String }) name: string,
    @Caller() caller: RequestContext,
  ): Promise<ChangedSecret> {
    return changedSecret(extension, name, await this.held.delete({ extension, name }, caller));
  }
}
