// Events of extensions in the API.
import { Inject } from '@nestjs/common';
import { Args, ID, Query, Resolver, Subscription } from '@nestjs/graphql';
import type { RequestContext } from '@kari/kernel';
import { Caller, ConnectionOf, Gone, LIVE_FEED, Operation, pageRequest, type Connection, type LiveFeed } from '@kari/platform/graphql';
import { EventArgs, eventOf, ExtensionEvent } from './event.graphql.js';
import { EventQueries } from './event.queries.js';

@Resolver()
export class EventResolver {
  constructor(
    private readonly queries: EventQueries,
    @Inject(LIVE_FEED) private readonly feed: LiveFeed,
  ) {}

  @Query(() => ConnectionOf(ExtensionEvent), { description: 'What extensions of this tenant have published, newest first.' })
  @Operation({ right: 'event.read', scope: 'tenant', audit: 'entry' })
  events(
    @Args() { extension, type, key, waitFor, ...page }: EventArgs,
    @Caller() { tenant }: RequestContext,
  ): Promise<Connection<ExtensionEvent>> {
    const filter = { extension: extension ?? null, type: type ?? null, key: key ?? null };
    return this.queries.page(pageRequest('events', page, tenant), filter, waitFor ?? null);
  }

  @Subscription(() => ExtensionEvent, {
    description: 'Events of extensions as they are published; `after` resumes behind a position.',
    resolve: (event: ExtensionEvent) => event,
  })
  @Operation({ right: 'event.read', scope: 'tenant', audit: 'entry' })
  async *extensionEventPublished(
    @Args('extension', { type: () => ID, nullable: true }) extension: string | null,
    @Args('type', { type: () => String, nullable: true }) type: string | null,
    @Args('after', { type: () => String, nullable: true }) after: string | null,
    @Caller() { tenant }: RequestContext,
    @Gone() signal: AbortSignal,
  ): AsyncGenerator<ExtensionEvent> {
    for await (const recorded of this.feed.watch({ tenant, types: ['ExtensionEventPublished'], after: after ?? null, signal })) {
      const event = eventOf(recorded);
      if ((extension ?? event.extension) === event.extension && (type ?? event.type) === event.type) yield event;
    }
  }
}
