// Wires the metrics context: takes in what sandboxes do, keeps usage as events and log lines as rows, answers both.
import { Global, Inject, Module, type OnApplicationBootstrap, type BeforeApplicationShutdown } from '@nestjs/common';
import { CLOCK, COMMAND_BUS, IDS, TIMERS, type Clock, type CommandBus, type Ids, type Timers } from '@kari/kernel';
import { SYSTEM_DATABASE, type SystemDatabase } from '@kari/platform/database';
import { COMMANDS, EVENTS, MIGRATIONS, PROJECTIONS } from '@kari/platform/registry';
import type { AnyCommandDefinition, AnyEventDefinition, AnyProjection, MigrationSet, Registry } from '@kari/platform/registry';
import { LOGGER, METRICS, REDACTOR, type Logger, type MetricsRegistry, type Redactor } from '@kari/platform/telemetry';
import { SANDBOX_OBSERVER } from '@kari/sandbox/contract';
import { extensionObserver } from './extension-observer.js';
import { LogRetention } from './logs/log-retention.js';
import { LogWriter } from './logs/log-writer.js';
import { metricsMigrations } from './logs/log.migrations.js';
import { LogQueries } from './logs/log.queries.js';
import { LogResolver } from './logs/log.resolver.js';
import { postgresLogStore, type LogStore } from './logs/log-store.js';
import { ExtensionSeries } from './series/extension-series.js';
import { measureExtensionUsage } from './usage/usage.definitions.js';
import { usageEvents } from './usage/usage.events.js';
import { UsageMeter } from './usage/usage-meter.js';
import { usageProjection } from './usage/usage.projection.js';
import { UsageQueries } from './usage/usage.queries.js';
import { UsageResolver } from './usage/usage.resolver.js';

const LOG_STORE = Symbol('LogStore');
const KEEP_LOGS_DAYS = 14;

@Global()
@Module({
  providers: [
    { provide: LOG_STORE, inject: [SYSTEM_DATABASE], useFactory: (database: SystemDatabase): LogStore => postgresLogStore(database) },
    {
      provide: LogWriter,
      inject: [LOG_STORE, REDACTOR, CLOCK, TIMERS, IDS, LOGGER],
      useFactory: (...parts: [LogStore, Redactor, Clock, Timers, Ids, Logger]) => new LogWriter(...parts),
    },
    {
      provide: LogRetention,
      inject: [LOG_STORE, CLOCK, TIMERS, LOGGER],
      useFactory: (store: LogStore, clock: Clock, timers: Timers, logger: Logger) =>
        new LogRetention(store, KEEP_LOGS_DAYS, clock, timers, logger),
    },
    {
      provide: UsageMeter,
      inject: [COMMAND_BUS, CLOCK, TIMERS, IDS, LOGGER],
      useFactory: (...parts: [CommandBus, Clock, Timers, Ids, Logger]) => new UsageMeter(...parts),
    },
    { provide: ExtensionSeries, inject: [METRICS], useFactory: (registry: MetricsRegistry) => new ExtensionSeries(registry) },
    { provide: SANDBOX_OBSERVER, inject: [UsageMeter, LogWriter, ExtensionSeries, LOGGER], useFactory: extensionObserver },
    UsageQueries,
    UsageResolver,
    LogQueries,
    LogResolver,
  ],
  exports: [SANDBOX_OBSERVER],
})
export class MetricsModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(
    private readonly meter: UsageMeter,
    private readonly logs: LogWriter,
    private readonly retention: LogRetention,
    @Inject(COMMANDS) commands: Registry<AnyCommandDefinition>,
    @Inject(EVENTS) events: Registry<AnyEventDefinition>,
    @Inject(PROJECTIONS) projections: Registry<AnyProjection>,
    @Inject(MIGRATIONS) migrations: Registry<MigrationSet>,
  ) {
    commands.add(measureExtensionUsage);
    events.add(...usageEvents);
    projections.add(usageProjection);
    migrations.add(metricsMigrations);
  }

  onApplicationBootstrap(): void {
    this.meter.start();
    this.logs.start();
    this.retention.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.retention.stop();
    await this.meter.stop();
    await this.logs.stop();
  }
}
