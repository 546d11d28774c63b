// Automations in the API.
import { Inject } from '@nestjs/common';
import { Args, ID, Mutation, Query, Resolver, Subscription } from '@nestjs/graphql';
import { COMMAND_BUS, type CommandBus, type RequestContext } from '@kari/kernel';
import { Caller, ConnectionOf, Gone, Operation, pageRequest, type Connection } from '@kari/platform/graphql';
import { DeliveryQueries } from '../delivery/delivery.queries.js';
import { AutomationChanges, type AutomationChanged } from './automation-changes.js';
import type { AutomationState } from './automation.decider.js';
import {
  answerOf,
  Automation,
  AutomationAnswer,
  AutomationHistoryArgs,
  automationOfView,
  AutomationsArgs,
  changedAutomation,
  ChangedAutomation,
  SaveAutomationInput,
} from './automation.graphql.js';
import type { AutomationSaved } from './automation.events.js';
import { AutomationQueries } from './automation.queries.js';
import { startedBy, subscriberOf } from './automation.rules.js';
import { SavedAutomations } from './saved-automations.js';

const about = ({ name }: { readonly name?: unknown }): string => `automation:${String(name)}`;

@Resolver()
export class AutomationResolver {
  constructor(
    private readonly queries: AutomationQueries,
    private readonly deliveries: DeliveryQueries,
    private readonly saved: SavedAutomations,
    private readonly live: AutomationChanges,
    @Inject(COMMAND_BUS) private readonly bus: CommandBus,
  ) {}

  @Query(() => ConnectionOf(Automation), { description: 'The automations of this tenant, by name.' })
  @Operation({ right: 'automation.read', scope: 'tenant', audit: 'entry' })
  async automations(@Args() { waitFor, ...page }: AutomationsArgs, @Caller() { tenant }: RequestContext): Promise<Connection<Automation>> {
    return mapped(await this.queries.page(pageRequest('automations', page, tenant), waitFor ?? null), automationOfView);
  }

  @Query(() => Automation, { nullable: true })
  @Operation({ right: 'automation.read', scope: 'tenant', audit: 'entry', subject: about })
  async automation(
    @Args('name', { type: () => ID }) name: string,
    @Args('waitFor', { type: () => String, nullable: true }) waitFor: string | null,
    @Caller() { tenant }: RequestContext,
  ): Promise<Automation | null> {
    const found = await this.queries.find(tenant, name, waitFor ?? null);
    return found === null ? null : automationOfView(found);
  }

  @Query(() => ConnectionOf(AutomationAnswer), { description: 'What an automation did with each event, newest event first.' })
  @Operation({ right: 'automation.read', scope: 'tenant', audit: 'entry', subject: about })
  async automationHistory(
    @Args() { name, ...page }: AutomationHistoryArgs,
    @Caller() { tenant }: RequestContext,
  ): Promise<Connection<AutomationAnswer>> {
    const filter = { event: null, subscriber: subscriberOf(name), state: null };
    return mapped(await this.deliveries.page(pageRequest('automationHistory', page, tenant), filter), answerOf);
  }

  @Mutation(() => ChangedAutomation, { description: 'Makes an automation, enabled, or changes one.' })
  @Operation({ right: 'automation.manage', scope: 'tenant', audit: 'command' })
  async saveAutomation(
    @Args('input', { type: () => SaveAutomationInput }) { name, description, type, filter, input, ...named }: SaveAutomationInput,
    @Caller() caller: RequestContext,
  ): Promise<ChangedAutomation> {
    const form = {
      name,
      description: description ?? '',
      type,
      filter: filter ?? null,
      input: (input ?? null) as AutomationSaved['input'],
      ...startedBy(named),
    };
    return changedAutomation(name, await this.saved.save(form, caller));
  }

  @Mutation(() => ChangedAutomation, { description: 'It answers events that are published from now on.' })
  @Operation({ right: 'automation.manage', scope: 'tenant', audit: 'command' })
  enableAutomation(@Args('name', { type: () => ID }) name: string, @Caller() caller: RequestContext): Promise<ChangedAutomation> {
    return this.change('EnableAutomation', name, caller);
  }

  @Mutation(() => ChangedAutomation, { description: 'It answers nothing until it is enabled again; what it had not done yet is skipped.' })
  @Operation({ right: 'automation.manage', scope: 'tenant', audit: 'command' })
  disableAutomation(@Args('name', { type: () => ID }) name: string, @Caller() caller: RequestContext): Promise<ChangedAutomation> {
    return this.change('DisableAutomation', name, caller);
  }

  @Mutation(() => ChangedAutomation)
  @Operation({ right: 'automation.manage', scope: 'tenant', audit: 'command' })
  deleteAutomation(@Args('name', { type: () => ID }) name: string, @Caller() caller: RequestContext): Promise<ChangedAutomation> {
    return this.change('DeleteAutomation', name, caller);
  }

  @Subscription(() => ChangedAutomation, {
    description: 'Each automation as it changes; `after` resumes behind a position.',
    resolve: ({ name, ...changed }: AutomationChanged) => changedAutomation(name, changed),
  })
  @Operation({ right: 'automation.read', scope: 'tenant', audit: 'entry' })
  automationChanged(
    @Args('after', { type: () => String, nullable: true }) after: string | null,
    @Caller() { tenant }: RequestContext,
    @Gone() signal: AbortSignal,
  ): AsyncIterable<AutomationChanged> {
    return this.live.changes(tenant, after ?? null, signal);
  }

  private async change(type: string, name: string, caller: RequestContext): Promise<ChangedAutomation> {
    return changedAutomation(name, await this.bus.send<AutomationState>({ type, data: { name } }, caller));
  }
}

function mapped<A, B>({ edges, pageInfo }: Connection<A>, map: (row: A) => B): Connection<B> {
  const shown = edges.map(({ cursor, node }) => ({ cursor, node: map(node) }));
  return { edges: shown, nodes: shown.map(({ node }) => node), pageInfo };
}
