// What every request passes before any route sees it. Called once, between creating the application (with `bodyParser: false`) and `init`.
import type { NestExpressApplication } from '@nestjs/platform-express';
import { IDS, RANDOM, type Ids, type Random } from '@kari/kernel';
import type { Registry } from '@kari/platform/registry';
import { LOGGER, type Logger } from '@kari/platform/telemetry';
import type { Request, Response } from 'express';
import { HTTP_SETTINGS, type HttpSettings } from './http-settings.js';
import { jsonBody } from './json-body.js';
import { MOUNTS, type Mount } from './mounts.js';
import { RefusalFilter } from './refusal.filter.js';
import { requestScope } from './request-scope.js';
import { securityHeaders } from './security-headers.js';

const BODY_LIMIT = 1_048_576;
const HEADERS_WITHIN = 10_000;
const REQUEST_WITHIN = 60_000;
/** Longer than the minute for which clients and proxies keep a connection at hand: who closes first must not be the one who is asked next. */
const IDLE_CONNECTION_KEPT = 65_000;

export function configureHttp(app: NestExpressApplication): void {
  const settings = app.get<HttpSettings>(HTTP_SETTINGS, { strict: false });
  const get = <T>(token: symbol): T => app.get<T>(token, { strict: false });
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(requestScope(get<Ids>(IDS), get<Random>(RANDOM)));
  app.use(securityHeaders());
  app.use('/graphql', ...jsonBody(settings.bodyLimitBytes ?? BODY_LIMIT));
  for (const mount of get<Registry<Mount>>(MOUNTS).all()) {
    app.use(mount.path, (request: Request, response: Response, next: () => void) => mount.handle(request, response, next));
  }
  app.useGlobalFilters(new RefusalFilter(get<Logger>(LOGGER)));
  // A client that trickles its headers or body may not hold a connection for ever.
  const server = app.getHttpServer();
  server.headersTimeout = HEADERS_WITHIN;
  server.requestTimeout = REQUEST_WITHIN;
  server.keepAliveTimeout = IDLE_CONNECTION_KEPT;
}
