// What extensions add to the platform's own face. Today: their HTTP routes below `/ext`.
import { Inject, Module } from '@nestjs/common';
import { ADDRESSES, MOUNTS, type Address, type Mount } from '@kari/platform/http';
import type { Registry } from '@kari/platform/registry';
import { METRICS, type MetricsRegistry } from '@kari/platform/telemetry';
import { DocsPages } from './openapi/docs-pages.js';
import { OpenapiDocument } from './openapi/openapi-document.js';
import { OpenOrigins } from './routes/open-origins.js';
import { RouteCalls } from './routes/route-calls.js';
import { RouteDirectory } from './routes/route-directory.js';
import { RouteDoor } from './routes/route-door.js';
import { RouteEndpoint } from './routes/route-endpoint.js';
import { RouteLoad } from './routes/route-load.js';
import { registerRouteSeries } from './routes/route-series.js';
import { RouteTrail } from './routes/route-trail.js';
import { RouteResolver } from './routes/route.resolver.js';

@Module({
  controllers: [DocsPages],
  providers: [
    OpenapiDocument,
    OpenOrigins,
    RouteCalls,
    RouteDirectory,
    RouteDoor,
    RouteEndpoint,
    { provide: RouteLoad, useFactory: () => new RouteLoad() },
    RouteResolver,
    RouteTrail,
  ],
})
export class ContributionModule {
  constructor(
    endpoint: RouteEndpoint,
    load: RouteLoad,
    @Inject(MOUNTS) mounts: Registry<Mount>,
    @Inject(ADDRESSES) addresses: Registry<Address>,
    @Inject(METRICS) metrics: MetricsRegistry,
  ) {
    mounts.add(endpoint);
    addresses.add({ path: '/ext/docs', meaning: 'HTTP APIs of extensions, to browse; /ext/openapi.json for tools' });
    registerRouteSeries(metrics, load);
  }
}
