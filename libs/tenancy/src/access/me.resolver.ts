// The caller in the API.
import { Mutation, Query, Resolver } from '@nestjs/graphql';
import type { RequestContext } from '@kari/kernel';
import { Caller, Operation } from '@kari/platform/graphql';
import { ownRight } from '@kari/protocol';
import { Me, NewSession } from './me.graphql.js';
import { Self } from './self.js';

@Resolver()
export class MeResolver {
  constructor(private readonly self: Self) {}

  @Query(() => Me, { description: 'Who is asking, and what they may do here.' })
  @Operation({ right: ownRight, scope: 'tenant', audit: 'entry' })
  me(@Caller() caller: RequestContext): Promise<Me> {
    return this.self.of(caller);
  }

  @Mutation(() => NewSession, {
    description: 'A short session for the caller itself. Development mode only; it ends with the token it was started with.',
  })
  @Operation({ right: ownRight, scope: 'tenant', audit: 'entry' })
  startSession(@Caller() caller: RequestContext): Promise<NewSession> {
    return this.self.startSession(caller);
  }
}
