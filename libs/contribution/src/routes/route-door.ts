// Who calls: a proven caller, or nobody where the tenant has consented to a public route. Never anyone by default.
import { Inject, Injectable } from '@nestjs/common';
import { rejected, type RequestContext } from '@kari/kernel';
import { Authentication } from '@kari/platform/http';
import type { RouteCaller } from '@kari/protocol/broker';
import { EXTENSION_RIGHTS, type ExtensionRights } from '@kari/security/contract';
import { TENANTS, type Tenants } from '@kari/tenancy/contract';
import type { RouteAsk } from './route-ask.js';
import { RouteDirectory } from './route-directory.js';
import { isOpen, labelOf, type RoutePlace } from './route-place.rules.js';

/** The right to call routes at all, and what a call is named in the audit trail. */
export const CALL_RIGHT = 'route.call';

export interface Visitor {
  readonly context: RequestContext;
  readonly isAnonymous: boolean;
  /** What is asked for with the same credential, or from the same address without one, is counted together. */
  readonly account: string;
}

@Injectable()
export class RouteDoor {
  constructor(
    private readonly authentication: Authentication,
    private readonly directory: RouteDirectory,
    @Inject(TENANTS) private readonly tenants: Tenants,
    @Inject(EXTENSION_RIGHTS) private readonly rights: ExtensionRights,
  ) {}

  /** Throws `Rejection`; a refused credential has left its entry then. */
  async enter(ask: RouteAsk): Promise<Visitor> {
    const open = ask.credentials.authorization.length === 0 ? this.openTenant(ask) : null;
    if (open !== null) return { context: anonymous(open, ask), isAnonymous: true, account: `address ${ask.address}` };
    const context = await this.authentication.authenticate(ask.credentials);
    return { context, isAnonymous: false, account: context.principal.credential ?? context.principal.id };
  }

  /** The rights of the extension that the visitor holds; throws `Rejection` REQUEST_DENIED where one is missing. */
  async admit({ context, isAnonymous }: Visitor, place: RoutePlace): Promise<RouteCaller> {
    const { tenant, principal } = context;
    const { route, manifest } = place;
    if (isAnonymous) return { id: null, kind: 'anonymous', tenant, rights: [] };
    if (!isOpen(place)) this.demandCall(context);
    const rights = await this.rights.heldBy(context, manifest);
    if (route.right !== undefined && !rights.some((right) => `${manifest.id}:${right}` === route.right))
      throw rejected('REQUEST_DENIED', { operation: labelOf(place), right: route.right });
    return { id: principal.id, kind: principal.kind === 'service-account' ? 'service-account' : 'user', tenant, rights };
  }

  /** Throws `Rejection` REQUEST_DENIED: who may call no route learns of none. */
  demandCall({ principal, tenant }: RequestContext): void {
    if (!principal.may(CALL_RIGHT, tenant)) throw rejected('REQUEST_DENIED', { operation: CALL_RIGHT, right: CALL_RIGHT });
  }

  /** The tenant where that very route is open to anyone, or null. */
  private openTenant({ credentials, extension, method, parts }: RouteAsk): string | null {
    const [named, ...more] = credentials.tenant;
    const tenant = named === undefined || more.length > 0 ? null : this.tenants.find(named);
    if (tenant?.status !== 'active') return null;
    const looked = this.directory.find(tenant.id, extension, method, parts);
    return looked.kind === 'found' && isOpen(looked.place) ? tenant.id : null;
  }
}

function anonymous(tenant: string, { credentials }: RouteAsk): RequestContext {
  const { correlationId, traceparent } = credentials;
  return {
    principal: { id: 'anonymous', kind: 'user', may: () => false },
    tenant,
    correlationId,
    ...(traceparent === undefined ? {} : { traceparent }),
  };
}
