// Runs in the API.
import { Inject } from '@nestjs/common';
import { Args, ID, Mutation, Query, Resolver, Subscription } from '@nestjs/graphql';
import { COMMAND_BUS, idOf, type CommandBus, type RequestContext } from '@kari/kernel';
import {
  Caller,
  ConnectionOf,
  Gone,
  Json,
  LIVE_FEED,
  mapPage,
  Operation,
  PageArgs,
  pageRequest,
  type Connection,
  type LiveFeed,
} from '@kari/platform/graphql';
import { REDACTOR, type Redactor } from '@kari/platform/telemetry';
import { rights } from '@kari/protocol';
import { runEvents } from './run.events.js';
import {
  ApprovalArgs,
  changedRun,
  ChangedWorkflowRun,
  DecideApprovalInput,
  factOf,
  momentOf,
  RunArgs,
  runFilterOf,
  RunFilterInput,
  StartRunInput,
  StartTestRunInput,
  WorkflowApproval,
  WorkflowRun,
  WorkflowRunFact,
  WorkflowRunMoment,
  WorkflowRunTotals,
  WorkflowTask,
  WorkflowTimer,
} from './run.graphql.js';
import type { RunFilter } from './run.projection.js';
import { RunQueries } from './run.queries.js';
import { RunStarts } from './run-starts.js';
import type { RunState } from './run-state.rules.js';
import { StuckRuns } from '../stuck/stuck-runs.js';
import { StuckRunsArgs, StuckWorkflowRuns } from '../stuck/stuck.graphql.js';

const about = ({ run }: { run?: string | null }) => (typeof run === 'string' && /^[0-9a-f-]{36}$/.test(run) ? `run:${run}` : null);
/** Fields that hold what people and plugins gave. */
const SHOWN_VALUES: ReadonlySet<string> = new Set([
  'input',
  'arguments',
  'output',
  'error',
  'details',
  'replay',
  'reason',
  'title',
  'comment',
]);
const RUN_FACTS = runEvents.map(({ type }) => type);

@Resolver()
export class RunResolver {
  constructor(
    private readonly queries: RunQueries,
    private readonly starts: RunStarts,
    private readonly stuck: StuckRuns,
    @Inject(COMMAND_BUS) private readonly bus: CommandBus,
    @Inject(LIVE_FEED) private readonly feed: LiveFeed,
    @Inject(REDACTOR) private readonly redactor: Redactor,
  ) {}

  @Query(() => ConnectionOf(WorkflowRun), { description: 'Runs of the tenant, newest first.' })
  @Operation({ right: 'run.read', scope: 'tenant', audit: 'entry' })
  workflowRuns(@Args() args: RunArgs, @Caller() { tenant }: RequestContext): Promise<Connection<WorkflowRun>> {
    return this.masked(this.queries.page(pageRequest('workflowRuns', args, tenant), filterOf(args), args.waitFor ?? null));
  }

  @Query(() => WorkflowRunTotals, { description: 'How many runs of the tenant fit, by status.' })
  @Operation({ right: 'run.read', scope: 'tenant', audit: 'entry' })
  workflowRunTotals(
    @Caller() { tenant }: RequestContext,
    @Args('filter', { type: () => RunFilterInput, nullable: true }) filter?: RunFilterInput | null,
    @Args('waitFor', { type: () => String, nullable: true }) waitFor?: string | null,
  ): Promise<WorkflowRunTotals> {
    return this.queries.totals(tenant, runFilterOf(filter ?? {}), waitFor ?? null);
  }

  @Query(() => StuckWorkflowRuns, {
    description:
      'Open runs that can no longer go on: a plugin that they call has gone or no longer fits, or their document cannot be read or run here. ' +
      'Whoever only waits, for people, time or an event, is not stuck.',
  })
  @Operation({ right: 'run.read', scope: 'tenant', audit: 'entry' })
  async stuckRuns(@Args() { filter, waitFor }: StuckRunsArgs, @Caller() { tenant }: RequestContext): Promise<StuckWorkflowRuns> {
    const { exact, runs } = await this.stuck.among(tenant, runFilterOf(filter ?? {}), waitFor ?? null);
    return { exact, runs: runs.map((one) => ({ ...one, run: this.withoutSecrets(one.run) })) };
  }

  @Query(() => WorkflowRun)
  @Operation({ right: 'run.read', scope: 'tenant', audit: 'entry', subject: about })
  workflowRun(
    @Args('run', { type: () => ID }) run: string,
    @Caller() { tenant }: RequestContext,
    @Args('waitFor', { type: () => String, nullable: true }) waitFor?: string | null,
  ): Promise<WorkflowRun> {
    return this.masked(this.queries.one(tenant, run, waitFor ?? null));
  }

  @Query(() => ConnectionOf(WorkflowTask), { description: 'Tasks of a run in the order in which they were scheduled.' })
  @Operation({ right: 'run.read', scope: 'tenant', audit: 'entry', subject: about })
  workflowTasks(
    @Args() page: PageArgs,
    @Args('run', { type: () => ID }) run: string,
    @Caller() { tenant }: RequestContext,
    @Args('waitFor', { type: () => String, nullable: true }) waitFor?: string | null,
  ): Promise<Connection<WorkflowTask>> {
    return this.masked(this.queries.tasks(pageRequest('workflowTasks', page, tenant), run, waitFor ?? null));
  }

  @Query(() => ConnectionOf(WorkflowTimer), { description: 'Timers that have neither fired nor been taken back.' })
  @Operation({ right: 'run.read', scope: 'tenant', audit: 'entry', subject: about })
  workflowTimers(
    @Args() page: PageArgs,
    @Caller() { tenant }: RequestContext,
    @Args('run', { type: () => ID, nullable: true }) run?: string | null,
  ): Promise<Connection<WorkflowTimer>> {
    return this.queries.timers(pageRequest('workflowTimers', page, tenant), run ?? null);
  }

  @Query(() => ConnectionOf(WorkflowRunFact), { description: 'Everything that happened to a run, oldest first, with every attempt.' })
  @Operation({ right: 'run.read', scope: 'tenant', audit: 'entry', subject: about })
  async workflowRunHistory(
    @Args() page: PageArgs,
    @Args('run', { type: () => ID }) run: string,
    @Caller() { tenant }: RequestContext,
  ): Promise<Connection<WorkflowRunFact>> {
    return mapPage(await this.queries.history(pageRequest('workflowRunHistory', page, tenant), run), (event) =>
      factOf({ ...event, data: this.redactor.masked(event.data) }),
    );
  }

  @Query(() => WorkflowRunMoment, { description: 'The state of a run at a revision of its history; default: now.' })
  @Operation({ right: 'run.read', scope: 'tenant', audit: 'entry', subject: about })
  async workflowRunAt(
    @Args('run', { type: () => ID }) run: string,
    @Caller() { tenant }: RequestContext,
    @Args('revision', { type: () => String, nullable: true }) revision?: string | null,
  ): Promise<WorkflowRunMoment> {
    const upTo = revision === undefined || revision === null || !/^\d{1,18}$/.test(revision) ? null : BigInt(revision);
    const { context, tasks, ...moment } = momentOf(run, await this.queries.facts(tenant, run, upTo));
    return { ...moment, context: this.redactor.masked(context), tasks: this.redactor.masked(tasks) };
  }

  @Query(() => ConnectionOf(WorkflowApproval), { description: 'What workflows ask people to approve, newest first.' })
  @Operation({ right: 'approval.read', scope: 'tenant', audit: 'entry' })
  workflowApprovals(@Args() args: ApprovalArgs, @Caller() { tenant }: RequestContext): Promise<Connection<WorkflowApproval>> {
    const { run = null, status = null, waitFor = null } = args;
    return this.masked(this.queries.approvals(pageRequest('workflowApprovals', args, tenant), { run, status }, waitFor));
  }

  @Mutation(() => ChangedWorkflowRun, { description: 'Starts a run, pinned to one version of its workflow.' })
  @Operation({ right: 'run.start', scope: 'tenant', audit: 'command' })
  async startRun(@Args('input') input: StartRunInput, @Caller() caller: RequestContext): Promise<ChangedWorkflowRun> {
    const { workflow, version = null, idempotencyKey = null } = input;
    const wish = { workflow, version, input: input.input, idempotencyKey, tags: input.tags ?? [] };
    const { run, outcome } = await this.starts.start(wish, caller);
    return changedRun(run, outcome);
  }

  @Mutation(() => ChangedWorkflowRun, { description: 'No task is begun until it is resumed; what is under way may finish.' })
  @Operation({ right: 'run.operate', scope: 'tenant', audit: 'command' })
  pauseRun(
    @Args('run', { type: () => ID }) run: string,
    @Caller() caller: RequestContext,
    @Args('reason', { type: () => String, nullable: true }) reason?: string | null,
  ): Promise<ChangedWorkflowRun> {
    return this.change('PauseRun', { run, reason: reason ?? null }, caller);
  }

  @Mutation(() => ChangedWorkflowRun)
  @Operation({ right: 'run.operate', scope: 'tenant', audit: 'command' })
  resumeRun(@Args('run', { type: () => ID }) run: string, @Caller() caller: RequestContext): Promise<ChangedWorkflowRun> {
    return this.change('ResumeRun', { run }, caller);
  }

  @Mutation(() => ChangedWorkflowRun, {
    description: 'Calls back what is under way, ends child runs, undoes what can be undone, and ends the run.',
  })
  @Operation({ right: 'run.operate', scope: 'tenant', audit: 'command' })
  cancelRun(
    @Args('run', { type: () => ID }) run: string,
    @Caller() caller: RequestContext,
    @Args('reason', { type: () => String, nullable: true }) reason?: string | null,
  ): Promise<ChangedWorkflowRun> {
    return this.change('CancelRun', { run, reason: reason ?? null }, caller);
  }

  @Mutation(() => ChangedWorkflowRun, { description: 'Tries a failed run again from the task that failed, or from one around it.' })
  @Operation({ right: 'run.operate', scope: 'tenant', audit: 'command' })
  retryRun(
    @Args('run', { type: () => ID }) run: string,
    @Caller() caller: RequestContext,
    @Args('task', { type: () => ID, nullable: true, description: 'Default: the one that failed.' }) task?: string | null,
  ): Promise<ChangedWorkflowRun> {
    return this.change('RetryRun', { run, task: task ?? null }, caller);
  }

  @Mutation(() => ChangedWorkflowRun, {
    description: 'Starts another run of the same version, with the input of this one or an edited one.',
  })
  @Operation({ right: 'run.operate', scope: 'tenant', audit: 'command' })
  async forkRun(
    @Args('run', { type: () => ID }) run: string,
    @Caller() caller: RequestContext,
    @Args('input', { type: () => Json, nullable: true, description: 'Default: the input of that run.' }) input?: unknown,
  ): Promise<ChangedWorkflowRun> {
    const started = await this.starts.fork(run, input, caller);
    return changedRun(started.run, started.outcome);
  }

  @Mutation(() => ChangedWorkflowRun, {
    description:
      'Repeats a run that has ended, with its recorded results, in a run of its own that performs nothing: against its version or another one. ' +
      'It covers effects that went through the platform only; its report is in the field `replay` of the run.',
  })
  @Operation({ right: 'run.operate', scope: 'tenant', audit: 'command' })
  async replayRun(
    @Args('run', { type: () => ID }) run: string,
    @Caller() caller: RequestContext,
    @Args('version', { type: () => String, nullable: true, description: 'Default: the version that it ran in.' }) version?: string | null,
  ): Promise<ChangedWorkflowRun> {
    const started = await this.starts.replay(run, version ?? null, caller);
    return changedRun(started.run, started.outcome);
  }

  @Mutation(() => ChangedWorkflowRun, {
    description:
      'Starts a run for a trial, marked as one everywhere. Tasks that are pinned are not done; all others are, with their effects.',
  })
  @Operation({ right: 'run.start', scope: 'tenant', audit: 'command' })
  async startTestRun(@Args('input') input: StartTestRunInput, @Caller() caller: RequestContext): Promise<ChangedWorkflowRun> {
    const { workflow, version = null, pins } = input;
    const { run, outcome } = await this.starts.test({ workflow, version, input: input.input, tags: [] }, pins, caller);
    return changedRun(run, outcome);
  }

  @Mutation(() => ChangedWorkflowRun, { description: 'Approves or rejects what a workflow asks; it goes on at once.' })
  @Operation({ right: 'approval.decide', scope: 'tenant', audit: 'command' })
  decideApproval(@Args('input') input: DecideApprovalInput, @Caller() caller: RequestContext): Promise<ChangedWorkflowRun> {
    const { run, approval, decision, comment = null } = input;
    return this.change('DecideApproval', { run, approval, decision, comment, rights: rightsOf(caller) }, caller);
  }

  @Subscription(() => WorkflowRun, {
    description: 'A run each time it changes; of all runs when none is named. `after` resumes behind a position.',
    resolve: (run: WorkflowRun) => run,
  })
  @Operation({ right: 'run.read', scope: 'tenant', audit: 'entry', subject: about })
  async *workflowRunChanged(
    @Args('run', { type: () => ID, nullable: true }) run: string | null,
    @Args('after', { type: () => String, nullable: true }) after: string | null,
    @Caller() { tenant }: RequestContext,
    @Gone() signal: AbortSignal,
  ): AsyncGenerator<WorkflowRun> {
    for await (const event of this.feed.watch({ tenant, types: RUN_FACTS, categories: ['workflow.run'], after: after ?? null, signal })) {
      const id = idOf(event.stream);
      if ((run ?? id) === id) yield await this.masked(this.queries.one(tenant, id, event.position));
    }
  }

  /** What went in and came out is shown without the secrets in it: one value, or the nodes of a page. */
  private async masked<T extends object>(asked: Promise<T>): Promise<T> {
    const found = await asked;
    if ('edges' in found) return mapPage(found as unknown as Connection<object>, (node) => this.withoutSecrets(node)) as unknown as T;
    return this.withoutSecrets(found);
  }

  private withoutSecrets<T extends object>(shown: T): T {
    const values = Object.entries(shown).filter(([field]) => SHOWN_VALUES.has(field));
    return { ...shown, ...Object.fromEntries(values.map(([field, value]) => [field, this.redactor.masked(value)])) };
  }

  private async change(
    type: string,
    data: { readonly run: string; readonly [field: string]: unknown },
    caller: RequestContext,
  ): Promise<ChangedWorkflowRun> {
    return changedRun(data.run, await this.bus.send<RunState>({ type, data }, caller));
  }
}

function filterOf({ workflow, status, parent, search, filter }: RunArgs): RunFilter {
  const given = runFilterOf(filter ?? {});
  return {
    ...given,
    workflow: workflow ?? given.workflow,
    parent: parent ?? given.parent,
    search: search ?? given.search,
    statuses: status === undefined || status === null ? given.statuses : [status],
  };
}

/** Which of the platform's rights the one who decides holds here: an approval may ask for one of them. */
function rightsOf({ principal, tenant }: RequestContext): readonly string[] {
  return Object.keys(rights).filter((right) => principal.may(right, tenant));
}
