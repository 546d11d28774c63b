// The retention of runs in the API.
import { Inject } from '@nestjs/common';
import { Args, Int, Mutation, Query, Resolver } from '@nestjs/graphql';
import { COMMAND_BUS, type CommandBus, type RequestContext } from '@kari/kernel';
import { Caller, Operation } from '@kari/platform/graphql';
import type { RetentionState } from './retention.decider.js';
import { ChangedRunRetention, RunRetentionSetting } from './retention.graphql.js';
import { RetentionQueries } from './retention.queries.js';
import { RunRetention } from './run-retention.js';

@Resolver()
export class RetentionResolver {
  constructor(
    private readonly queries: RetentionQueries,
    private readonly retention: RunRetention,
    @Inject(COMMAND_BUS) private readonly bus: CommandBus,
  ) {}

  @Query(() => RunRetentionSetting, { description: 'How long this tenant keeps the histories of ended runs.' })
  @Operation({ right: 'run.read', scope: 'tenant', audit: 'entry' })
  async runRetention(
    @Caller() { tenant }: RequestContext,
    @Args('waitFor', { type: () => String, nullable: true }) waitFor?: string | null,
  ): Promise<RunRetentionSetting> {
    return (await this.queries.of(tenant, waitFor ?? null)) ?? { days: null, setAt: null, setBy: null };
  }

  @Mutation(() => ChangedRunRetention, {
    description:
      'After these days from its end a run keeps its row, its approvals and its audit entries; its tasks and its history are given up for good.',
  })
  @Operation({ right: 'run.retain', scope: 'tenant', audit: 'command' })
  async setRunRetention(
    @Caller() caller: RequestContext,
    @Args('days', { type: () => Int, nullable: true, description: '0 to 3650; null: for ever. 0: as soon as it has ended.' })
    days?: number | null,
  ): Promise<ChangedRunRetention> {
    const { state, position } = await this.bus.send<RetentionState>({ type: 'SetRunRetention', data: { days: days ?? null } }, caller);
    // Who looks reads the view.
    if (position !== null) await this.queries.of(caller.tenant, position);
    this.retention.look();
    return { days: state.days, position };
  }
}
