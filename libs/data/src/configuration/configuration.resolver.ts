// Configuration in the API. From the platform ("Kari-Tenant: _") it is the one of every tenant.
import { Inject } from '@nestjs/common';
import { Args, ID, Int, Mutation, Query, Resolver, Subscription } from '@nestjs/graphql';
import { COMMAND_BUS, rejected, type CommandBus, type RequestContext } from '@kari/kernel';
import { Caller, Gone, LIVE_FEED, Operation, type LiveFeed } from '@kari/platform/graphql';
import type { ConfigurationState } from './configuration.decider.js';
import {
  ChangedConfiguration,
  changedConfiguration,
  ConfigurationChange,
  changeOf,
  Configuration,
  ConfigurationDifference,
  RevertConfigurationInput,
  SetConfigurationInput,
} from './configuration.graphql.js';
import { FoldedConfigurations } from './configurations.js';

const MOST_CHANGES = 200;
const aboutConfiguration = ({ extension }: { extension: string }) => `config:${extension}`;

@Resolver()
export class ConfigurationResolver {
  constructor(
    private readonly configurations: FoldedConfigurations,
    @Inject(COMMAND_BUS) private readonly bus: CommandBus,
    @Inject(LIVE_FEED) private readonly feed: LiveFeed,
  ) {}

  @Query(() => Configuration)
  @Operation({ right: 'config.read', scope: 'tenant', audit: 'entry', subject: aboutConfiguration })
  configuration(@Args('extension', { type: () => ID }) extension: string, @Caller() { tenant }: RequestContext): Promise<Configuration> {
    return this.configurations.view(tenant, extension);
  }

  @Query(() => [ConfigurationChange], { description: 'Changes of the own values, newest first.' })
  @Operation({ right: 'config.read', scope: 'tenant', audit: 'entry', subject: aboutConfiguration })
  async configurationHistory(
    @Args('extension', { type: () => ID }) extension: string,
    @Args('first', { type: () => Int, defaultValue: 50, description: `1 to ${MOST_CHANGES}` }) first: number,
    @Caller() { tenant }: RequestContext,
  ): Promise<readonly ConfigurationChange[]> {
    return (await this.configurations.history(tenant, extension, within(first))).map(changeOf);
  }

  @Mutation(() => ChangedConfiguration)
  @Operation({ right: 'config.manage', scope: 'tenant', audit: 'command' })
  async setConfiguration(@Args('input') input: SetConfigurationInput, @Caller() caller: RequestContext): Promise<ChangedConfiguration> {
    const { extension, values, expectedRevision } = input;
    const data = { extension, values, ...(typeof expectedRevision === 'number' ? { expectedRevision } : {}) };
    return changedConfiguration(extension, await this.bus.send<ConfigurationState>({ type: 'SetConfiguration', data }, caller));
  }

  @Query(() => [ConfigurationDifference], { description: 'What differs in the own values after one change and after another, by name.' })
  @Operation({ right: 'config.read', scope: 'tenant', audit: 'entry', subject: aboutConfiguration })
  configurationDiff(
    @Args('extension', { type: () => ID }) extension: string,
    @Args('from', { type: () => Int, description: '-1: before the first change.' }) from: number,
    @Args('to', { type: () => Int }) to: number,
    @Caller() { tenant }: RequestContext,
  ): Promise<readonly ConfigurationDifference[]> {
    return this.configurations.difference(tenant, extension, from, to);
  }

  @Mutation(() => ChangedConfiguration, { description: 'Sets the own values to what they were, judged by the schema that applies now.' })
  @Operation({ right: 'config.manage', scope: 'tenant', audit: 'command' })
  async revertConfiguration(
    @Args('input') { extension, to, expectedRevision }: RevertConfigurationInput,
    @Caller() caller: RequestContext,
  ): Promise<ChangedConfiguration> {
    const facts = { then: await this.configurations.at(caller.tenant, extension, to) };
    const data = { extension, to, facts, ...(typeof expectedRevision === 'number' ? { expectedRevision } : {}) };
    return changedConfiguration(extension, await this.bus.send<ConfigurationState>({ type: 'RevertConfiguration', data }, caller));
  }

  @Mutation(() => ChangedConfiguration, { description: 'Takes back all own values: global values and defaults apply.' })
  @Operation({ right: 'config.manage', scope: 'tenant', audit: 'command' })
  async clearConfiguration(
    @Args('extension', { type: () => ID }) extension: string,
    @Caller() caller: RequestContext,
  ): Promise<ChangedConfiguration> {
    return changedConfiguration(
      extension,
      await this.bus.send<ConfigurationState>({ type: 'ClearConfiguration', data: { extension } }, caller),
    );
  }

  @Subscription(() => Configuration, {
    description: 'Each configuration of this tenant as it changes; `after` resumes behind a position.',
    resolve: (configuration: Configuration) => configuration,
  })
  @Operation({ right: 'config.read', scope: 'tenant', audit: 'entry' })
  async *configurationChanged(
    @Args('after', { type: () => String, nullable: true }) after: string | null,
    @Caller() { tenant }: RequestContext,
    @Gone() signal: AbortSignal,
  ): AsyncGenerator<Configuration> {
    for await (const event of this.feed.watch({
      tenant,
      types: ['ConfigurationSet', 'ConfigurationCleared'],
      after: after ?? null,
      signal,
    })) {
      yield await this.configurations.view(tenant, (event.data as { extension: string }).extension);
    }
  }
}

function within(first: number): number {
  if (first >= 1 && first <= MOST_CHANGES) return first;
  throw rejected('REQUEST_INVALID', { operation: 'configurationHistory', reason: `"first" must be between 1 and ${MOST_CHANGES}` });
}
