// `/`: what runs here and where to find it, as a page for people and as JSON for others. No script, no framework, nothing of a tenant.
import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Health, type HealthReport } from './health.js';
import { HTTP_SETTINGS, type HttpSettings } from './http-settings.js';
import { ADDRESSES, type Address } from './addresses.js';
import type { Registry } from '@kari/platform/registry';

@Controller()
export class RootController {
  constructor(
    private readonly health: Health,
    @Inject(HTTP_SETTINGS) private readonly settings: HttpSettings,
    @Inject(ADDRESSES) private readonly addresses: Registry<Address>,
  ) {}

  @Get()
  async root(@Req() request: Request, @Res() response: Response): Promise<void> {
    const report = await this.health.ready();
    const { version, mode } = this.settings;
    const addresses = this.addresses.all();
    if (request.accepts(['html', 'json']) === 'json') {
      response.json({ name: 'Kari', version, mode, ready: report.ok, checks: report.checks, addresses });
      return;
    }
    response.setHeader('Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'");
    response.type('html').send(page(version, mode, report, addresses));
  }
}

function page(version: string, mode: string, report: HealthReport, addresses: readonly Address[]): string {
  const rows = addresses.map(({ path, meaning }) => `<tr><td><a href="${text(path)}">${text(path)}</a></td><td>${text(meaning)}</td></tr>`);
  const checks = report.checks.map(({ name, ok, detail }) => `<tr><td>${ok ? '●' : '○'} ${text(name)}</td><td>${text(detail)}</td></tr>`);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Kari ${text(version)}</title>
<style>
  :root { color-scheme: light dark }
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 3rem auto; padding: 0 1rem }
  td { padding: .2rem 1.5rem .2rem 0; vertical-align: top }
</style>
<h1>Kari</h1>
<p>Version ${text(version)}, ${text(mode)} mode, <strong>${report.ok ? 'ready' : 'not ready'}</strong>.</p>
<h2>Addresses</h2>
<table>${rows.join('')}</table>
<h2>State</h2>
<table>${checks.join('')}</table>
</html>
`;
}

function text(value: string): string {
  return value.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
