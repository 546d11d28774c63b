// Wishes for all tenants in the API.
import { Inject } from '@nestjs/common';
import { Args, ID, Mutation, Query, Resolver } from '@nestjs/graphql';
import { PLATFORM_TENANT, type RequestContext } from '@kari/kernel';
import { Caller, ConnectionOf, mapPage, Operation, PageArgs, pageRequest, type Connection } from '@kari/platform/graphql';
import { InstallExtensionInput } from '../lifecycle/extension.graphql.js';
import { ExtensionManager } from '../manager/extension-manager.js';
import {
  ChangedExtensionWish,
  changedWish,
  ExtensionWish,
  ExtensionWishOutcome,
  outcomeOf,
  WishOutcomesArgs,
  wishOf,
} from './wish.graphql.js';
import { WishQueries } from './wish.queries.js';

@Resolver()
export class WishResolver {
  constructor(
    @Inject(ExtensionManager) private readonly manager: ExtensionManager,
    @Inject(WishQueries) private readonly queries: WishQueries,
  ) {}

  @Mutation(() => ChangedExtensionWish, {
    description: 'Every tenant gets the extension, later ones included; `extensionWishOutcomes` tells where it does not fit.',
  })
  @Operation({ right: 'extension.install_for_all', scope: 'platform', audit: 'command' })
  async installForAllTenants(@Args('input') input: InstallExtensionInput, @Caller() caller: RequestContext): Promise<ChangedExtensionWish> {
    const { extension, version = null, consented, enable } = input;
    return changedWish(extension, await this.manager.installForAllTenants({ extension, version, consented, enable }, caller));
  }

  @Mutation(() => ChangedExtensionWish, { description: 'Removes what the wish installed; what a tenant asked for itself stays.' })
  @Operation({ right: 'extension.install_for_all', scope: 'platform', audit: 'command' })
  async withdrawFromAllTenants(
    @Args('extension', { type: () => ID }) id: string,
    @Caller() caller: RequestContext,
  ): Promise<ChangedExtensionWish> {
    return changedWish(id, await this.manager.withdrawFromAllTenants(id, caller));
  }

  @Query(() => ConnectionOf(ExtensionWish))
  @Operation({ right: 'extension.read', scope: 'platform', audit: 'entry' })
  async extensionWishes(@Args() args: PageArgs): Promise<Connection<ExtensionWish>> {
    return mapPage(await this.queries.page(pageRequest('extensionWishes', args, PLATFORM_TENANT)), wishOf);
  }

  @Query(() => ConnectionOf(ExtensionWishOutcome), { description: 'What came of a wish in each tenant, refusals with their reason.' })
  @Operation({
    right: 'extension.read',
    scope: 'platform',
    audit: 'entry',
    subject: ({ extension }: { extension: string }) => `extension:${extension}`,
  })
  async extensionWishOutcomes(@Args() args: WishOutcomesArgs): Promise<Connection<ExtensionWishOutcome>> {
    const request = pageRequest(`extensionWishOutcomes/${args.extension}`, args, PLATFORM_TENANT);
    return mapPage(await this.queries.outcomes(request, args.extension, args.outcome ?? null), outcomeOf);
  }
}
