// How the last plan of a tenant goes: as the view has it, and live from the log.
import { Inject, Injectable } from '@nestjs/common';
import { EVENT_STORE, streamId, type EventStore, type Position, type RecordedEvent } from '@kari/kernel';
import { READ_DATABASE, type ReadDatabase } from '@kari/platform/database';
import { LIVE_FEED, type LiveFeed } from '@kari/platform/graphql';
import { PROJECTIONS_CLOCK, type ProjectionsClock } from '@kari/platform/projections';
import { PLAN_CATEGORY, PLAN_ID } from './plan.events.js';
import { planProgressProjection, type PlanProgressRow } from './plan-progress.projection.js';
import { planViewOf, PlanProgressView } from './plan-progress.view.js';

@Injectable()
export class PlanProgressQueries {
  constructor(
    @Inject(READ_DATABASE) private readonly database: ReadDatabase,
    @Inject(PROJECTIONS_CLOCK) private readonly progressOfViews: ProjectionsClock,
    @Inject(LIVE_FEED) private readonly feed: LiveFeed,
    @Inject(EVENT_STORE) private readonly store: EventStore,
  ) {}

  /** Null when the tenant never executed one. */
  async last(tenant: string, waitFor: string | null): Promise<PlanProgressView | null> {
    if (waitFor !== null) await this.progressOfViews.waitFor(planProgressProjection.name, waitFor);
    return this.database.readAs(tenant, (manager) => manager.findOneBy(PlanProgressView, { tenant }));
  }

  /** The plan as it is now, where there is one, then after each step. */
  async *watch(tenant: string, after: Position | null): AsyncGenerator<PlanProgressView> {
    // Watched from before the first look, so that nothing falls between the two.
    const watched = this.feed.watch({ tenant, categories: [PLAN_CATEGORY], after: after ?? (await this.store.head()) });
    const now = after === null ? await this.folded(this.store.readStream(streamId(PLAN_CATEGORY, tenant, PLAN_ID))) : null;
    if (now !== null) yield planViewOf(now);
    for await (const event of watched) {
      const row = await this.folded(this.store.readStream(event.stream, { to: event.revision }));
      if (row !== null) yield planViewOf(row);
    }
  }

  private async folded(facts: AsyncIterable<RecordedEvent>): Promise<PlanProgressRow | null> {
    let row: PlanProgressRow | null = null;
    for await (const fact of facts) row = planProgressProjection.evolve(row, fact);
    return row;
  }
}
