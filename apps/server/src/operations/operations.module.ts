// What operates the server itself: its views, its reactions, its health, its samples.
import { Inject, Module } from '@nestjs/common';
import { HEALTH_CHECKS, type HealthCheck } from '@kari/platform/http';
import type { Registry } from '@kari/platform/registry';
import { METRICS, type MetricsRegistry } from '@kari/platform/telemetry';
import { Reacting } from '../reacting.js';
import { Samples } from '../startup/samples.js';
import { Views } from '../views.js';
import { registerLagSeries } from './lag-series.js';
import { PlatformHealth } from './platform-health.js';
import { ReactionResolver } from './reaction.resolver.js';
import { ViewResolver } from './view.resolver.js';

@Module({ providers: [PlatformHealth, ReactionResolver, Samples, ViewResolver] })
export class OperationsModule {
  constructor(
    health: PlatformHealth,
    views: Views,
    reacting: Reacting,
    @Inject(HEALTH_CHECKS) checks: Registry<HealthCheck>,
    @Inject(METRICS) metrics: MetricsRegistry,
  ) {
    checks.add(...health.checks());
    registerLagSeries(metrics, views, reacting);
  }
}
