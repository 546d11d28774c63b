// What-if, and then exactly that, in the API.
import { Inject } from '@nestjs/common';
import { Args, ID, Mutation, Query, Resolver, Subscription } from '@nestjs/graphql';
import type { RequestContext } from '@kari/kernel';
import { Caller, Operation } from '@kari/platform/graphql';
import { PlanManager } from './execution/plan-manager.js';
import { PlanProgressQueries } from './execution/plan-progress.queries.js';
import type { PlanProgressView } from './execution/plan-progress.view.js';
import {
  ChangedPlan,
  changedPlan,
  changeOf,
  ExecutePlanInput,
  ExtensionPlan,
  PlanChangesInput,
  planInSchema,
  PlanProgress,
  planProgressOf,
} from './plan.graphql.js';
import { PlanQueries } from './plan.queries.js';
import { PlanTableQueries } from './plan-tables.queries.js';

@Resolver()
export class PlanResolver {
  constructor(
    @Inject(PlanQueries) private readonly plans: PlanQueries,
    @Inject(PlanTableQueries) private readonly tables: PlanTableQueries,
    @Inject(PlanManager) private readonly manager: PlanManager,
    @Inject(PlanProgressQueries) private readonly progress: PlanProgressQueries,
  ) {}

  @Query(() => ExtensionPlan, {
    description: 'What the changes would come to in this tenant: operations, permissions, consent, breaks; or why they cannot be.',
  })
  @Operation({ right: 'extension.read', scope: 'tenant', audit: 'entry' })
  async planChanges(@Args('input') { changes }: PlanChangesInput, @Caller() caller: RequestContext): Promise<ExtensionPlan> {
    const preview = this.plans.preview(caller.tenant, changes.map(changeOf));
    return planInSchema(preview, await this.tables.of(caller, preview.plan));
  }

  @Mutation(() => ChangedPlan, {
    description: 'Executes exactly the plan of that hash, or refuses when it would be another by now; `planProgress` tells how it goes.',
  })
  @Operation({ right: 'extension.install', scope: 'tenant', audit: 'command' })
  async executePlan(@Args('input') input: ExecutePlanInput, @Caller() caller: RequestContext): Promise<ChangedPlan> {
    const { changes, hash, consented, basis = null } = input;
    return changedPlan(await this.manager.execute({ changes: changes.map(changeOf), hash, consented, basis }, caller));
  }

  @Mutation(() => ChangedPlan, { description: 'Ends a plan at any step; what was done is taken back, last first.' })
  @Operation({ right: 'extension.install', scope: 'tenant', audit: 'command' })
  async cancelPlan(@Args('plan', { type: () => ID }) plan: string, @Caller() caller: RequestContext): Promise<ChangedPlan> {
    return changedPlan(await this.manager.cancel(plan, caller));
  }

  @Query(() => PlanProgress, { nullable: true, description: 'How the last plan of the tenant goes, or went.' })
  @Operation({ right: 'extension.read', scope: 'tenant', audit: 'entry' })
  async planProgress(
    @Caller() caller: RequestContext,
    @Args('waitFor', { type: () => String, nullable: true }) waitFor?: string | null,
  ): Promise<PlanProgress | null> {
    const view = await this.progress.last(caller.tenant, waitFor ?? null);
    return view === null ? null : planProgressOf(view);
  }

  @Subscription(() => PlanProgress, {
    name: 'planProgress',
    description: 'The plan as it is now, then after each step; `after` resumes behind a position.',
    resolve: (view: PlanProgressView) => planProgressOf(view),
  })
  @Operation({ right: 'extension.read', scope: 'tenant', audit: 'entry' })
  watchPlan(
    @Caller() caller: RequestContext,
    @Args('after', { type: () => String, nullable: true }) after?: string | null,
  ): AsyncIterable<PlanProgressView> {
    return this.progress.watch(caller.tenant, after ?? null);
  }
}
