// Workflows in the API.
import { Inject } from '@nestjs/common';
import { Args, ID, Int, Mutation, Query, Resolver, Subscription } from '@nestjs/graphql';
import { COMMAND_BUS, type CommandBus, type RequestContext } from '@kari/kernel';
import { Caller, ConnectionOf, Gone, mapPage, Operation, pageRequest, type Connection } from '@kari/platform/graphql';
import { DefinitionChanges, type WorkflowChanged } from './definition-changes.js';
import type { WorkflowState } from './definition.decider.js';
import {
  changedWorkflow,
  ChangedWorkflow,
  versionOf,
  Workflow,
  WorkflowChange,
  WorkflowFormatEnum,
  workflowOf,
  WorkflowsArgs,
  WorkflowValidation,
  WorkflowVersion,
  WorkflowVersionsArgs,
} from './definition.graphql.js';
import { DefinitionQueries } from './definition.queries.js';
import { Definitions } from './definitions.js';
import { mermaidOf } from './diagram.rules.js';
import { writeDocument, type DocumentFormat } from './document-text.js';

const about = ({ id }: { id: string }) => `workflow:${id}`;

@Resolver()
export class DefinitionResolver {
  constructor(
    private readonly definitions: Definitions,
    private readonly queries: DefinitionQueries,
    private readonly live: DefinitionChanges,
    @Inject(COMMAND_BUS) private readonly bus: CommandBus,
  ) {}

  @Query(() => ConnectionOf(Workflow), { description: 'Workflows of this tenant, by name.' })
  @Operation({ right: 'workflow.read', scope: 'tenant', audit: 'entry' })
  async workflows(@Args() { waitFor, ...page }: WorkflowsArgs, @Caller() { tenant }: RequestContext): Promise<Connection<Workflow>> {
    return mapPage(await this.queries.page(pageRequest('workflows', page, tenant), waitFor ?? null), workflowOf);
  }

  @Query(() => Workflow)
  @Operation({ right: 'workflow.read', scope: 'tenant', audit: 'entry', subject: about })
  async workflow(
    @Args('id', { type: () => ID }) id: string,
    @Args('waitFor', { type: () => String, nullable: true }) waitFor: string | null,
    @Caller() { tenant }: RequestContext,
  ): Promise<Workflow> {
    return workflowOf(await this.queries.one(tenant, id, waitFor ?? null));
  }

  @Query(() => ConnectionOf(WorkflowVersion), { description: 'Versions of a workflow, newest first.' })
  @Operation({ right: 'workflow.read', scope: 'tenant', audit: 'entry', subject: about })
  async workflowVersions(
    @Args() { id, waitFor, ...page }: WorkflowVersionsArgs,
    @Caller() { tenant }: RequestContext,
  ): Promise<Connection<WorkflowVersion>> {
    return mapPage(await this.queries.versions(pageRequest('workflowVersions', page, tenant), id, waitFor ?? null), versionOf);
  }

  @Query(() => [WorkflowChange], { description: 'What differs between two versions; tasks are matched by name.' })
  @Operation({ right: 'workflow.read', scope: 'tenant', audit: 'entry', subject: about })
  async workflowDiff(
    @Args('id', { type: () => ID }) id: string,
    @Args('from', { type: () => Int }) from: number,
    @Args('to', { type: () => Int }) to: number,
    @Args('waitFor', { type: () => String, nullable: true }) waitFor: string | null,
    @Caller() { tenant }: RequestContext,
  ): Promise<WorkflowChange[]> {
    return [...(await this.queries.difference(tenant, id, from, to, waitFor ?? null))];
  }

  @Query(() => WorkflowValidation, { description: 'Judges a document, YAML or JSON, against this tenant; nothing is saved.' })
  @Operation({ right: 'workflow.read', scope: 'tenant', audit: 'entry' })
  async validateWorkflow(@Args('source') source: string, @Caller() { tenant }: RequestContext): Promise<WorkflowValidation> {
    const { problems, warnings } = await this.definitions.validate(source, tenant);
    return { valid: problems.length === 0, problems, warnings };
  }

  @Query(() => String, { description: 'The document of a version, the latest by default, to be saved elsewhere.' })
  @Operation({ right: 'workflow.read', scope: 'tenant', audit: 'entry', subject: about })
  async exportWorkflow(
    @Args('id', { type: () => ID }) id: string,
    @Args('format', { type: () => WorkflowFormatEnum, defaultValue: 'yaml' }) format: DocumentFormat,
    @Args('version', { type: () => Int, nullable: true }) version: number | null,
    @Args('waitFor', { type: () => String, nullable: true }) waitFor: string | null,
    @Caller() { tenant }: RequestContext,
  ): Promise<string> {
    return writeDocument(await this.queries.document(tenant, id, version ?? null, waitFor ?? null), format);
  }

  @Query(() => String, { description: 'A version, the latest by default, as a Mermaid flowchart.' })
  @Operation({ right: 'workflow.read', scope: 'tenant', audit: 'entry', subject: about })
  async workflowDiagram(
    @Args('id', { type: () => ID }) id: string,
    @Args('version', { type: () => Int, nullable: true }) version: number | null,
    @Args('waitFor', { type: () => String, nullable: true }) waitFor: string | null,
    @Caller() { tenant }: RequestContext,
  ): Promise<string> {
    return mermaidOf(await this.queries.document(tenant, id, version ?? null, waitFor ?? null));
  }

  @Mutation(() => ChangedWorkflow, {
    description: 'Saves a document, YAML or JSON, as a new version of the workflow it names. It is not active yet.',
  })
  @Operation({ right: 'workflow.manage', scope: 'tenant', audit: 'command' })
  async saveWorkflow(
    @Args('source') source: string,
    @Args('expectedVersion', {
      type: () => Int,
      nullable: true,
      description: 'The latest version its author has seen; 0 for a new workflow.',
    })
    expectedVersion: number | null,
    @Caller() caller: RequestContext,
  ): Promise<ChangedWorkflow> {
    const outcome = await this.definitions.save(source, expectedVersion ?? null, caller);
    return changedWorkflow(outcome.workflow, outcome, outcome.warnings);
  }

  @Mutation(() => ChangedWorkflow, { description: 'From now on this version starts. Runs in flight stay on theirs.' })
  @Operation({ right: 'workflow.manage', scope: 'tenant', audit: 'command' })
  async activateWorkflow(
    @Args('id', { type: () => ID }) id: string,
    @Args('version', { type: () => Int }) version: number,
    @Caller() caller: RequestContext,
  ): Promise<ChangedWorkflow> {
    return changedWorkflow(id, await this.bus.send<WorkflowState>({ type: 'ActivateWorkflow', data: { workflow: id, version } }, caller));
  }

  @Mutation(() => ChangedWorkflow, { description: 'Nothing starts it any more. Runs in flight go on.' })
  @Operation({ right: 'workflow.manage', scope: 'tenant', audit: 'command' })
  async deactivateWorkflow(@Args('id', { type: () => ID }) id: string, @Caller() caller: RequestContext): Promise<ChangedWorkflow> {
    return changedWorkflow(id, await this.bus.send<WorkflowState>({ type: 'DeactivateWorkflow', data: { workflow: id } }, caller));
  }

  @Mutation(() => ChangedWorkflow, { description: 'Refused while runs need it.' })
  @Operation({ right: 'workflow.manage', scope: 'tenant', audit: 'command' })
  async deleteWorkflow(@Args('id', { type: () => ID }) id: string, @Caller() caller: RequestContext): Promise<ChangedWorkflow> {
    return changedWorkflow(id, await this.definitions.delete(id, caller));
  }

  @Subscription(() => ChangedWorkflow, {
    description: 'Each workflow as it changes; `after` resumes behind a position.',
    resolve: (changed: WorkflowChanged) => changedWorkflow(changed.workflow, changed),
  })
  @Operation({ right: 'workflow.read', scope: 'tenant', audit: 'entry' })
  workflowChanged(
    @Args('after', { type: () => String, nullable: true }) after: string | null,
    @Caller() { tenant }: RequestContext,
    @Gone() signal: AbortSignal,
  ): AsyncIterable<WorkflowChanged> {
    return this.live.changes(tenant, after ?? null, signal);
  }
}
