// Which route a request has come to, and whose it is.
import type { Installation } from '@kari/extension/contract';
import type { HttpRoute, Manifest } from '@kari/protocol/manifest';

/** A route of one extension version that is enabled in a tenant. */
export interface RoutePlace {
  readonly tenant: string;
  readonly extension: string;
  readonly version: string;
  readonly manifest: Manifest;
  readonly grants: Installation['grants'];
  readonly name: string;
  readonly route: HttpRoute;
}

/** `acme.notes/list`: how refusals and entries name it. */
export function labelOf({ extension, name }: Pick<RoutePlace, 'extension' | 'name'>): string {
  return `${extension}/${name}`;
}

/** Whether the tenant's operator has consented to callers without an account. */
export function isOpen({ route, name, grants }: Pick<RoutePlace, 'route' | 'name' | 'grants'>): boolean {
  return route.public === true && isGranted(grants, `routes:public:${name}`);
}

/** Whether scripts of that origin may call the extension here. */
export function isOriginOpen({ manifest, grants }: Pick<RoutePlace, 'manifest' | 'grants'>, origin: string): boolean {
  const declared = manifest.http?.origins?.some((known) => known.origin === origin) === true;
  return declared && isGranted(grants, `routes:origin:${origin}`);
}

function isGranted(grants: Installation['grants'], id: string): boolean {
  return grants.some((grant) => grant.id === id && grant.state === 'granted');
}
