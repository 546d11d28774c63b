// The HTTP edge: who asks, how the process is, its figures, its root page.
import { Global, Module, type DynamicModule, type FactoryProvider } from '@nestjs/common';
import { ADDRESSES, createAddresses } from './addresses.js';
import { Authentication } from './authentication.js';
import { Drains } from './drains.js';
import { createHealthChecks, Health, HEALTH_CHECKS } from './health.js';
import { HealthController } from './health.controller.js';
import { HTTP_SETTINGS, type HttpSettings } from './http-settings.js';
import { MetricsController } from './metrics.controller.js';
import { createMounts, MOUNTS } from './mounts.js';
import { RootController } from './root.controller.js';

@Global()
@Module({})
export class HttpModule {
  static register(settings: Pick<FactoryProvider<HttpSettings>, 'inject' | 'useFactory'>): DynamicModule {
    return {
      module: HttpModule,
      controllers: [HealthController, MetricsController, RootController],
      providers: [
        { provide: HTTP_SETTINGS, ...settings },
        { provide: HEALTH_CHECKS, useFactory: createHealthChecks },
        { provide: ADDRESSES, useFactory: createAddresses },
        { provide: MOUNTS, useFactory: createMounts },
        Authentication,
        Drains,
        Health,
      ],
      exports: [HTTP_SETTINGS, HEALTH_CHECKS, ADDRESSES, MOUNTS, Authentication, Drains, Health],
    };
  }
}
