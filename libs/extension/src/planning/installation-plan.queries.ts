// What would an install, an enable, a removal meet in this tenant: looked up in the snapshot, judged by pure rules. The facts found here go
// with the command, where the decider weighs them.
import { Inject, Injectable } from '@nestjs/common';
import { grantsOf } from '@kari/package';
import { rejected } from '@kari/kernel';
import type { Obstacle, ResolvedPackage } from '../lifecycle/extension.commands.js';
import { consentOf, type ConsentItem } from '../lifecycle/consent.rules.js';
import type { RequestedGrant } from '../lifecycle/extension.events.js';
import { isHeld } from '../lifecycle/extension-state.rules.js';
import type { PackageContent } from '../package/package.events.js';
import { EXTENSION_SETTINGS, type ExtensionSettings } from '../settings.js';
import { InstallationSnapshot } from '../snapshot/installation-snapshot.js';
import { dependentsOf, mayResolve, obstaclesOf, type Neighbour } from './dependencies.rules.js';

export interface InstallFacts {
  readonly found: ResolvedPackage | null;
  /** Registered versions, highest first. */
  readonly known: string[];
  readonly safeBoot: boolean;
}

export interface InstallPreview {
  readonly content: PackageContent;
  readonly grants: readonly RequestedGrant[];
  readonly resourceClass: 'S' | 'M' | 'L';
  /** What must be consented to, exactly. */
  readonly consent: readonly ConsentItem[];
  readonly obstacles: readonly Obstacle[];
  /** Version installed already, null when none is. */
  readonly installed: string | null;
}

@Injectable()
export class InstallationPlanQueries {
  constructor(
    @Inject(InstallationSnapshot) private readonly snapshot: InstallationSnapshot,
    @Inject(EXTENSION_SETTINGS) private readonly settings: ExtensionSettings,
  ) {}

  installFacts(extension: string, version: string | null): InstallFacts {
    const packages = this.snapshot.packages();
    const content = version === null ? packages.latest(extension) : packages.find(extension, version);
    const found = content === null ? null : this.resolve(content);
    return { found, known: [...packages.versions(extension)].slice(0, 20), safeBoot: this.settings.safeBoot };
  }

  resolve({ version, bundleHash, manifest }: PackageContent): ResolvedPackage {
    const { class: resourceClass, reason = '' } = manifest.resources ?? { class: 'S' };
    return { version, bundleHash, grants: [...grantsOf(manifest)], resourceClass, resourceReason: reason };
  }

  enableFacts(tenant: string, extension: string): { safeBoot: boolean; obstacles: Obstacle[] } {
    const state = this.snapshot.entry(tenant, extension)?.state;
    const obstacles = state === undefined || !isHeld(state) ? [] : this.obstacles(tenant, extension, state.version).obstacles;
    return { safeBoot: this.settings.safeBoot, obstacles: [...obstacles] };
  }

  dependents(tenant: string, extension: string, which: 'enabled' | 'installed'): string[] {
    return [...dependentsOf(extension, this.neighbours(tenant), which)];
  }

  /** The permission as the installed version asks for it, null when it does not. */
  requestedGrant(tenant: string, extension: string, grant: string): RequestedGrant | null {
    const state = this.snapshot.entry(tenant, extension)?.state;
    if (state === undefined || !isHeld(state)) return null;
    const content = this.snapshot.packages().find(extension, state.version);
    const asked = content === null ? [] : this.resolve(content).grants;
    return asked.find((requested) => requested.id === grant) ?? null;
  }

  obstacles(tenant: string, extension: string, version: string): { obstacles: readonly Obstacle[]; mayResolve: boolean } {
    const content = this.snapshot.packages().find(extension, version);
    if (content === null) throw rejected('EXTENSION_PACKAGE_UNKNOWN', { extension, version, known: 'none' });
    const neighbours = this.neighbours(tenant);
    const obstacles = obstaclesOf(content.manifest, neighbours, this.settings.platformVersion);
    return { obstacles, mayResolve: mayResolve(obstacles, neighbours) };
  }

  /** Throws EXTENSION_PACKAGE_UNKNOWN. */
  preview(tenant: string, extension: string, version: string | null): InstallPreview {
    const packages = this.snapshot.packages();
    const content = version === null ? packages.latest(extension) : packages.find(extension, version);
    if (content === null) {
      const known = packages.versions(extension);
      throw rejected('EXTENSION_PACKAGE_UNKNOWN', { extension, version: version ?? 'latest', known: known.length === 0 ? 'none' : known });
    }
    const resolved = this.resolve(content);
    const state = this.snapshot.entry(tenant, extension)?.state;
    const { obstacles } = this.obstacles(tenant, extension, content.version);
    const installed = state !== undefined && isHeld(state) && state.status !== 'failed' ? state.version : null;
    return { content, grants: resolved.grants, resourceClass: resolved.resourceClass, consent: consentOf(resolved), obstacles, installed };
  }

  private neighbours(tenant: string): readonly Neighbour[] {
    return this.snapshot
      .ofTenant(tenant)
      .map(({ extension, status, version }) => ({ extension, status, version: version.version, manifest: version.manifest }));
  }
}
