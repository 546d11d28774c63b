// Emitted and sent events in the API.
import { Inject } from '@nestjs/common';
import { Args, Mutation, Query, Resolver, Subscription } from '@nestjs/graphql';
import { COMMAND_BUS, type CommandBus, type RequestContext } from '@kari/kernel';
import { Caller, ConnectionOf, Gone, LIVE_FEED, Operation, pageRequest, type Connection, type LiveFeed } from '@kari/platform/graphql';
import type { SentState } from './cloud-event.decider.js';
import {
  attributesOf,
  CloudEvent,
  CloudEventArgs,
  cloudEventOf,
  listedEventOf,
  SendEventInput,
  sentEvent,
  SentEvent,
} from './cloud-event.graphql.js';
import { CloudEventQueries } from './cloud-event.queries.js';

@Resolver()
export class CloudEventResolver {
  constructor(
    private readonly queries: CloudEventQueries,
    @Inject(COMMAND_BUS) private readonly bus: CommandBus,
    @Inject(LIVE_FEED) private readonly feed: LiveFeed,
  ) {}

  @Query(() => ConnectionOf(CloudEvent), { description: 'What workflows of this tenant have emitted and what was sent in, newest first.' })
  @Operation({ right: 'event.read', scope: 'tenant', audit: 'entry' })
  async cloudEvents(
    @Args() { type, source, run, waitFor, ...page }: CloudEventArgs,
    @Caller() { tenant }: RequestContext,
  ): Promise<Connection<CloudEvent>> {
    const filter = { type: type ?? null, source: source ?? null, run: run ?? null };
    const found = await this.queries.page(pageRequest('cloudEvents', page, tenant), filter, waitFor ?? null);
    const edges = found.edges.map(({ cursor, node }) => ({ cursor, node: listedEventOf(node) }));
    return { ...found, edges, nodes: edges.map(({ node }) => node) };
  }

  @Mutation(() => SentEvent, {
    description:
      'Tells the workflows, automations and extensions of this tenant of something that happened outside. In the log once it is answered.',
  })
  @Operation({ right: 'event.send', scope: 'tenant', audit: 'command' })
  async sendEvent(
    @Args('input', { type: () => SendEventInput }) input: SendEventInput,
    @Caller() caller: RequestContext,
  ): Promise<SentEvent> {
    return sentEvent(input.id, await this.bus.send<SentState>({ type: 'SendEvent', data: { event: attributesOf(input) } }, caller));
  }

  @Subscription(() => CloudEvent, {
    description: 'What workflows emit and what is sent in, as it happens; `after` resumes behind a position.',
    resolve: (event: CloudEvent) => event,
  })
  @Operation({ right: 'event.read', scope: 'tenant', audit: 'entry' })
  async *cloudEventPublished(
    @Args('type', { type: () => String, nullable: true }) type: string | null,
    @Args('after', { type: () => String, nullable: true }) after: string | null,
    @Caller() { tenant }: RequestContext,
    @Gone() signal: AbortSignal,
  ): AsyncGenerator<CloudEvent> {
    for await (const recorded of this.feed.watch({ tenant, types: ['CloudEventPublished'], after: after ?? null, signal })) {
      const event = cloudEventOf(recorded);
      if ((type ?? event.type) === event.type) yield event;
    }
  }
}
