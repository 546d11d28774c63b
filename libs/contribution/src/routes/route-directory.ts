// Finds routes by the snapshot of installations: they come with an enabled version, follow its upgrade and its way back, and are gone with it.
import { Inject, Injectable } from '@nestjs/common';
import { INSTALLATIONS, type Installation, type Installations } from '@kari/extension/contract';
import { findRoute, routeTable, type RouteTable } from '@kari/package';
import type { Manifest } from '@kari/protocol/manifest';
import type { RoutePlace } from './route-place.rules.js';

export type Looked =
  | { readonly kind: 'found'; readonly place: RoutePlace; readonly params: Readonly<Record<string, string>> }
  | { readonly kind: 'method'; readonly allowed: readonly string[] }
  | { readonly kind: 'none' };

@Injectable()
export class RouteDirectory {
  // Manifests in the snapshot never change, so each is made into a table once.
  private readonly tables = new WeakMap<Manifest, RouteTable>();

  constructor(@Inject(INSTALLATIONS) private readonly installations: Installations) {}

  /** Throws `Rejection` EXTENSION_SNAPSHOT_STALE while it is not known what is installed. */
  find(tenant: string, extension: string, method: string, parts: readonly string[]): Looked {
    const installation = this.installations.find(tenant, extension);
    if (installation?.status !== 'enabled') return { kind: 'none' };
    const found = findRoute(this.tableOf(installation.version.manifest), method, parts);
    if (found.kind !== 'found') return found;
    return { kind: 'found', place: { ...placeIn(installation), name: found.name, route: found.route }, params: found.params };
  }

  /** Every route of the tenant's enabled extensions, by extension, in the order of the manifest. */
  ofTenant(tenant: string): readonly RoutePlace[] {
    return this.installations
      .ofTenant(tenant)
      .filter(({ status }) => status === 'enabled')
      .flatMap((installation) =>
        Object.entries(installation.version.manifest.http?.routes ?? {}).map(([name, route]) => ({
          ...placeIn(installation),
          name,
          route,
        })),
      );
  }

  private tableOf(manifest: Manifest): RouteTable {
    const known = this.tables.get(manifest) ?? routeTable(manifest);
    this.tables.set(manifest, known);
    return known;
  }
}

function placeIn({ tenant, extension, version, grants }: Installation): Omit<RoutePlace, 'name' | 'route'> {
  return { tenant, extension, version: version.version, manifest: version.manifest, grants };
}
