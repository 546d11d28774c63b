// Members in the API.
import { Inject } from '@nestjs/common';
import { Args, ID, Mutation, Query, Resolver } from '@nestjs/graphql';
import { COMMAND_BUS, derivedId, IDS, type Command, type CommandBus, type Ids, type RequestContext } from '@kari/kernel';
import { Caller, ConnectionOf, mapPage, Operation, pageRequest, type Connection } from '@kari/platform/graphql';
import { ListArgs } from '../list-args.graphql.js';
import { AddMemberInput, changedMember, ChangedMember, Member, memberOf } from './member.graphql.js';
import { MemberQueries } from './member.queries.js';
import type { MembershipState } from './membership.decider.js';

@Resolver()
export class MemberResolver {
  constructor(
    private readonly queries: MemberQueries,
    @Inject(COMMAND_BUS) private readonly bus: CommandBus,
    @Inject(IDS) private readonly ids: Ids,
  ) {}

  @Query(() => ConnectionOf(Member), { description: 'Who belongs to the tenant acted on, with their roles.' })
  @Operation({ right: 'member.read', scope: 'tenant', audit: 'entry' })
  async members(@Args() { waitFor, ...page }: ListArgs, @Caller() caller: RequestContext): Promise<Connection<Member>> {
    return mapPage(await this.queries.page(pageRequest('members', page, caller.tenant), waitFor ?? null), memberOf);
  }

  @Mutation(() => ChangedMember)
  @Operation({ right: 'member.manage', scope: 'tenant', audit: 'command' })
  addMember(@Args('input') input: AddMemberInput, @Caller() caller: RequestContext): Promise<ChangedMember> {
    const member = caller.commandId === undefined ? this.ids.next() : derivedId(caller.commandId, 'member');
    return this.send(member, { type: 'AddMember', data: { member, ...input } }, caller);
  }

  @Mutation(() => ChangedMember, { description: 'The last administrator keeps that role.' })
  @Operation({ right: 'member.manage', scope: 'tenant', audit: 'command' })
  changeMemberRoles(
    @Args('id', { type: () => ID }) member: string,
    @Args('roles', { type: () => [String] }) roles: string[],
    @Caller() caller: RequestContext,
  ): Promise<ChangedMember> {
    return this.send(member, { type: 'ChangeMemberRoles', data: { member, roles } }, caller);
  }

  @Mutation(() => ChangedMember, { description: 'Ends the membership; its tokens and sessions end with it.' })
  @Operation({ right: 'member.manage', scope: 'tenant', audit: 'command' })
  removeMember(@Args('id', { type: () => ID }) member: string, @Caller() caller: RequestContext): Promise<ChangedMember> {
    return this.send(member, { type: 'RemoveMember', data: { member } }, caller);
  }

  @Mutation(() => ChangedMember, {
    description: 'Makes name and e-mail address of somebody who left unreadable for ever, in past events too.',
  })
  @Operation({ right: 'member.manage', scope: 'tenant', audit: 'command' })
  eraseMember(@Args('id', { type: () => ID }) member: string, @Caller() caller: RequestContext): Promise<ChangedMember> {
    return this.send(member, { type: 'EraseMember', data: { member } }, caller);
  }

  private async send(member: string, command: Command, caller: RequestContext): Promise<ChangedMember> {
    return changedMember(member, await this.bus.send<MembershipState>(command, caller));
  }
}
