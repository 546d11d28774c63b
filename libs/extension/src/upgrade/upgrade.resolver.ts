// Changing the version of an extension in the API.
import { Inject } from '@nestjs/common';
import { Args, ID, Mutation, Query, Resolver } from '@nestjs/graphql';
import type { RequestContext } from '@kari/kernel';
import { Caller, Operation } from '@kari/platform/graphql';
import { changedExtension, ChangedExtension } from '../lifecycle/extension.graphql.js';
import { ExtensionManager } from '../manager/extension-manager.js';
import { InstallationPlanQueries } from '../planning/installation-plan.queries.js';
import { UpgradeExtensionInput, UpgradePreview, upgradePreviewOf } from './upgrade.graphql.js';

const about = ({ extension }: { extension: string }) => `extension:${extension}`;

@Resolver()
export class UpgradeResolver {
  constructor(
    @Inject(ExtensionManager) private readonly manager: ExtensionManager,
    @Inject(InstallationPlanQueries) private readonly plans: InstallationPlanQueries,
  ) {}

  @Query(() => UpgradePreview, { description: 'What an upgrade would ask consent for, and what stands in its way in this tenant.' })
  @Operation({ right: 'extension.read', scope: 'tenant', audit: 'entry', subject: about })
  previewUpgrade(
    @Args('extension', { type: () => ID }) extension: string,
    @Caller() caller: RequestContext,
    @Args('version', { type: () => String, nullable: true }) version?: string | null,
  ): UpgradePreview {
    return upgradePreviewOf(this.plans.previewUpgrade(caller.tenant, extension, version ?? null));
  }

  @Mutation(() => ChangedExtension, {
    description:
      'Asks for a newer version; `installProgress` tells how it goes. The installed one serves until the switch. Without full consent it waits for `consentToUpgrade`.',
  })
  @Operation({ right: 'extension.install', scope: 'tenant', audit: 'command' })
  async upgradeExtension(@Args('input') input: UpgradeExtensionInput, @Caller() caller: RequestContext): Promise<ChangedExtension> {
    const { extension, version = null, consented } = input;
    return changedExtension(extension, await this.manager.upgrade({ extension, version, consented }, caller));
  }

  @Mutation(() => ChangedExtension, { description: 'Consents to exactly what a held upgrade waits for; it goes on.' })
  @Operation({ right: 'extension.install', scope: 'tenant', audit: 'command' })
  async consentToUpgrade(
    @Args('extension', { type: () => ID }) id: string,
    @Args('consented', { type: () => [ID] }) consented: string[],
    @Caller() caller: RequestContext,
  ): Promise<ChangedExtension> {
    return changedExtension(id, await this.manager.consentToUpgrade(id, consented, caller));
  }

  @Mutation(() => ChangedExtension, {
    description: 'Ends an upgrade before its switch; what was done is taken back. While it waits for consent this declines it.',
  })
  @Operation({ right: 'extension.install', scope: 'tenant', audit: 'command' })
  async cancelUpgrade(@Args('extension', { type: () => ID }) id: string, @Caller() caller: RequestContext): Promise<ChangedExtension> {
    return changedExtension(id, await this.manager.cancelUpgrade(id, caller));
  }

  @Mutation(() => ChangedExtension, {
    description: 'Back to the version before the last upgrade, with the permissions it had, but for those revoked since. In force at once.',
  })
  @Operation({ right: 'extension.install', scope: 'tenant', audit: 'command' })
  async rollBackExtension(@Args('extension', { type: () => ID }) id: string, @Caller() caller: RequestContext): Promise<ChangedExtension> {
    return changedExtension(id, await this.manager.rollBack(id, caller));
  }
}
