// Migrations of runs in the API: foreseen, and asked of one run; many are asked by a bulk wish.
import { Args, Mutation, Query, Resolver } from '@nestjs/graphql';
import { rejected, type RequestContext } from '@kari/kernel';
import { Caller, Operation } from '@kari/platform/graphql';
import { BulkQueries } from '../bulk/bulk.queries.js';
import { changedRun, ChangedWorkflowRun, runFilterOf } from '../run/run.graphql.js';
import { MigrateRunInput, mappingOf, RunMigrationPreview, RunMigrationPreviewInput, shownForeseen } from './migration.graphql.js';
import { RunMigrations } from './run-migrations.js';

@Resolver()
export class MigrationResolver {
  constructor(
    private readonly migrations: RunMigrations,
    private readonly bulks: BulkQueries,
  ) {}

  @Query(() => RunMigrationPreview, {
    description: 'What would become of runs that have not ended if they were moved to another version of their workflow; nothing is done.',
  })
  @Operation({ right: 'run.read', scope: 'tenant', audit: 'entry' })
  async runMigrationPreview(
    @Args('input') { filter, version, mapping }: RunMigrationPreviewInput,
    @Caller() { tenant }: RequestContext,
  ): Promise<RunMigrationPreview> {
    const asked = runFilterOf(filter);
    if (asked.workflow === null) throw rejected('WORKFLOW_MIGRATION_UNNAMED', {});
    const { runs, hash } = await this.bulks.set(tenant, 'migrate', asked);
    const foreseen = await this.migrations.foresee({ tenant, workflow: asked.workflow, runs }, { version, mapping: mappingOf(mapping) });
    const shown = foreseen.map(shownForeseen);
    return { count: runs.length, possible: shown.filter(({ possible }) => possible).length, hash, runs: shown };
  }

  @Mutation(() => ChangedWorkflowRun, {
    description:
      'Moves a run that has not ended to another version of its workflow, by one event. Nothing that is open ends or begins by it; it is refused, with ' +
      'everything that is in the way, where something open has no place there.',
  })
  @Operation({ right: 'run.operate', scope: 'tenant', audit: 'command' })
  async migrateRun(
    @Args('input') { run, version, mapping }: MigrateRunInput,
    @Caller() caller: RequestContext,
  ): Promise<ChangedWorkflowRun> {
    return changedRun(run, await this.migrations.migrate(run, { version, mapping: mappingOf(mapping) }, caller));
  }
}
