// The composition root: every context, bound to the platform. The only place where one context's port meets another's need.
import { Module, type DynamicModule } from '@nestjs/common';
import { AuditModule } from '@kari/audit';
import { AutomationModule } from '@kari/automation';
import { ContributionModule } from '@kari/contribution';
import { DataModule } from '@kari/data';
import { ExtensionModule } from '@kari/extension';
import { MetricsModule } from '@kari/metrics';
import { GraphqlModule, readPersistedDocuments } from '@kari/platform/graphql';
import { HttpModule } from '@kari/platform/http';
import { TelemetryModule } from '@kari/platform/telemetry';
import { SandboxModule } from '@kari/sandbox';
import { ScheduleModule } from '@kari/schedule';
import { SecurityModule } from '@kari/security';
import { TenancyModule } from '@kari/tenancy';
import { WorkflowModule } from '@kari/workflow';
import { OperationsModule } from './operations/operations.module.js';
import { PlatformModule } from './platform.module.js';
import { logDestination, type Runtime } from './runtime.js';

export const contextModules = [
  AuditModule,
  AutomationModule,
  ContributionModule,
  DataModule,
  ExtensionModule,
  MetricsModule,
  SandboxModule,
  ScheduleModule,
  SecurityModule,
  TenancyModule,
  WorkflowModule,
  OperationsModule,
] as const;

@Module({})
export class ServerModule {
  static register(runtime: Runtime): DynamicModule {
    const { config, version } = runtime;
    return {
      module: ServerModule,
      imports: [
        TelemetryModule.register({
          useFactory: () => ({
            log: { level: config.logLevel, destination: logDestination },
            tracing: { endpoint: config.otlpEndpoint, service: 'kari', version },
          }),
        }),
        PlatformModule.register(runtime),
        HttpModule.register({ useFactory: () => ({ version, mode: config.mode, metricsToken: config.metricsToken }) }),
        GraphqlModule.register({
          useFactory: async () => ({
            graphiql: config.mode === 'development',
            allowedOrigins: config.allowedOrigins,
            ...(config.persistedOnly === null ? {} : { limits: { documents: await readPersistedDocuments(config.persistedOnly) } }),
          }),
        }),
        ...contextModules,
      ],
    };
  }
}
