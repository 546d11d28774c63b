// API tokens in the API.
import { Inject } from '@nestjs/common';
import { Args, ID, Mutation, Query, Resolver } from '@nestjs/graphql';
import { COMMAND_BUS, type CommandBus, type RequestContext } from '@kari/kernel';
import { Caller, ConnectionOf, mapPage, Operation, pageRequest, type Connection } from '@kari/platform/graphql';
import { ListArgs } from '../list-args.graphql.js';
import { TokenIssuing } from './token-issuing.js';
import type { TokenState } from './token.decider.js';
import { ApiToken, apiTokenOf, changedToken, ChangedToken, IssueTokenInput, newToken, NewToken } from './token.graphql.js';
import { TokenQueries } from './token.queries.js';

@Resolver()
export class TokenResolver {
  constructor(
    private readonly queries: TokenQueries,
    private readonly issuing: TokenIssuing,
    @Inject(COMMAND_BUS) private readonly bus: CommandBus,
  ) {}

  @Query(() => ConnectionOf(ApiToken), { description: 'The API tokens of the tenant acted on; never their values.' })
  @Operation({ right: 'token.read', scope: 'tenant', audit: 'entry' })
  async tokens(@Args() { waitFor, ...page }: ListArgs, @Caller() caller: RequestContext): Promise<Connection<ApiToken>> {
    return mapPage(await this.queries.page(pageRequest('tokens', page, caller.tenant), waitFor ?? null), apiTokenOf);
  }

  @Mutation(() => NewToken, { description: 'The answer holds the value, once.' })
  @Operation({ right: 'token.manage', scope: 'tenant', audit: 'command' })
  async issueToken(
    @Args('input') { name, ownerKind, owner, expiresAt, rights }: IssueTokenInput,
    @Caller() caller: RequestContext,
  ): Promise<NewToken> {
    const wish = { owner: { kind: ownerKind, id: owner }, name, expiresAt: expiresAt.toISOString(), rights: rights ?? null };
    return newToken(await this.issuing.issue(wish, caller));
  }

  @Mutation(() => ChangedToken, { description: 'Ends the token at once, and every session that was started with it.' })
  @Operation({ right: 'token.manage', scope: 'tenant', audit: 'command' })
  async revokeToken(@Args('id', { type: () => ID }) token: string, @Caller() caller: RequestContext): Promise<ChangedToken> {
    return changedToken(await this.bus.send<TokenState>({ type: 'RevokeToken', data: { token } }, caller));
  }
}
