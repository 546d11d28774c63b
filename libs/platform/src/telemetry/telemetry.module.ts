// Gives the logger, the redactor and the metrics registry to everybody, and ends the export of traces with the process.
import { Global, Inject, Module, type DynamicModule, type FactoryProvider, type OnApplicationShutdown } from '@nestjs/common';
import { createLogger, type LoggerSettings } from './logger.js';
import { LOGGER } from './logger.port.js';
import { createMetricsRegistry, METRICS } from './metrics-registry.js';
import { Redactor } from './redaction.js';
import type { TracingSettings } from './tracing-settings.js';
import { startTracing, type Tracing } from './tracing.js';

export interface TelemetrySettings {
  readonly log: LoggerSettings;
  readonly tracing: TracingSettings;
}

export const TELEMETRY_SETTINGS = Symbol('TelemetrySettings');
/** Token of `Redactor`: teach it every secret that is decrypted. */
export const REDACTOR = Symbol('Redactor');
const TRACING = Symbol('Tracing');

@Global()
@Module({})
export class TelemetryModule implements OnApplicationShutdown {
  constructor(@Inject(TRACING) private readonly tracing: Tracing) {}

  static register(settings: Pick<FactoryProvider<TelemetrySettings>, 'inject' | 'useFactory'>): DynamicModule {
    return {
      module: TelemetryModule,
      providers: [
        { provide: TELEMETRY_SETTINGS, ...settings },
        { provide: REDACTOR, useFactory: () => new Redactor() },
        {
          provide: LOGGER,
          inject: [TELEMETRY_SETTINGS, REDACTOR],
          useFactory: (given: TelemetrySettings, redactor: Redactor) => createLogger(given.log, redactor),
        },
        { provide: METRICS, useFactory: createMetricsRegistry },
        { provide: TRACING, inject: [TELEMETRY_SETTINGS], useFactory: (given: TelemetrySettings) => startTracing(given.tracing) },
      ],
      exports: [LOGGER, REDACTOR, METRICS, TELEMETRY_SETTINGS],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.tracing.stop();
  }
}
