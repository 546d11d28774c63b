// Bulk wishes in the API: previewed, confirmed by the name of their set, watched.
import { Inject } from '@nestjs/common';
import { Args, ID, Mutation, Query, Resolver, Subscription } from '@nestjs/graphql';
import { COMMAND_BUS, idOf, IDS, rejected, Rejection, type CommandBus, type Ids, type RequestContext } from '@kari/kernel';
import {
  Caller,
  ConnectionOf,
  Gone,
  LIVE_FEED,
  Operation,
  PageArgs,
  pageRequest,
  type Connection,
  type LiveFeed,
} from '@kari/platform/graphql';
import { BulkMigrateRunsInput, mappingOf } from '../migration/migration.graphql.js';
import type { MigrationWish } from '../migration/run-migrations.js';
import { RunFilterInput, runFilterOf } from '../run/run.graphql.js';
import type { BulkState } from './bulk.decider.js';
import { BULK_CATEGORY, bulkEvents, type BulkAction } from './bulk.events.js';
import { BulkActionEnum, BulkRuns, BulkRunsInput, BulkRunsPreview, StartedBulkRuns } from './bulk.graphql.js';
import { BulkQueries } from './bulk.queries.js';

const COMMANDS: Readonly<Record<BulkAction, string>> = {
  cancel: 'BulkCancelRuns',
  retry: 'BulkRetryRuns',
  migrate: 'BulkMigrateRuns',
};
const FACTS = bulkEvents.map(({ type }) => type);

@Resolver()
export class BulkResolver {
  constructor(
    private readonly queries: BulkQueries,
    @Inject(COMMAND_BUS) private readonly bus: CommandBus,
    @Inject(IDS) private readonly ids: Ids,
    @Inject(LIVE_FEED) private readonly feed: LiveFeed,
  ) {}

  @Query(() => BulkRunsPreview, { description: 'Which runs a bulk wish would mean now; nothing is done.' })
  @Operation({ right: 'run.read', scope: 'tenant', audit: 'entry' })
  async bulkRunsPreview(
    @Args('action', { type: () => BulkActionEnum }) action: BulkAction,
    @Args('filter', { type: () => RunFilterInput }) filter: RunFilterInput,
    @Caller() { tenant }: RequestContext,
  ): Promise<BulkRunsPreview> {
    const { runs, hash } = await this.queries.set(tenant, action, runFilterOf(filter));
    return { count: runs.length, hash, runs };
  }

  @Query(() => ConnectionOf(BulkRuns), { description: 'Bulk wishes of the tenant, newest first.' })
  @Operation({ right: 'run.read', scope: 'tenant', audit: 'entry' })
  bulkRuns(
    @Args() page: PageArgs,
    @Caller() { tenant }: RequestContext,
    @Args('waitFor', { type: () => String, nullable: true }) waitFor?: string | null,
  ): Promise<Connection<BulkRuns>> {
    return this.queries.page(pageRequest('bulkRuns', page, tenant), waitFor ?? null);
  }

  @Mutation(() => StartedBulkRuns, { description: 'Cancels exactly the runs of a preview, or none when the set has moved since.' })
  @Operation({ right: 'run.operate', scope: 'tenant', audit: 'command' })
  bulkCancelRuns(@Args('input') input: BulkRunsInput, @Caller() caller: RequestContext): Promise<StartedBulkRuns> {
    return this.start('cancel', input, caller);
  }

  @Mutation(() => StartedBulkRuns, {
    description: 'Retries exactly the failed runs of a preview, each from the task that failed, or none when the set has moved since.',
  })
  @Operation({ right: 'run.operate', scope: 'tenant', audit: 'command' })
  bulkRetryRuns(@Args('input') input: BulkRunsInput, @Caller() caller: RequestContext): Promise<StartedBulkRuns> {
    return this.start('retry', input, caller);
  }

  @Mutation(() => StartedBulkRuns, {
    description:
      'Moves exactly the runs of a preview to another version of their workflow, or none when the set has moved since. Each is judged anew: what cannot be ' +
      'moved stays as it is and is told in `refusals`.',
  })
  @Operation({ right: 'run.operate', scope: 'tenant', audit: 'command' })
  bulkMigrateRuns(
    @Args('input') { filter, hash, version, mapping }: BulkMigrateRunsInput,
    @Caller() caller: RequestContext,
  ): Promise<StartedBulkRuns> {
    return this.start('migrate', { filter, hash }, caller, { migration: { version, mapping: mappingOf(mapping) } });
  }

  @Subscription(() => BulkRuns, {
    description: 'A bulk wish each time it has come further; of all when none is named. `after` resumes behind a position.',
    resolve: (bulk: BulkRuns) => bulk,
  })
  @Operation({ right: 'run.read', scope: 'tenant', audit: 'entry' })
  async *bulkRunsChanged(
    @Args('bulk', { type: () => ID, nullable: true }) bulk: string | null,
    @Args('after', { type: () => String, nullable: true }) after: string | null,
    @Caller() { tenant }: RequestContext,
    @Gone() signal: AbortSignal,
  ): AsyncGenerator<BulkRuns> {
    for await (const event of this.feed.watch({ tenant, types: FACTS, categories: [BULK_CATEGORY], after: after ?? null, signal })) {
      const id = idOf(event.stream);
      if ((bulk ?? id) === id) yield await this.queries.one(tenant, id, event.position);
    }
  }

  private async start(
    action: BulkAction,
    { filter, hash, reason }: BulkRunsInput,
    caller: RequestContext,
    more: { readonly migration?: MigrationWish } = {},
  ): Promise<StartedBulkRuns> {
    const bulk = this.ids.next();
    const data = { bulk, reason: reason ?? null, ...more, ...(await this.confirmed(caller.tenant, action, filter, hash)) };
    const { state, position } = await this.bus.send<BulkState>({ type: COMMANDS[action], data }, caller);
    return { id: bulk, total: state.runs.length, position };
  }

  /** Why not is answered by the command: whoever asks is authorised and recorded first. */
  private async confirmed(tenant: string, action: BulkAction, filter: RunFilterInput, hash: string) {
    try {
      if (action === 'migrate' && (filter.workflow ?? null) === null) throw rejected('WORKFLOW_MIGRATION_UNNAMED', {});
      const set = await this.queries.set(tenant, action, runFilterOf(filter));
      if (set.hash !== hash) throw rejected('WORKFLOW_BULK_MOVED', { count: set.runs.length });
      return { runs: set.runs };
    } catch (error) {
      if (!(error instanceof Rejection)) throw error;
      return { runs: [], impossible: { code: error.code, facts: error.facts } };
    }
  }
}
