// Rights of extensions in the API.
import { Inject } from '@nestjs/common';
import { Args, ID, Mutation, Query, Resolver } from '@nestjs/graphql';
import { COMMAND_BUS, type CommandBus, type RequestContext } from '@kari/kernel';
import { Caller, Operation } from '@kari/platform/graphql';
import { DeclaredRights } from './declared-rights.js';
import type { RightRoles } from './right-roles.decider.js';
import { ChangedRightRoles, changedRightRoles, ExtensionRight } from './right.graphql.js';

@Resolver()
export class RightResolver {
  constructor(
    @Inject(COMMAND_BUS) private readonly bus: CommandBus,
    @Inject(DeclaredRights) private readonly rights: DeclaredRights,
  ) {}

  @Query(() => [ExtensionRight], { description: 'The rights that an installed extension declares, and the roles that hold them here.' })
  @Operation({
    right: 'extension.read',
    scope: 'tenant',
    audit: 'entry',
    subject: ({ extension }: { extension: string }) => `extension:${extension}`,
  })
  extensionRights(
    @Args('extension', { type: () => ID }) extension: string,
    @Caller() { tenant }: RequestContext,
  ): Promise<readonly ExtensionRight[]> {
    return this.rights.ofExtension(tenant, extension);
  }

  @Mutation(() => ChangedRightRoles, {
    description: 'Says which roles of this tenant hold a right of an extension, in place of those of its manifest. In force at once.',
  })
  @Operation({ right: 'right.manage', scope: 'tenant', audit: 'command' })
  async setRightRoles(
    @Args('extension', { type: () => ID }) extension: string,
    @Args('right', { type: () => String }) right: string,
    @Args('roles', { type: () => [String], description: 'None: nobody holds it.' }) roles: string[],
    @Caller() caller: RequestContext,
  ): Promise<ChangedRightRoles> {
    return changedRightRoles(
      extension,
      await this.bus.send<RightRoles>({ type: 'SetRightRoles', data: { extension, right, roles } }, caller),
    );
  }

  @Mutation(() => ChangedRightRoles, {
    description: 'Takes back what the tenant has chosen: the roles of the manifest hold the right again.',
  })
  @Operation({ right: 'right.manage', scope: 'tenant', audit: 'command' })
  async resetRightRoles(
    @Args('extension', { type: () => ID }) extension: string,
    @Args('right', { type: () => String }) right: string,
    @Caller() caller: RequestContext,
  ): Promise<ChangedRightRoles> {
    return changedRightRoles(extension, await this.bus.send<RightRoles>({ type: 'ResetRightRoles', data: { extension, right } }, caller));
  }
}
