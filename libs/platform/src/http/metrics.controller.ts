// `/metrics` in Prometheus text: for a scraper with the metrics token, or a caller with `platform.read`.
import { createHash, timingSafeEqual } from 'node:crypto';
import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import { PLATFORM_TENANT, rejected } from '@kari/kernel';
import { METRICS, type MetricsRegistry } from '@kari/platform/telemetry';
import type { Request, Response } from 'express';
import { Authentication } from './authentication.js';
import { credentialsOf } from './credentials.js';
import { HTTP_SETTINGS, type HttpSettings } from './http-settings.js';
import { requestTrace } from './request-scope.js';

@Controller('metrics')
export class MetricsController {
  constructor(
    @Inject(METRICS) private readonly metrics: MetricsRegistry,
    @Inject(HTTP_SETTINGS) private readonly settings: HttpSettings,
    private readonly authentication: Authentication,
  ) {}

  @Get()
  async scrape(@Req() request: Request, @Res() response: Response): Promise<void> {
    await this.admit(request);
    response.setHeader('Content-Type', this.metrics.contentType);
    response.end(await this.metrics.metrics());
  }

  private async admit(request: Request): Promise<void> {
    const credentials = credentialsOf(request, requestTrace());
    const [authorization, ...more] = credentials.authorization;
    const token = this.settings.metricsToken;
    if (token !== null && more.length === 0 && equal(authorization ?? '', `Bearer ${token}`)) return;
    // A scraper names no tenant: the figures are the platform's.
    const tenant = credentials.tenant.length === 0 ? [PLATFORM_TENANT] : credentials.tenant;
    const caller = await this.authentication.authenticate({ ...credentials, tenant });
    if (!caller.principal.may('platform.read', PLATFORM_TENANT)) {
      throw rejected('REQUEST_DENIED', { operation: 'GET /metrics', right: 'platform.read' });
    }
  }
}

function equal(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
