// What would an install, an enable, a removal meet in this tenant: looked up in the snapshot, judged by pure rules. The facts found here go
// with the command, where the decider weighs them.
import { Inject, Injectable } from '@nestjs/common';
import { contractBreaks, grantsOf, widenedGrants, type ContractBreak } from '@kari/package';
import { rejected } from '@kari/kernel';
import semver from 'semver';
import type { Obstacle, ResolvedPackage } from '../lifecycle/extension.commands.js';
import { consentOf, type ConsentItem } from '../lifecycle/consent.rules.js';
import type { RequestedGrant, UpgradeGroup } from '../lifecycle/extension.events.js';
import { isHeld, type HeldState } from '../lifecycle/extension-state.rules.js';
import type { PackageContent } from '../package/package.events.js';
import { EXTENSION_SETTINGS, type ExtensionSettings } from '../settings.js';
import { InstallationSnapshot } from '../snapshot/installation-snapshot.js';
import type { GroupMember } from '../together/group.events.js';
import { beyondConsent } from '../upgrade/upgrade.decision.rules.js';
import { formerOf } from '../upgrade/upgrade-state.rules.js';
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

  /** `group`: whom it takes over with; they count with what they become. */
  upgradeFacts(tenant: string, extension: string, version: string | null, group?: UpgradeGroup): UpgradeFacts {
    const facts = this.installFacts(extension, version);
    const state = this.installation(tenant, extension);
    if (state === null || facts.found === null) return { ...facts, from: state?.version ?? null, widened: [], obstacles: [] };
    const { version: to } = facts.found;
    const obstacles = this.foreign(tenant, extension, to, group);
    return { ...facts, from: state.version, widened: this.widened(state, extension, to), obstacles };
  }

  /** Of the way back: to which version, and what stands in it. */
  rollBackFacts(tenant: string, extension: string): { to: string | null; obstacles: Obstacle[] } {
    const to = this.installation(tenant, extension)?.formers[0]?.version ?? null;
    if (to === null) return { to, obstacles: [] };
    return { to, obstacles: this.wayBackObstacles(tenant, extension, to) };
  }

  /** The group that an extension came to its version with, and goes back with; null where it came alone. */
  groupOf(tenant: string, extension: string): string | null {
    return this.installation(tenant, extension)?.formers[0]?.group?.group ?? null;
  }

  /** Of the way back of a group: who stands where it brought them, who went on since, and what stands in the way of all going back at once. */
  groupRollBackFacts(tenant: string, name: string): { standing: GroupMember[]; moved: string[]; obstacles: Obstacle[] } {
    const members = this.snapshot.groupsOf(tenant).find(({ group }) => group === name)?.members ?? [];
    const installed = members.flatMap(({ extension }) => {
      const state = this.installation(tenant, extension);
      return state?.status === 'enabled' || state?.status === 'disabled' ? [state] : [];
    });
    const standing = installed
      .filter((state) => formerOf(state, name) === 0)
      .map(({ extension, version, formers }): GroupMember => ({ extension, from: version, version: formers[0]!.version }));
    const moved = installed.filter((state) => formerOf(state, name) > 0).map(({ extension }) => extension);
    const group = { group: name, members: standing.map(({ extension, version }) => ({ extension, version })) };
    return {
      standing,
      moved,
      obstacles: standing.flatMap(({ extension, version }) => this.wayBackObstacles(tenant, extension, version, group)),
    };
  }

  private wayBackObstacles(tenant: string, extension: string, to: string, group?: UpgradeGroup): Obstacle[] {
    const broken = this.breaks(tenant, extension, to, group).map(({ user, plugin, contract, cure }): Obstacle => ({
      kind: 'dependent',
      id: user,
      needed: plugin,
      found: contract,
      cure,
    }));
    return [...this.changeObstacles(tenant, extension, to, group).obstacles, ...broken];
  }

  /** What is in the way of another version taking the place of the installed one. */
  changeObstacles(
    tenant: string,
    extension: string,
    version: string,
    group?: UpgradeGroup,
  ): { obstacles: readonly Obstacle[]; mayResolve: boolean } {
    const { manifest } = this.content(extension, version);
    const neighbours = this.upcoming(tenant, extension, group);
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
  private foreign(tenant: string, extension: string, version: string, group?: UpgradeGroup): Obstacle[] {
    const { obstacles, mayResolve: passes } = this.changeObstacles(tenant, extension, version, group);
    return passes ? [] : obstacles.filter(({ kind }) => kind !== 'platform' && kind !== 'service');
  }

  /** Who would break by a plugin contract of that version. */
  breaks(tenant: string, extension: string, version: string, group?: UpgradeGroup): readonly ContractBreak[] {
    const users = this.upcoming(tenant, extension, group).filter(({ status }) => status !== 'failed');
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

  /** The neighbours as they are about to be: who is of the same group, or under way to another version, counts with what it becomes. */
  private upcoming(tenant: string, extension: string, group?: UpgradeGroup): readonly Neighbour[] {
    return this.neighbours(tenant).map((neighbour) => {
      if (neighbour.extension === extension) return neighbour;
      const along = group?.members.find((member) => member.extension === neighbour.extension)?.version;
      const version = along ?? this.underWayTo(tenant, neighbour.extension);
      if (version === null) return neighbour;
      const next = this.snapshot.packages().find(neighbour.extension, version);
      return next === null ? neighbour : { ...neighbour, version, manifest: next.manifest };
    });
  }

  private underWayTo(tenant: string, extension: string): string | null {
    const upgrade = this.installation(tenant, extension)?.upgrade ?? null;
    return upgrade?.phase === 'running' ? upgrade.version : null;
  }

  private neighbours(tenant: string): readonly Neighbour[] {
    return this.snapshot
      .ofTenant(tenant)
      .map(({ extension, status, version }) => ({ extension, status, version: version.version, manifest: version.manifest }));
  }
}
