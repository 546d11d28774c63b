// What one may do with an extension of the tenant acted on.
import { Inject } from '@nestjs/common';
import { Args, ID, Mutation, Resolver, Subscription } from '@nestjs/graphql';
import type { RequestContext } from '@kari/kernel';
import { Caller, Operation } from '@kari/platform/graphql';
import { ExtensionManager } from '../manager/extension-manager.js';
import { ExtensionChanges, type ExtensionChange } from '../registry/extension-changes.js';
import { changedExtension, ChangedExtension, InstallExtensionInput } from './extension.graphql.js';

const about = ({ extension }: { extension?: string | null }) => (typeof extension === 'string' ? `extension:${extension}` : null);

@Resolver()
export class ExtensionResolver {
  constructor(
    @Inject(ExtensionManager) private readonly manager: ExtensionManager,
    @Inject(ExtensionChanges) private readonly live: ExtensionChanges,
  ) {}

  @Mutation(() => ChangedExtension, {
    description: 'Asks for an install; `installProgress` tells how it goes. Refused with what is missing without full consent.',
  })
  @Operation({ right: 'extension.install', scope: 'tenant', audit: 'command' })
  async installExtension(@Args('input') input: InstallExtensionInput, @Caller() caller: RequestContext): Promise<ChangedExtension> {
    const { extension, version = null, consented, enable } = input;
    return changedExtension(extension, await this.manager.install({ extension, version, consented, enable }, caller));
  }

  @Mutation(() => ChangedExtension)
  @Operation({ right: 'extension.install', scope: 'tenant', audit: 'command' })
  async enableExtension(@Args('extension', { type: () => ID }) id: string, @Caller() caller: RequestContext): Promise<ChangedExtension> {
    return changedExtension(id, await this.manager.enable(id, caller));
  }

  @Mutation(() => ChangedExtension, { description: 'In force at once. Refused while enabled extensions need it.' })
  @Operation({ right: 'extension.install', scope: 'tenant', audit: 'command' })
  async disableExtension(@Args('extension', { type: () => ID }) id: string, @Caller() caller: RequestContext): Promise<ChangedExtension> {
    return changedExtension(id, await this.manager.disable(id, caller));
  }

  @Mutation(() => ChangedExtension, {
    description: 'Takes the extension away from the tenant. Refused while installed extensions need it.',
  })
  @Operation({ right: 'extension.install', scope: 'tenant', audit: 'command' })
  async removeExtension(@Args('extension', { type: () => ID }) id: string, @Caller() caller: RequestContext): Promise<ChangedExtension> {
    return changedExtension(id, await this.manager.remove(id, caller));
  }

  @Mutation(() => ChangedExtension, { description: 'Ends an install at any step; what was done is taken back.' })
  @Operation({ right: 'extension.install', scope: 'tenant', audit: 'command' })
  async cancelInstall(@Args('extension', { type: () => ID }) id: string, @Caller() caller: RequestContext): Promise<ChangedExtension> {
    return changedExtension(id, await this.manager.cancelInstall(id, caller));
  }

  @Mutation(() => ChangedExtension, { description: 'Gives a permission that the extension asks for.' })
  @Operation({ right: 'grant.manage', scope: 'tenant', audit: 'command' })
  async giveGrant(
    @Args('extension', { type: () => ID }) id: string,
    @Args('grant', { type: () => ID }) grant: string,
    @Caller() caller: RequestContext,
  ): Promise<ChangedExtension> {
    return changedExtension(id, await this.manager.giveGrant(id, grant, caller));
  }

  @Mutation(() => ChangedExtension, { description: 'Takes a permission away; in force when this is answered.' })
  @Operation({ right: 'grant.manage', scope: 'tenant', audit: 'command' })
  async revokeGrant(
    @Args('extension', { type: () => ID }) id: string,
    @Args('grant', { type: () => ID }) grant: string,
    @Caller() caller: RequestContext,
  ): Promise<ChangedExtension> {
    return changedExtension(id, await this.manager.revokeGrant(id, grant, caller));
  }

  @Subscription(() => ChangedExtension, {
    description: 'Every extension of the tenant, or one, after each change; `after` resumes behind a position.',
    resolve: (change: ExtensionChange) => changedExtension(change.extension, change),
  })
  @Operation({ right: 'extension.read', scope: 'tenant', audit: 'entry', subject: about })
  extensionChanged(
    @Caller() caller: RequestContext,
    @Args('extension', { type: () => ID, nullable: true }) extension?: string | null,
    @Args('after', { type: () => String, nullable: true }) after?: string | null,
  ): AsyncIterable<ExtensionChange> {
    return this.live.changes(caller.tenant, extension ?? null, after ?? null);
  }
}
