// `/ext/openapi.json`: what the caller may call in the tenant, as a document for tools.
import { Inject, Injectable } from '@nestjs/common';
import { rejected, type RequestContext } from '@kari/kernel';
import { answerKindOf } from '@kari/package';
import { asRejection, Authentication, type Credentials } from '@kari/platform/http';
import { RATE_LIMITER, type RateLimiter } from '@kari/platform/quotas';
import { platformVersion } from '@kari/protocol/manifest';
import { EXTENSION_RIGHTS, type ExtensionRights } from '@kari/security/contract';
import { TENANTS, type Tenants } from '@kari/tenancy/contract';
import { retryAfter, statusOf } from '../routes/failure.rules.js';
import type { RouteReply } from '../routes/route-ask.js';
import { RouteDirectory } from '../routes/route-directory.js';
import { CALL_RIGHT } from '../routes/route-door.js';
import { isOpen, type RoutePlace } from '../routes/route-place.rules.js';
import { problemReply } from '../routes/route-replies.js';
import { RouteTrail } from '../routes/route-trail.js';
import { openapiOf, type DescribedRoute } from './openapi.rules.js';

const OPERATION = 'route.describe';

@Injectable()
export class OpenapiDocument {
  constructor(
    private readonly authentication: Authentication,
    private readonly directory: RouteDirectory,
    private readonly trail: RouteTrail,
    @Inject(RATE_LIMITER) private readonly rates: RateLimiter,
    @Inject(EXTENSION_RIGHTS) private readonly rights: ExtensionRights,
    @Inject(TENANTS) private readonly tenants: Tenants,
  ) {}

  /** Never throws for anything that a caller does. */
  async answer(method: string, credentials: Credentials): Promise<RouteReply> {
    try {
      const context = await this.authentication.authenticate(credentials);
      const { tenant, principal, correlationId } = context;
      const asking = { tenant, actor: principal.id, actorKind: principal.kind, operation: 'request.limit', correlationId };
      await this.rates.operations(asking, principal.credential ?? principal.id, 1);
      return await this.attend(method, context);
    } catch (error) {
      return refusalReply(error);
    }
  }

  private async attend(method: string, context: RequestContext): Promise<RouteReply> {
    try {
      demandMethod(method);
      if (!context.principal.may(CALL_RIGHT, context.tenant)) throw rejected('REQUEST_DENIED', { operation: OPERATION, right: CALL_RIGHT });
      const document = openapiOf(this.nameOf(context.tenant), platformVersion, await this.visibleTo(context));
      await this.trail.record(context, OPERATION, null, null);
      return { status: 200, headers: { 'content-type': 'application/json' }, body: Buffer.from(JSON.stringify(document)) };
    } catch (error) {
      const refusal = asRejection(error);
      if (refusal.code === 'REQUEST_UNAVAILABLE') throw refusal;
      await this.trail.record(context, OPERATION, null, refusal);
      return refusalReply(refusal);
    }
  }

  private async visibleTo(context: RequestContext): Promise<readonly DescribedRoute[]> {
    const held = new Map<string, readonly string[]>();
    const visible: DescribedRoute[] = [];
    for (const place of this.directory.ofTenant(context.tenant)) {
      const { manifest, extension, route } = place;
      if (!held.has(extension)) held.set(extension, await this.rights.heldBy(context, manifest));
      const holds = held.get(extension)?.some((right) => `${extension}:${right}` === route.right) === true;
      if (route.right === undefined || holds) visible.push(describedOf(place));
    }
    return visible;
  }

  private nameOf(tenant: string): string {
    return this.tenants.find(tenant)?.slug ?? tenant;
  }
}

function describedOf(place: RoutePlace): DescribedRoute {
  const { extension, version, manifest, name, route } = place;
  return {
    extension,
    version,
    title: manifest.name,
    summary: manifest.description,
    name,
    route,
    isOpen: isOpen(place),
    answer: answerKindOf(route.responseType ?? 'application/json'),
  };
}

function demandMethod(method: string): void {
  if (method === 'GET' || method === 'HEAD') return;
  throw rejected('CONTRIBUTION_ROUTE_METHOD', { method: method.slice(0, 20), allowed: ['GET', 'HEAD'] });
}

function refusalReply(error: unknown): RouteReply {
  const refusal = asRejection(error);
  const wait = retryAfter(refusal);
  return problemReply(refusal, statusOf(refusal), wait === null ? {} : { 'retry-after': String(wait) });
}
