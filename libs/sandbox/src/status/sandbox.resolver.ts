// Sandboxes in the API.
import { Inject } from '@nestjs/common';
import { Args, ID, Mutation, Query, Resolver, Subscription } from '@nestjs/graphql';
import { COMMAND_BUS, type CommandBus, type RecordedEvent, type RequestContext } from '@kari/kernel';
import {
  Caller,
  ConnectionOf,
  LIVE_FEED,
  mapPage,
  Operation,
  PageArgs,
  pageRequest,
  type Connection,
  type LiveFeed,
} from '@kari/platform/graphql';
import { Broker } from '../broker/broker.js';
import { parsedRequest } from '../broker/request-text.js';
import { ISOLATION, LEVEL_POLICY } from '../tokens.js';
import type { Isolation } from '../level/isolation.js';
import type { Level, MinimumLevels } from '../level/level.rules.js';
import type { LevelPolicy } from '../level/level-policy.js';
import type { SupervisorState } from '../supervision/supervisor.decider.js';
import { sandboxEventTypes } from '../supervision/supervisor.events.js';
import {
  brokerVerdict,
  BrokerVerdict,
  changedMinimumLevel,
  ChangedMinimumLevel,
  changedSandbox,
  ChangedSandbox,
  Sandbox,
  SandboxChange,
  sandboxChange,
  SandboxIsolation,
  sandboxIsolation,
  SandboxLevelEnum,
  sandboxOf,
  TrustClassEnum,
} from './sandbox.graphql.js';
import { StatusQueries } from './status.queries.js';

const aboutSandbox = ({ extension }: { extension: string }) => `sandbox:${extension}`;

@Resolver()
export class SandboxResolver {
  constructor(
    private readonly queries: StatusQueries,
    private readonly broker: Broker,
    @Inject(ISOLATION) private readonly isolation: Isolation,
    @Inject(LEVEL_POLICY) private readonly levels: LevelPolicy,
    @Inject(LIVE_FEED) private readonly feed: LiveFeed,
    @Inject(COMMAND_BUS) private readonly bus: CommandBus,
  ) {}

  @Query(() => ConnectionOf(Sandbox), {
    description: 'Sandboxes of the tenant acted on; of every tenant from the platform ("Kari-Tenant: _").',
  })
  @Operation({ right: 'sandbox.read', scope: 'tenant', audit: 'entry' })
  async sandboxes(
    @Args() page: PageArgs,
    @Args('waitFor', { type: () => String, nullable: true }) waitFor: string | null,
    @Caller() caller: RequestContext,
  ): Promise<Connection<Sandbox>> {
    return mapPage(await this.queries.page(pageRequest('sandboxes', page, caller.tenant), waitFor ?? null), sandboxOf);
  }

  @Query(() => Sandbox)
  @Operation({ right: 'sandbox.read', scope: 'tenant', audit: 'entry', subject: aboutSandbox })
  async sandbox(@Args('extension', { type: () => ID }) extension: string, @Caller() caller: RequestContext): Promise<Sandbox> {
    return sandboxOf(await this.queries.one(caller, extension));
  }

  @Query(() => SandboxIsolation)
  @Operation({ right: 'sandbox.read', scope: 'tenant', audit: 'entry' })
  async sandboxLevel(): Promise<SandboxIsolation> {
    return sandboxIsolation(this.isolation.report(), await this.levels.minimums());
  }

  @Query(() => BrokerVerdict, {
    description: 'Whether a broker call of an extension would be allowed now; `request` is its parameters as JSON.',
  })
  @Operation({ right: 'grant.read', scope: 'tenant', audit: 'entry', subject: aboutSandbox })
  whyDenied(
    @Args('extension', { type: () => ID }) extension: string,
    @Args('method', { description: '`<capability>.<operation>`.' }) method: string,
    @Args('request', { defaultValue: '{}' }) request: string,
    @Caller() caller: RequestContext,
  ): BrokerVerdict {
    return brokerVerdict(this.broker.explain(caller.tenant, extension, method, parsedRequest(request)));
  }

  @Mutation(() => SandboxIsolation, { description: 'Measures the isolation level again; running sandboxes are not touched.' })
  @Operation({ right: 'sandbox.level', scope: 'platform', audit: 'entry' })
  async runSelfTest(): Promise<SandboxIsolation> {
    return sandboxIsolation(await this.isolation.prove(), await this.levels.minimums());
  }

  @Mutation(() => ChangedMinimumLevel, { description: 'Lowering a class stays visible as a warning for as long as it holds.' })
  @Operation({ right: 'sandbox.level', scope: 'platform', audit: 'command' })
  async setMinimumLevel(
    @Args('trust', { type: () => TrustClassEnum }) trust: keyof MinimumLevels,
    @Args('level', { type: () => SandboxLevelEnum }) level: Level,
    @Caller() caller: RequestContext,
  ): Promise<ChangedMinimumLevel> {
    return changedMinimumLevel(await this.bus.send<MinimumLevels>({ type: 'SetMinimumLevel', data: { trust, level } }, caller));
  }

  @Mutation(() => ChangedSandbox)
  @Operation({ right: 'sandbox.operate', scope: 'tenant', audit: 'command' })
  async restartSandbox(
    @Args('extension', { type: () => ID }) extension: string,
    @Caller() caller: RequestContext,
  ): Promise<ChangedSandbox> {
    return changedSandbox(extension, await this.bus.send<SupervisorState>({ type: 'RestartSandbox', data: { extension } }, caller));
  }

  @Mutation(() => ChangedSandbox, { description: 'Lets a sandbox out of quarantine; its next start is a trial.' })
  @Operation({ right: 'sandbox.operate', scope: 'tenant', audit: 'command' })
  async releaseSandbox(
    @Args('extension', { type: () => ID }) extension: string,
    @Caller() caller: RequestContext,
  ): Promise<ChangedSandbox> {
    return changedSandbox(extension, await this.bus.send<SupervisorState>({ type: 'ReleaseSandbox', data: { extension } }, caller));
  }

  @Subscription(() => SandboxChange, {
    description: 'Each step of the sandboxes of the tenant acted on; `after` resumes behind a position.',
    resolve: (event: RecordedEvent) => sandboxChange(event),
  })
  @Operation({ right: 'sandbox.read', scope: 'tenant', audit: 'entry' })
  sandboxStatus(
    @Args('after', { type: () => String, nullable: true }) after: string | null,
    @Caller() caller: RequestContext,
  ): AsyncIterable<RecordedEvent> {
    return this.feed.watch({ tenant: caller.tenant, types: sandboxEventTypes, after });
  }
}
