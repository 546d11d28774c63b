// `/ext` on the wire: reads the request line and headers strictly, and sends replies under headers that are the platform's alone.
import type { IncomingMessage } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { rejected, TIMERS, type Timers } from '@kari/kernel';
import { readPath } from '@kari/package';
import { asRejection, credentialsOf, headerValues, requestTrace, type Mount } from '@kari/platform/http';
import { LOGGER, type Logger } from '@kari/platform/telemetry';
import type { Request, Response } from 'express';
import { OpenapiDocument } from '../openapi/openapi-document.js';
import { statusOf, unknownRoute } from './failure.rules.js';
import { announcesBody, readBody } from './incoming-body.js';
import { OpenOrigins } from './open-origins.js';
import type { RouteAsk, RouteReply } from './route-ask.js';
import { RouteCalls } from './route-calls.js';
import { problemReply } from './route-replies.js';

const TARGET = /^\/ext\/([a-z][a-z0-9-]{0,38}\.[a-z][a-z0-9-]{0,38})(\/[^?#]*)?(?:\?([^#]*))?$/;
/** The name is the platform's own, though an extension could be called so. */
const DOCUMENT = /^\/ext\/openapi\.json(?:\?|$)/;
/** Pages of the platform: no extension's name is without a dot. */
const PAGES = /^\/ext\/docs(?:\/[a-z.-]{1,40})?(?:\?|$)/;
/** What an extension answers is shown, never run: opened as a page it has an origin of its own, no script, no form and no frame. */
const POLICY =
  "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

@Injectable()
export class RouteEndpoint implements Mount {
  readonly path = '/ext';

  constructor(
    private readonly calls: RouteCalls,
    private readonly origins: OpenOrigins,
    private readonly document: OpenapiDocument,
    @Inject(TIMERS) private readonly timers: Timers,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  handle(request: Request, response: Response, next: () => void): void {
    // As it was sent: what a router has read of it would be a second opinion.
    if (DOCUMENT.test(request.originalUrl)) return this.answer(request, response, null, () => this.describe(request));
    const target = TARGET.exec(request.originalUrl);
    if (target === null) {
      if (PAGES.test(request.originalUrl)) return next();
      return send(request, response, problemReply(unknownRoute(request.method), 404));
    }
    const [, extension = '', below = '/', query = ''] = target;
    const leaving = new AbortController();
    response.on('close', () => {
      if (!response.writableFinished) leaving.abort();
    });
    this.answer(request, response, extension, () => this.reply(request, { extension, path: below, query }, leaving.signal));
  }

  private answer(request: Request, response: Response, extension: string | null, work: () => Promise<RouteReply>): void {
    Promise.resolve()
      .then(work)
      .catch((error: unknown) => {
        const refusal = asRejection(error);
        if (refusal.code === 'REQUEST_FAILED') this.logger.error({ error }, 'a route of an extension could not be answered');
        return problemReply(refusal, statusOf(refusal));
      })
      .then((reply) => send(request, response, extension === null ? reply : this.origins.shownTo(request, extension, reply)))
      .catch((error: unknown) => {
        this.logger.error({ error }, 'an answer could not be sent');
        response.destroy();
      });
  }

  private async describe(request: Request): Promise<RouteReply> {
    return this.document.answer(request.method, credentialsOf(request, requestTrace()));
  }

  private async reply(request: Request, { extension, path, query }: Target, signal: AbortSignal): Promise<RouteReply> {
    if (request.method === 'OPTIONS') return this.origins.preflight(request, extension);
    const read = readPath(path);
    if ('refused' in read) throw rejected('CONTRIBUTION_ROUTE_PATH', { reason: read.refused });
    const ask: RouteAsk = {
      method: request.method,
      extension,
      path,
      parts: read.parts,
      query,
      credentials: credentialsOf(request, requestTrace()),
      address: request.socket.remoteAddress ?? 'unknown',
      signal,
      hasBody: announcesBody(request),
      header: (name) => headerValues(request, name),
      body: (limit, route) => readBody(request, this.timers, { limit, route, signal }),
    };
    return this.calls.answer(ask);
  }
}

interface Target {
  readonly extension: string;
  readonly path: string;
  readonly query: string;
}

function send(request: IncomingMessage, response: Response, { status, headers, body }: RouteReply): void {
  if (response.destroyed) return;
  response.statusCode = status;
  response.setHeader('Content-Security-Policy', POLICY);
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  // What was refused before it was read is not read afterwards either.
  if (!request.complete) response.setHeader('Connection', 'close');
  if (body === null) {
    response.end();
    return;
  }
  response.setHeader('Content-Length', body.length);
  response.end(body);
}
