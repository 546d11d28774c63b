// Wires sandboxes: their commands, events and view, the broker with its built-in capabilities, and the host that runs them.
import { Global, Inject, Module, type OnModuleDestroy } from '@nestjs/common';
import {
  AUDIT,
  CLOCK,
  COMMAND_BUS,
  EVENT_STORE,
  IDS,
  RANDOM,
  TIMERS,
  type Audit,
  type Clock,
  type CommandBus,
  type EventStore,
  type Ids,
  type Random,
  type Timers,
} from '@kari/kernel';
import { BLOBS, type Blobs } from '@kari/platform/blob';
import { CONFIG, type Config } from '@kari/platform/config';
import { HEALTH_CHECKS, type HealthCheck } from '@kari/platform/http';
import {
  COMMANDS,
  EVENTS,
  PROJECTIONS,
  REACTORS,
  Registry,
  type AnyCommandDefinition,
  type AnyEventDefinition,
  type AnyProjection,
  type Reactor,
} from '@kari/platform/registry';
import { LOGGER, METRICS, type Logger, type MetricsRegistry } from '@kari/platform/telemetry';
import { CONFIGURATIONS, type Configurations } from '@kari/data/contract';
import { INSTALLATIONS, type Installations } from '@kari/extension/contract';
import { TENANTS, type Tenants } from '@kari/tenancy/contract';
import { resolve } from 'node:path';
import { Broker } from './broker/broker.js';
import { configCapability } from './broker/config.capability.js';
import { logCapability } from './broker/log.capability.js';
import { metricsCapability } from './broker/metrics.capability.js';
import { RATE_LIMITER, type RateLimiter } from '@kari/platform/quotas';
import { CAPABILITIES, SANDBOX_LIFECYCLE, SANDBOX_OBSERVER, SANDBOXES, type Capability, type SandboxObserver } from './contract.js';
import { contentsOf } from './launcher/blob-contents.adapter.js';
import { findEngine, findRunner, openFolder } from './launcher/engine.adapter.js';
import { Isolation } from './level/isolation.js';
import { LevelPolicy } from './level/level-policy.js';
import { minimumLevelEvents } from './level/minimum-level.events.js';
import { sandboxCommands } from './sandbox.commands.js';
import { registerSandboxMetrics, sandboxHealth } from './status/sandbox-health.js';
import { SandboxResolver } from './status/sandbox.resolver.js';
import { statusProjection } from './status/status.projection.js';
import { StatusQueries } from './status/status.queries.js';
import { sandboxLimits } from './supervision/limits.js';
import { operatorReactor } from './supervision/operator.reactor.js';
import { SandboxHost } from './supervision/sandbox-host.js';
import { sandboxEvents } from './supervision/supervisor.events.js';
import { ISOLATION, LEVEL_POLICY } from './tokens.js';

const deaf: SandboxObserver = { called: () => undefined, logged: () => undefined, measured: () => undefined, consumed: () => undefined };

@Global()
@Module({
  providers: [
    { provide: CAPABILITIES, useFactory: () => new Registry<Capability>('capability', ({ name }) => name) },
    { provide: LEVEL_POLICY, useFactory: (store: EventStore) => new LevelPolicy(store), inject: [EVENT_STORE] },
    {
      provide: ISOLATION,
      useFactory: (config: Config, blobs: Blobs, clock: Clock, timers: Timers, ids: Ids, random: Random, logger: Logger) =>
        new Isolation(
          () => ({
            engine: findEngine(),
            runner: findRunner(),
            folder: openFolder(config.dataDir),
            ledgerFolder: resolve(config.dataDir, 'processes', 'sandbox'),
            contents: contentsOf(blobs),
          }),
          { clock, timers, ids, random, logger },
        ),
      inject: [CONFIG, BLOBS, CLOCK, TIMERS, IDS, RANDOM, LOGGER],
    },
    {
      provide: Broker,
      useFactory: (
        capabilities: Registry<Capability>,
        installations: Installations,
        tenants: Tenants,
        audit: Audit,
        clock: Clock,
        timers: Timers,
        ids: Ids,
        logger: Logger,
        rates: RateLimiter,
      ) => new Broker({ capability: (name) => capabilities.get(name), installations, tenants, audit, rates, clock, timers, ids, logger }),
      inject: [CAPABILITIES, INSTALLATIONS, TENANTS, AUDIT, CLOCK, TIMERS, IDS, LOGGER, RATE_LIMITER],
    },
    {
      provide: SandboxHost,
      useFactory: (
        broker: Broker,
        isolation: Isolation,
        levels: LevelPolicy,
        bus: CommandBus,
        store: EventStore,
        installations: Installations,
        tenants: Tenants,
        configurations: Configurations,
        clock: Clock,
        timers: Timers,
        ids: Ids,
        random: Random,
        logger: Logger,
        observer: SandboxObserver = deaf,
      ) =>
        new SandboxHost({
          tools: { clock, timers, ids, random, logger, observer, broker },
          bus,
          store,
          installations,
          tenants,
          configurations,
          isolation,
          levels,
          limits: sandboxLimits(),
        }),
      inject: [
        Broker,
        ISOLATION,
        LEVEL_POLICY,
        COMMAND_BUS,
        EVENT_STORE,
        INSTALLATIONS,
        TENANTS,
        CONFIGURATIONS,
        CLOCK,
        TIMERS,
        IDS,
        RANDOM,
        LOGGER,
        { token: SANDBOX_OBSERVER, optional: true },
      ],
    },
    { provide: SANDBOXES, useExisting: SandboxHost },
    { provide: SANDBOX_LIFECYCLE, useExisting: SandboxHost },
    StatusQueries,
    SandboxResolver,
  ],
  exports: [CAPABILITIES, SANDBOXES, SANDBOX_LIFECYCLE],
})
export class SandboxModule implements OnModuleDestroy {
  constructor(
    @Inject(COMMANDS) commands: Registry<AnyCommandDefinition>,
    @Inject(EVENTS) events: Registry<AnyEventDefinition>,
    @Inject(PROJECTIONS) projections: Registry<AnyProjection>,
    @Inject(REACTORS) reactors: Registry<Reactor>,
    @Inject(CAPABILITIES) capabilities: Registry<Capability>,
    @Inject(HEALTH_CHECKS) checks: Registry<HealthCheck>,
    @Inject(METRICS) metrics: MetricsRegistry,
    @Inject(CONFIGURATIONS) configurations: Configurations,
    @Inject(ISOLATION) isolation: Isolation,
    @Inject(LEVEL_POLICY) levels: LevelPolicy,
    @Inject(SandboxHost) private readonly host: SandboxHost,
  ) {
    commands.add(...sandboxCommands);
    events.add(...sandboxEvents, ...minimumLevelEvents);
    projections.add(statusProjection);
    reactors.add(operatorReactor(host));
    capabilities.add(logCapability, metricsCapability(host.observer), configCapability(configurations));
    checks.add(sandboxHealth(host, isolation, levels));
    registerSandboxMetrics(metrics, host, isolation);
  }

  async onModuleDestroy(): Promise<void> {
    await this.host.end();
  }
}
