// Scripts of foreign pages (CORS): told yes only for an origin that the manifest declares and a tenant has consented to. Nothing is ever
// sent with cookies, because there are none.
import { Inject, Injectable } from '@nestjs/common';
import { rejected } from '@kari/kernel';
import { INSTALLATIONS, type Installations } from '@kari/extension/contract';
import { headerValues } from '@kari/platform/http';
import { TENANTS, type Tenants } from '@kari/tenancy/contract';
import type { Request } from 'express';
import type { RouteReply } from './route-ask.js';
import { isOriginOpen } from './route-place.rules.js';

const REQUEST_HEADERS = ['authorization', 'kari-tenant', 'idempotency-key', 'content-type', 'x-correlation-id', 'traceparent'];
const ANSWER_HEADERS = 'content-disposition, content-language, etag, last-modified, location, retry-after, x-correlation-id';
const PREFLIGHT_SECONDS = '600';

/** Origin → request headers that routes of the extension read besides. */
type Opened = ReadonlyMap<string, ReadonlySet<string>>;

@Injectable()
export class OpenOrigins {
  // A preflight names no tenant: it is told whether the origin is open anywhere. The request itself is judged in its own tenant.
  private readonly opened = new Map<string, Opened>();

  constructor(
    @Inject(INSTALLATIONS) private readonly installations: Installations,
    @Inject(TENANTS) private readonly tenants: Tenants,
  ) {
    installations.onChange((_tenant, extension) => void this.opened.delete(extension));
    tenants.onChange(() => this.opened.clear());
  }

  /** Throws `Rejection` CONTRIBUTION_ROUTE_ORIGIN. */
  preflight(request: Request, extension: string): RouteReply {
    const [origin, ...more] = headerValues(request, 'origin');
    const headers = origin === undefined || more.length > 0 ? undefined : this.openedBy(extension).get(origin);
    if (headers === undefined) throw rejected('CONTRIBUTION_ROUTE_ORIGIN', { origin: (origin ?? 'nowhere').slice(0, 200), extension });
    return {
      status: 204,
      headers: {
        'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
        'access-control-allow-headers': [...REQUEST_HEADERS, ...headers].join(', '),
        'access-control-max-age': PREFLIGHT_SECONDS,
      },
      body: null,
    };
  }

  /** The reply with what lets a script of an open origin read it; refusals included, or the script could not tell them apart. */
  shownTo(request: Request, extension: string, reply: RouteReply): RouteReply {
    const headers = { ...reply.headers, vary: 'origin' };
    const [origin] = headerValues(request, 'origin');
    if (origin === undefined || !this.isOpenAnywhere(extension, origin)) return { ...reply, headers };
    return {
      ...reply,
      headers: { ...headers, 'access-control-allow-origin': origin, 'access-control-expose-headers': ANSWER_HEADERS },
    };
  }

  /** While it is not known what is installed, nothing is open. */
  private isOpenAnywhere(extension: string, origin: string): boolean {
    try {
      return this.openedBy(extension).has(origin);
    } catch {
      return false;
    }
  }

  private openedBy(extension: string): Opened {
    const known = this.opened.get(extension);
    if (known !== undefined) return known;
    const opened = new Map<string, Set<string>>();
    for (const { id, status } of this.tenants.all()) {
      const installation = status === 'active' ? this.installations.find(id, extension) : null;
      if (installation?.status !== 'enabled') continue;
      const { manifest } = installation.version;
      const headers = Object.values(manifest.http?.routes ?? {}).flatMap((route) => route.headers ?? []);
      for (const { origin } of manifest.http?.origins ?? []) {
        if (!isOriginOpen({ manifest, grants: installation.grants }, origin)) continue;
        const all = opened.get(origin) ?? new Set<string>();
        for (const header of headers) all.add(header);
        opened.set(origin, all);
      }
    }
    this.opened.set(extension, opened);
    return opened;
  }
}
