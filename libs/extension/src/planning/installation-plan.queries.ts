// What would an install, an enable, a removal meet in this tenant: looked up in the snapshot, judged by pure rules. The facts found here go
// with the command, where the decider weighs them.
import { Inject, Injectable } from '@nestjs/common';
import { contractBreaks, grantsOf, widenedGrants, type ContractBreak } from '@kari/package';
import { rejected } from '@kari/kernel';
import semver from 'semver';
import type { Obstacle, ResolvedPackage } from '../lifecycle/extension.commands.js';
import { consentOf, type ConsentItem } from '../lifecycle/consent.rules.js';
import type { RequestedGrant } from '../lifecycle/extension.events.js';
import { isHeld, type HeldState } from '../lifecycle/extension-state.rules.js';
import type { PackageContent } from '../package/package.events.js';
import { EXTENSION_SETTINGS, type ExtensionSettings } from '../settings.js';
import { InstallationSnapshot } from '../snapshot/installation-snapshot.js';
import { beyondConsent } from '../upgrade/upgrade.decision.rules.js';
import { dependentObstacles, dependentsOf, mayResolve, obstaclesOf, type Neighbour } from './dependencies.rules.js';

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

export interface UpgradeFacts extends InstallFacts {
  /** The installed version; null when none is. */
  readonly from: string | null;
  /** Ids of permissions that go beyond what is held now. */
  readonly widened: string[];
  /** What other extensions would have to change for it. */
  readonly obstacles: Obstacle[];
}

export interface UpgradePreview {
  readonly content: PackageContent;
  readonly from: { readonly version: string; readonly resourceClass: 'S' | 'M' | 'L' };
  readonly resourceClass: 'S' | 'M' | 'L';
  /** What must be consented to beyond the present consent. */
  readonly consent: readonly ConsentItem[];
  readonly grants: readonly RequestedGrant[];
  /** Ids that it no longer asks for: they end at the switch. */
  readonly dropped: readonly string[];
  readonly obstacles: readonly Obstacle[];
  /** Who would break by a plugin contract: the upgrade would wait for them. */
  readonly breaks: readonly ContractBreak[];
  /** Installed extensions of the tenant that need it. */
  readonly dependents: readonly string[];
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
    const neighbours = this.neighbours(tenant);
    const obstacles = obstaclesOf(this.content(extension, version).manifest, neighbours, this.settings.platformVersion);
    return { obstacles, mayResolve: mayResolve(obstacles, neighbours) };
  }

  /** Throws EXTENSION_PACKAGE_UNKNOWN. */
  preview(tenant: string, extension: string, version: string | null): InstallPreview {
    const content = this.content(extension, version);
    const resolved = this.resolve(content);
    const state = this.snapshot.entry(tenant, extension)?.state;
    const { obstacles } = this.obstacles(tenant, extension, content.version);
    const installed = state !== undefined && isHeld(state) && state.status !== 'failed' ? state.version : null;
    return { content, grants: resolved.grants, resourceClass: resolved.resourceClass, consent: consentOf(resolved), obstacles, installed };
  }

  upgradeFacts(tenant: string, extension: string, version: string | null): UpgradeFacts {
    const facts = this.installFacts(extension, version);
    const state = this.installation(tenant, extension);
    if (state === null || facts.found === null) return { ...facts, from: state?.version ?? null, widened: [], obstacles: [] };
    const { version: to } = facts.found;
    return { ...facts, from: state.version, widened: this.widened(state, extension, to), obstacles: this.foreign(tenant, extension, to) };
  }

  /** Of the way back: to which version, and what stands in it. */
  rollBackFacts(tenant: string, extension: string): { to: string | null; obstacles: Obstacle[] } {
    const to = this.installation(tenant, extension)?.formers[0]?.version ?? null;
    if (to === null) return { to, obstacles: [] };
    const broken = this.breaks(tenant, extension, to).map(({ user, plugin, contract, cure }): Obstacle => ({
      kind: 'dependent',
      id: user,
      needed: plugin,
      found: contract,
      cure,
    }));
    return { to, obstacles: [...this.changeObstacles(tenant, extension, to).obstacles, ...broken] };
  }

  /** What is in the way of another version taking the place of the installed one. */
  changeObstacles(tenant: string, extension: string, version: string): { obstacles: readonly Obstacle[]; mayResolve: boolean } {
    const { manifest } = this.content(extension, version);
    const neighbours = this.upcoming(tenant, extension);
    const enabled = this.installation(tenant, extension)?.status === 'enabled';
    const own = obstaclesOf(manifest, neighbours, this.settings.platformVersion);
    // What a disabled extension lacks is asked for when it is enabled.
    const obstacles = [
      ...own.filter(({ kind }) => enabled || kind === 'platform' || kind === 'conflict'),
      ...dependentObstacles(manifest, neighbours),
    ];
    return { obstacles, mayResolve: mayResolve(obstacles, neighbours) };
  }

  /** What of it lies with other extensions, and will not come by itself. */
  private foreign(tenant: string, extension: string, version: string): Obstacle[] {
    const { obstacles, mayResolve: passes } = this.changeObstacles(tenant, extension, version);
    return passes ? [] : obstacles.filter(({ kind }) => kind !== 'platform' && kind !== 'service');
  }

  /** Who would break by a plugin contract of that version. */
  breaks(tenant: string, extension: string, version: string): readonly ContractBreak[] {
    const users = this.upcoming(tenant, extension).filter(({ status }) => status !== 'failed');
    return contractBreaks(
      this.content(extension, version).manifest,
      users.map(({ manifest }) => manifest),
    );
  }

  /** Throws EXTENSION_NOT_INSTALLED, EXTENSION_PACKAGE_UNKNOWN, EXTENSION_VERSION_OLDER. */
  previewUpgrade(tenant: string, extension: string, version: string | null): UpgradePreview {
    const state = this.installation(tenant, extension);
    if (state === null) throw rejected('EXTENSION_NOT_INSTALLED', { extension });
    const content = this.content(extension, version);
    if (semver.lt(content.version, state.version)) {
      throw rejected('EXTENSION_VERSION_OLDER', { extension, installed: state.version, wanted: content.version });
    }
    const found = this.resolve(content);
    const asked = new Set(found.grants.map(({ id }) => id));
    return {
      content,
      from: { version: state.version, resourceClass: state.resourceClass },
      resourceClass: found.resourceClass,
      consent: beyondConsent(found, state, this.widened(state, extension, content.version)),
      grants: found.grants,
      dropped: state.grants.map(({ id }) => id).filter((id) => !asked.has(id)),
      obstacles: this.changeObstacles(tenant, extension, content.version).obstacles,
      breaks: this.breaks(tenant, extension, content.version),
      dependents: this.dependents(tenant, extension, 'installed'),
    };
  }

  private widened(state: HeldState, extension: string, version: string): string[] {
    const revoked = new Set(state.grants.filter((grant) => grant.state === 'revoked').map(({ id }) => id));
    const wider = widenedGrants(state.grants, grantsOf(this.content(extension, version).manifest)).map(({ id }) => id);
    // What is revoked stays so, however wide: nothing needs to be consented to.
    return wider.filter((id) => !revoked.has(id));
  }

  private content(extension: string, version: string | null): PackageContent {
    const packages = this.snapshot.packages();
    const content = version === null ? packages.latest(extension) : packages.find(extension, version);
    if (content !== null) return content;
    const known = packages.versions(extension);
    throw rejected('EXTENSION_PACKAGE_UNKNOWN', { extension, version: version ?? 'latest', known: known.length === 0 ? 'none' : known });
  }

  private installation(tenant: string, extension: string): HeldState | null {
    const state = this.snapshot.entry(tenant, extension)?.state;
    return state !== undefined && isHeld(state) && state.status !== 'failed' ? state : null;
  }

  /** The neighbours as they are about to be: another one whose upgrade is under way counts with what it becomes, so that two may change together. */
  private upcoming(tenant: string, extension: string): readonly Neighbour[] {
    return this.neighbours(tenant).map((neighbour) => {
      const state = neighbour.extension === extension ? null : this.installation(tenant, neighbour.extension);
      if (state?.upgrade?.phase !== 'running') return neighbour;
      const { version } = state.upgrade;
      const next = this.snapshot.packages().find(neighbour.extension, version);
      return next === null ? neighbour : { ...neighbour, version, manifest: next.manifest };
    });
  }

  private neighbours(tenant: string): readonly Neighbour[] {
    return this.snapshot
      .ofTenant(tenant)
      .map(({ extension, status, version }) => ({ extension, status, version: version.version, manifest: version.manifest }));
  }
}
