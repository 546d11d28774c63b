// The installations, grants and packages as the log has them now, in memory: what enforcement reads. Synchronous, and silent about nothing:
// a read while it may not follow the log is refused.
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import {
  categoryOf,
  CLOCK,
  EVENT_STORE,
  idOf,
  rejected,
  tenantOf,
  TIMERS,
  type Clock,
  type EventStore,
  type Position,
  type RecordedEvent,
  type Timers,
} from '@kari/kernel';
import { LOGGER, type Logger } from '@kari/platform/telemetry';
import type { Installation, Installations } from '../contract.js';
import { folderDecider, type FolderState } from '../discovery/folder.decider.js';
import { FOLDER_CATEGORY, type FolderEvent } from '../discovery/folder.events.js';
import { INSTALLATION_CATEGORY, type ExtensionEvent } from '../lifecycle/extension.events.js';
import { evolveExtension, isHeld, type ExtensionState } from '../lifecycle/extension-state.rules.js';
import { contentAfter } from '../package/package.decider.js';
import { PACKAGE_CATEGORY, type PackageContent, type PackageEvent } from '../package/package.events.js';
import { EXTENSION_SETTINGS, type ExtensionSettings } from '../settings.js';
import { asDecided } from '../together/group-effect.rules.js';
import { groupDecider, type GroupsState } from '../together/group.decider.js';
import { GROUP_CATEGORY, type GroupEvent } from '../together/group.events.js';
import { enforced } from './installation.rules.js';
import { LogFollower } from './log-follower.js';
import { PackageCatalogue } from './package-catalogue.js';

/** One installation as the log has it, with what its last event said of it. */
export interface InstallationEntry {
  readonly tenant: string;
  readonly extension: string;
  /** As it is enforced: what its group has decided holds here at once, for all of the group. */
  readonly state: ExtensionState;
  /** As its own stream has it, which follows what its group decides. */
  readonly recorded: ExtensionState;
  readonly revision: bigint;
  readonly position: Position;
  readonly correlationId: string;
  /** When its last event happened, ISO 8601. */
  readonly changedAt: string;
}

type Listener = (tenant: string, extension: string) => void;

@Injectable()
export class InstallationSnapshot implements Installations, OnApplicationBootstrap, OnApplicationShutdown {
  private readonly byTenant = new Map<string, Map<string, InstallationEntry>>();
  private readonly composed = new Map<string, Installation>();
  private readonly groups = new Map<string, GroupsState>();
  private readonly folders = new Map<string, FolderState>();
  private readonly catalogue = new PackageCatalogue();
  private readonly listeners = new Set<Listener>();
  private readonly follower: LogFollower;

  constructor(
    @Inject(EVENT_STORE) store: EventStore,
    @Inject(CLOCK) clock: Clock,
    @Inject(TIMERS) timers: Timers,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(EXTENSION_SETTINGS) private readonly settings: ExtensionSettings,
  ) {
    this.follower = new LogFollower(store, clock, timers, logger, {
      filter: { categories: [INSTALLATION_CATEGORY, GROUP_CATEGORY, PACKAGE_CATEGORY, FOLDER_CATEGORY] },
      fold: (event, next) => this.fold(event, next),
    });
  }

  onApplicationBootstrap(): void {
    this.follower.start();
  }

  onApplicationShutdown(): Promise<void> {
    return this.follower.stop();
  }

  caughtUp(): Promise<void> {
    return this.follower.caughtUp();
  }

  reached(position: Position): Promise<void> {
    return this.follower.reached(position);
  }

  whyStale(): string | null {
    return this.follower.whyStale();
  }

  find(tenant: string, extension: string): Installation | null {
    this.demandFresh();
    const entry = this.byTenant.get(tenant)?.get(extension);
    return entry === undefined ? null : this.compose(entry);
  }

  ofTenant(tenant: string): readonly Installation[] {
    this.demandFresh();
    const installations = [...(this.byTenant.get(tenant)?.values() ?? [])].map((entry) => this.compose(entry));
    return installations.filter((installation) => installation !== null).sort((a, b) => (a.extension < b.extension ? -1 : 1));
  }

  onChange(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** What the log says of one installation, whatever it counts as for enforcement. */
  entry(tenant: string, extension: string): InstallationEntry | null {
    this.demandFresh();
    return this.known(tenant, extension);
  }

  /** The same, fresh or not: for work whose outcome a decider judges anyway, never for enforcement. */
  known(tenant: string, extension: string): InstallationEntry | null {
    return this.byTenant.get(tenant)?.get(extension) ?? null;
  }

  knownOf(tenant: string): readonly InstallationEntry[] {
    return [...(this.byTenant.get(tenant)?.values() ?? [])];
  }

  knownEntries(): readonly InstallationEntry[] {
    return [...this.byTenant.values()].flatMap((entries) => [...entries.values()]);
  }

  /** The groups of upgrades that still mean something in the tenant; fresh or not, as `known`. */
  groupsOf(tenant: string): GroupsState {
    return this.groups.get(tenant) ?? groupDecider.initialState;
  }

  packages(): PackageCatalogue {
    this.demandFresh();
    return this.catalogue;
  }

  /** Folders that the last scan found broken, with what is wrong. */
  rejectedFolders(): ReadonlyMap<string, Extract<FolderState, { status: 'rejected' }>> {
    this.demandFresh();
    const rejectedOnes = [...this.folders].filter(([, state]) => state.status === 'rejected');
    return new Map(rejectedOnes as [string, Extract<FolderState, { status: 'rejected' }>][]);
  }

  private demandFresh(): void {
    const reason = this.follower.whyStale();
    if (reason !== null) throw rejected('EXTENSION_SNAPSHOT_STALE', { reason });
  }

  private fold(event: RecordedEvent, next: RecordedEvent | undefined): void {
    switch (categoryOf(event.stream)) {
      case PACKAGE_CATEGORY:
        return this.foldPackage(event as unknown as PackageEvent);
      case GROUP_CATEGORY:
        return this.foldGroup(tenantOf(event.stream), event as unknown as GroupEvent);
      case FOLDER_CATEGORY: {
        const folderEvent = event as unknown as FolderEvent;
        const folder = folderEvent.data.folder;
        this.folders.set(folder, folderDecider.evolve(this.folders.get(folder) ?? folderDecider.initialState, folderEvent));
        return;
      }
      default:
        return this.foldInstallation(event, next);
    }
  }

  private foldPackage(event: PackageEvent): void {
    const content = contentAfter(this.catalogue.find(event.data.extension, event.data.version), event);
    if (content === null) return;
    this.catalogue.put(content);
    if (event.type === 'PackageSourceConfirmed') return;
    // Other bytes under the same version concern everyone who has it.
    for (const entry of this.having(content)) this.changed(entry);
  }

  private having({ extension, version }: PackageContent): readonly InstallationEntry[] {
    const entries = [...this.byTenant.values()].map((ofTenant) => ofTenant.get(extension));
    return entries.filter((entry) => entry !== undefined && isHeld(entry.state) && entry.state.version === version) as InstallationEntry[];
  }

  /** One fact changes all of its members: nobody is told of one before all are changed. */
  private foldGroup(tenant: string, event: GroupEvent): void {
    const before = this.groupsOf(tenant);
    const groups = groupDecider.evolve(before, event);
    this.groups.set(tenant, groups);
    const entries = this.byTenant.get(tenant);
    const concerned = [...before, ...groups].filter(({ group }) => group === event.data.group).flatMap(({ members }) => members);
    const changed = [...new Set(concerned.map(({ extension }) => extension))].flatMap((extension) => {
      const entry = entries?.get(extension);
      const state = entry === undefined ? null : asDecided(entry.recorded, groups);
      if (entries === undefined || entry === undefined || state === null) return [];
      const next: InstallationEntry = { ...entry, state };
      entries.set(extension, next);
      this.composed.delete(keyOf(tenant, extension));
      return [next];
    });
    for (const entry of changed) this.changed(entry);
  }

  private foldInstallation(event: RecordedEvent, next: RecordedEvent | undefined): void {
    const tenant = tenantOf(event.stream);
    const extension = idOf(event.stream);
    const entries = this.byTenant.get(tenant) ?? new Map<string, InstallationEntry>();
    this.byTenant.set(tenant, entries);
    const before = entries.get(extension)?.recorded ?? { status: 'absent' };
    const recorded = evolveExtension(before, event as unknown as ExtensionEvent);
    const entry: InstallationEntry = {
      tenant,
      extension,
      state: asDecided(recorded, this.groupsOf(tenant)),
      recorded,
      revision: event.revision,
      position: event.position,
      correlationId: event.meta.correlationId,
      changedAt: event.meta.occurredAt,
    };
    entries.set(extension, entry);
    // One decision is one change: an install that ends enabled is never seen as disabled in between.
    const decidedTogether = next?.stream === event.stream && next.meta.commandId === event.meta.commandId;
    this.changed(entry, !decidedTogether);
  }

  private changed({ tenant, extension }: InstallationEntry, tell = true): void {
    this.composed.delete(keyOf(tenant, extension));
    if (!tell) return;
    for (const listener of this.listeners) {
      try {
        listener(tenant, extension);
      } catch (error) {
        this.logger.error({ error, tenant, extension }, 'a listener to changes of installations failed');
      }
    }
  }

  private compose(entry: InstallationEntry): Installation | null {
    const key = keyOf(entry.tenant, entry.extension);
    const known = this.composed.get(key);
    if (known !== undefined) return known;
    if (!isHeld(entry.state)) return null;
    const content = this.catalogue.find(entry.extension, entry.state.version);
    if (content === null) return null;
    const installation = enforced(entry.tenant, entry.state, content, entry.revision, this.settings.safeBoot);
    this.composed.set(key, installation);
    return installation;
  }
}

function keyOf(tenant: string, extension: string): string {
  return `${tenant}~${extension}`;
}
