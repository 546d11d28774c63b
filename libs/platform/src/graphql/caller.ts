// Who asks, as a resolver sees it: `@Caller() caller: RequestContext`.
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { GqlExecutionContext } from '@nestjs/graphql';
import type { RequestContext } from '@kari/kernel';

/** What the edge hands to every resolver, over HTTP and WebSocket alike. */
export interface GraphqlContext {
  readonly caller: RequestContext;
  /** The same caller with the rights held now; a socket outlives the moment it was opened. */
  readonly current?: () => RequestContext;
  /** Aborts when a subscriber is gone. */
  readonly signal?: AbortSignal;
}

export const Caller = createParamDecorator((_: unknown, execution: ExecutionContext): RequestContext => {
  return GqlExecutionContext.create(execution).getContext<GraphqlContext>().caller;
});

/** `@Gone() gone: AbortSignal` in a subscription: aborts when the subscriber leaves. `LIVE_FEED` knows it already; other sources need it. */
export const Gone = createParamDecorator((_: unknown, execution: ExecutionContext): AbortSignal => {
  return GqlExecutionContext.create(execution).getContext<GraphqlContext>().signal ?? new AbortController().signal;
});
