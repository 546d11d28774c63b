// The health of extensions in the API.
import { Inject } from '@nestjs/common';
import { Args, ID, Query, Resolver } from '@nestjs/graphql';
import type { RequestContext } from '@kari/kernel';
import { Caller, Operation } from '@kari/platform/graphql';
import { ExtensionHealth, healthInSchema } from './health.graphql.js';
import { HealthQueries } from './health.queries.js';

@Resolver()
export class HealthResolver {
  constructor(@Inject(HealthQueries) private readonly queries: HealthQueries) {}

  @Query(() => ExtensionHealth, { description: 'With `ask`, its onHealthCheck is run, which starts its sandbox.' })
  @Operation({
    right: 'extension.read',
    scope: 'tenant',
    audit: 'entry',
    subject: ({ extension }: { extension: string }) => `extension:${extension}`,
  })
  async extensionHealth(
    @Args('extension', { type: () => ID }) extension: string,
    @Args('ask', { type: () => Boolean, defaultValue: false }) ask: boolean,
    @Caller() caller: RequestContext,
  ): Promise<ExtensionHealth> {
    return healthInSchema(await this.queries.one(caller, extension, ask));
  }

  @Query(() => [ExtensionHealth], { description: 'Of every extension of the tenant, without asking any.' })
  @Operation({ right: 'extension.read', scope: 'tenant', audit: 'entry' })
  extensionsHealth(@Caller() caller: RequestContext): ExtensionHealth[] {
    return this.queries.all(caller.tenant).map(healthInSchema);
  }
}
