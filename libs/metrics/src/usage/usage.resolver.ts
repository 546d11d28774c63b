// Usage in the API.
import { Inject } from '@nestjs/common';
import { Args, ID, Query, Resolver, Subscription } from '@nestjs/graphql';
import type { RecordedEvent, RequestContext } from '@kari/kernel';
import { Caller, ConnectionOf, LIVE_FEED, mapPage, Operation, pageRequest, type Connection, type LiveFeed } from '@kari/platform/graphql';
import { PROJECTIONS_CLOCK, type ProjectionsClock } from '@kari/platform/projections';
import { metricsEvents } from '../contract.js';
import { measuredUsageOf, MeasuredUsage, Usage, UsageArgs, usageOf } from './usage.graphql.js';
import { UsageQueries } from './usage.queries.js';
import { usageProjection } from './usage.projection.js';

const aboutExtension = ({ extension }: { extension?: string | null }) => (typeof extension === 'string' ? `extension:${extension}` : null);

@Resolver()
export class UsageResolver {
  constructor(
    private readonly queries: UsageQueries,
    @Inject(LIVE_FEED) private readonly feed: LiveFeed,
    @Inject(PROJECTIONS_CLOCK) private readonly clock: ProjectionsClock,
  ) {}

  @Query(() => ConnectionOf(Usage), { description: 'Calls, errors, latency and resources by extension and hour, newest first.' })
  @Operation({ right: 'usage.read', scope: 'tenant', audit: 'entry', subject: aboutExtension })
  async usage(@Args() { extension, from, to, waitFor, ...page }: UsageArgs, @Caller() caller: RequestContext): Promise<Connection<Usage>> {
    if (typeof waitFor === 'string') await this.clock.waitFor(usageProjection.name, waitFor);
    const filter = { extension: extension ?? null, from: from ?? null, to: to ?? null };
    return mapPage(await this.queries.page(caller.tenant, filter, pageRequest('usage', page, caller.tenant)), usageOf);
  }

  @Subscription(() => MeasuredUsage, {
    description: 'Usage of every extension, or of one, as it is measured; `after` resumes behind a position.',
    filter: (event: RecordedEvent, { extension }: { extension?: string | null }) =>
      typeof extension !== 'string' || (event.data as { extension: string }).extension === extension,
    resolve: (event: RecordedEvent) => measuredUsageOf(event),
  })
  @Operation({ right: 'usage.read', scope: 'tenant', audit: 'entry', subject: aboutExtension })
  usageMeasured(
    @Caller() caller: RequestContext,
    @Args('extension', { type: () => ID, nullable: true }) _extension?: string | null,
    @Args('after', { type: () => String, nullable: true }) after?: string | null,
  ): AsyncIterable<RecordedEvent> {
    return this.feed.watch({ tenant: caller.tenant, types: [metricsEvents.usageMeasured], after: after ?? null });
  }
}
