// The whole context on a log in memory: the real bus, snapshot, manager, process managers and reactors, run as the platform runs them.
// `restart` keeps the log, the blobs and the checkpoints, and nothing else.
import { createHash } from 'node:crypto';
import {
  derivedId,
  fold,
  PLATFORM_TENANT,
  rejected,
  START,
  streamId,
  type AuditRecord,
  type Clock,
  type Ids,
  type Position,
  type ProcessManager,
  type RecordedEvent,
  type RequestContext,
  type Timers,
} from '@kari/kernel';
import { manualClock, MemoryEventStore, seededIds, settled, type ManualClock } from '@kari/kernel/testing';
import type { Blobs } from '@kari/platform/blob';
import { StoreCommandBus, systemPrincipal } from '@kari/platform/command-bus';
import { Registry, type AnyCommandDefinition, type Reactor } from '@kari/platform/registry';
import type { Logger } from '@kari/platform/telemetry';
import type { Tenant, Tenants } from '@kari/tenancy/contract';
import type { Manifest } from '@kari/protocol/manifest';
import { Discovery } from '../discovery/discovery.js';
import { commandDefinitions } from '../extension.definitions.js';
import { HealthQueries } from '../health/health.queries.js';
import { InstallSteps } from '../installation/install-steps.js';
import { InstallationWorkReactor } from '../installation/installation-work.reactor.js';
import { installationProcessManager } from '../installation/installation.process-manager.js';
import { extensionDecider } from '../lifecycle/extension.decider.js';
import type { ExtensionEvent } from '../lifecycle/extension.events.js';
import type { ExtensionState } from '../lifecycle/extension-state.rules.js';
import { ExtensionManager } from '../manager/extension-manager.js';
import { ExtensionManagerReactor } from '../manager/extension-manager.reactor.js';
import { InstallationPlanQueries } from '../planning/installation-plan.queries.js';
import { PlanManager } from '../planning/execution/plan-manager.js';
import { PlanWorkReactor } from '../planning/execution/plan-work.reactor.js';
import { planProcessManager } from '../planning/execution/plan.process-manager.js';
import { PlanQueries } from '../planning/plan.queries.js';
import { rolloutProcessManager } from '../rollout/rollout.process-manager.js';
import { WithdrawalReactor } from '../rollout/withdrawal.reactor.js';
import type { ExtensionSettings } from '../settings.js';
import { PackageVerification } from '../package/package-verification.js';
import { GroupReactor } from '../together/group.reactor.js';
import { HeldUpgradeReactor } from '../upgrade/held-upgrade.reactor.js';
import { TrialReactor } from '../upgrade/trial.reactor.js';
import { UpgradeSteps } from '../upgrade/upgrade-steps.js';
import { UpgradeWork } from '../upgrade/upgrade-work.js';
import { upgradeProcessManager } from '../upgrade/upgrade.process-manager.js';
import { InstallationSnapshot } from '../snapshot/installation-snapshot.js';
import { MemorySandboxes } from './memory-sandboxes.js';
import { MemoryTables } from './memory-tables.js';
import { content, TENANT } from './stories.js';

export class MemoryBlobs implements Blobs {
  readonly stored = new Map<string, Uint8Array>();

  put(bytes: Uint8Array): Promise<string> {
    const id = `sha256-${createHash('sha256').update(bytes).digest('hex')}`;
    this.stored.set(id, bytes);
    return Promise.resolve(id);
  }

  get(id: string): Promise<Uint8Array> {
    const bytes = this.stored.get(id);
    return bytes === undefined ? Promise.reject(rejected('EVENT_BLOB_MISSING', { id })) : Promise.resolve(bytes);
  }

  has(id: string): Promise<boolean> {
    return Promise.resolve(this.stored.has(id));
  }

  remove(id: string): Promise<void> {
    this.stored.delete(id);
    return Promise.resolve();
  }
}

export class MemoryTenants implements Tenants {
  readonly tenants: Tenant[] = [];

  find(idOrSlug: string): Tenant | null {
    return this.tenants.find(({ id, slug }) => id === idOrSlug || slug === idOrSlug) ?? null;
  }

  all(): readonly Tenant[] {
    return this.tenants;
  }

  onChange(): () => void {
    return () => undefined;
  }
}

export const quiet: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing, child: () => quiet };
function nothing(): void {}

interface Kept {
  readonly store: MemoryEventStore;
  readonly blobs: MemoryBlobs;
  readonly sandboxes: MemorySandboxes;
  readonly tables: MemoryTables;
  readonly tenants: MemoryTenants;
  readonly checkpoints: Map<string, Position>;
  readonly clock: Clock & Timers;
  readonly manual: ManualClock;
  /** No process repeats an id of another. */
  readonly ids: Ids;
}

export interface WorldOptions {
  readonly settings?: Partial<ExtensionSettings>;
  /** Default: time that stands still until the spec moves it. */
  readonly time?: Clock & Timers;
}

export class World {
  readonly store: MemoryEventStore;
  readonly blobs: MemoryBlobs;
  readonly sandboxes: MemorySandboxes;
  readonly tables: MemoryTables;
  readonly tenants: MemoryTenants;
  readonly clock: ManualClock;
  readonly audited: AuditRecord[] = [];
  readonly bus: StoreCommandBus;
  readonly snapshot: InstallationSnapshot;
  readonly plans: InstallationPlanQueries;
  readonly manager: ExtensionManager;
  readonly planning: PlanQueries;
  readonly planManager: PlanManager;
  readonly discovery: Discovery;
  readonly health: HealthQueries;
  readonly work: InstallationWorkReactor;
  readonly reconciler: ExtensionManagerReactor;
  readonly trials: TrialReactor;
  private readonly settings: ExtensionSettings;
  private readonly stops: (() => Promise<void>)[] = [];

  private constructor(
    private readonly kept: Kept,
    private readonly options: WorldOptions,
  ) {
    const { store, blobs, sandboxes, tables, tenants, clock, manual, ids } = kept;
    this.store = store;
    this.blobs = blobs;
    this.sandboxes = sandboxes;
    this.tables = tables;
    this.tenants = tenants;
    this.clock = manual;
    const settings: ExtensionSettings = {
      directories: [],
      developmentFolders: true,
      watch: false,
      safeBoot: false,
      platformVersion: '0.1.0',
      trialSeconds: 600,
      healthSeconds: 30,
      ...options.settings,
    };
    const commands = new Registry<AnyCommandDefinition>('command', ({ type }) => type);
    commands.add(...commandDefinitions);
    const audit = { record: (record: AuditRecord) => (this.audited.push(record), Promise.resolve()) };
    const gate = {
      standing: (tenant: string) =>
        Promise.resolve(tenants.find(tenant)?.status === 'suspended' ? ('suspended' as const) : ('open' as const)),
    };
    this.settings = settings;
    this.bus = new StoreCommandBus(commands, store, audit, gate, clock, ids, clock);
    this.snapshot = new InstallationSnapshot(store, clock, clock, quiet, settings);
    this.plans = new InstallationPlanQueries(this.snapshot, settings);
    this.manager = new ExtensionManager(this.bus, this.snapshot, this.plans, clock);
    this.planning = new PlanQueries(this.snapshot, this.plans, settings);
    this.planManager = new PlanManager(this.bus, this.planning);
    const packages = new PackageVerification(blobs, this.snapshot);
    const steps = new InstallSteps(sandboxes, tables, packages, this.snapshot, this.plans, settings);
    const upgrades = new UpgradeWork(
      new UpgradeSteps(sandboxes, tables, packages, this.snapshot, this.plans, settings),
      settings,
      clock,
      quiet,
    );
    this.work = new InstallationWorkReactor(this.snapshot, steps, upgrades, this.bus, clock, clock, quiet);
    this.trials = new TrialReactor(this.snapshot, sandboxes, tenants, this.manager, this.bus, clock, clock, quiet, settings);
    this.snapshot.onChange((tenant, extension) => {
      sandboxes.follow(tenant, extension, this.snapshot.find(tenant, extension)?.version.version ?? null);
    });
    this.reconciler = new ExtensionManagerReactor(this.snapshot, sandboxes, tenants, clock, quiet, settings);
    this.discovery = new Discovery(this.bus, blobs, this.snapshot, settings, clock, ids, quiet);
    this.health = new HealthQueries(this.snapshot, this.plans, sandboxes, settings);
  }

  static async open(options: WorldOptions = {}): Promise<World> {
    const manual = manualClock();
    const clock = options.time ?? manual;
    const kept: Kept = {
      store: new MemoryEventStore({ clock }),
      blobs: new MemoryBlobs(),
      sandboxes: new MemorySandboxes(),
      tables: new MemoryTables(),
      tenants: new MemoryTenants(),
      checkpoints: new Map(),
      clock,
      manual,
      ids: seededIds(7),
    };
    return new World(kept, options).started();
  }

  /** What another one left, as a process that does nothing sees it. */
  static async inspect(left: World): Promise<World> {
    const seen = new World(left.kept, left.options);
    seen.snapshot.onApplicationBootstrap();
    await seen.snapshot.caughtUp();
    return seen;
  }

  /** A new process on what the old one left. */
  async restart(settings: Partial<ExtensionSettings> = {}): Promise<World> {
    await this.close();
    return new World(this.kept, { ...this.options, settings: { ...this.options.settings, ...settings } }).started();
  }

  async close(): Promise<void> {
    await this.work.onApplicationShutdown();
    this.reconciler.onApplicationShutdown();
    this.trials.onApplicationShutdown();
    for (const stop of this.stops) await stop();
    await this.snapshot.onApplicationShutdown();
  }

  caller(tenant = TENANT): RequestContext {
    return { principal: { id: 'someone', kind: 'user', may: () => true }, tenant, correlationId: 'correlation' };
  }

  /** Registers a package whose bundle is in the blob store. */
  async package(manifest: Manifest): Promise<void> {
    const bytes = Buffer.from(`bundle of ${manifest.id} ${manifest.version}`);
    const bundleHash = (await this.blobs.put(bytes)).slice('sha256-'.length);
    const data = { ...content({ manifest, bundleHash }), mayReplace: true };
    const outcome = await this.bus.send({ type: 'RegisterPackageVersion', data }, this.caller(PLATFORM_TENANT));
    if (outcome.position !== null) await this.snapshot.reached(outcome.position);
  }

  /** What a tenancy would do: the tenant, and the fact that it was made. */
  async tenant(id = TENANT, type: 'TenantCreated' | 'TenantSuspended' | 'TenantResumed' = 'TenantCreated'): Promise<void> {
    const status = type === 'TenantSuspended' ? 'suspended' : 'active';
    const others = this.tenants.tenants.filter((tenant) => tenant.id !== id);
    this.tenants.tenants.splice(0, Infinity, ...others, { id, slug: `t${id.slice(-1)}`, status });
    const stream = streamId('tenancy.tenant', PLATFORM_TENANT, id);
    let revision = -1n;
    for await (const event of this.store.readStream(stream)) revision = event.revision;
    const meta = {
      tenant: PLATFORM_TENANT,
      actor: 'someone',
      actorKind: 'user',
      commandId: id,
      commandType: type,
      correlationId: 'correlation',
    } as const;
    const event = {
      id: derivedId(id, type, `${revision}`),
      type,
      version: 1,
      data: { tenant: id },
      meta: { ...meta, occurredAt: '2026-01-01T00:00:00.000Z' },
    };
    await this.store.append([{ stream, expected: revision < 0n ? 'none' : revision, events: [event] }]);
  }

  async state(extension: string, tenant = TENANT): Promise<ExtensionState> {
    return fold(extensionDecider, extensionDecider.initialState, await this.history(extension, tenant));
  }

  async history(extension: string, tenant = TENANT): Promise<readonly ExtensionEvent[]> {
    const events: ExtensionEvent[] = [];
    for await (const event of this.store.readStream(streamId('extension.installation', tenant, extension)))
      events.push(event as unknown as ExtensionEvent);
    return events;
  }

  async types(extension: string, tenant = TENANT): Promise<readonly string[]> {
    return (await this.history(extension, tenant)).map(({ type, data }) =>
      'step' in data && data.step !== null ? `${type} ${data.step}` : type,
    );
  }

  /** Resolves once the extension is in that status; fails after a while, telling how far it came. */
  async until(extension: string, status: ExtensionState['status'], tenant = TENANT): Promise<ExtensionState> {
    await eventually(
      async () => (await this.state(extension, tenant)).status === status,
      async () => `${extension} is ${(await this.state(extension, tenant)).status}, not ${status}`,
    );
    await this.snapshot.reached(await this.store.head());
    return this.state(extension, tenant);
  }

  private async started(): Promise<this> {
    this.snapshot.onApplicationBootstrap();
    await this.snapshot.caughtUp();
    for (const manager of [installationProcessManager, upgradeProcessManager, rolloutProcessManager, planProcessManager])
      this.lead(manager);
    for (const reactor of [
      this.work,
      this.reconciler,
      this.trials,
      new WithdrawalReactor(this.snapshot, this.manager),
      new HeldUpgradeReactor(this.snapshot, this.plans, this.bus),
      new PlanWorkReactor(this.snapshot, this.manager, this.bus, this.store),
      new GroupReactor(this.snapshot, this.manager, this.bus, this.store, this.settings),
    ])
      this.run(reactor);
    this.work.start();
    this.trials.start();
    return this;
  }

  /** As the platform leads process managers: state from the log, commands with ids of their event, checkpoint after the sends. */
  private lead(manager: ProcessManager<unknown>): void {
    const states = new Map<string, unknown>();
    this.follow(manager.name, manager.handles, START, async (event, fresh) => {
      const process = manager.processOf(event);
      if (process === null) return;
      const state = manager.evolve(states.get(process) ?? manager.initialState, event);
      states.set(process, state);
      if (!fresh) return;
      for (const [index, { command, tenant }] of manager.react(state, event).entries()) {
        const commandId = derivedId(event.id, manager.name, index);
        const context = { principal: systemPrincipal(manager.name), tenant, correlationId: event.meta.correlationId, commandId };
        await this.bus.send(command, context);
      }
    });
  }

  private run(reactor: Reactor): void {
    const from = reactor.runs === 'once' ? (this.kept.checkpoints.get(reactor.name) ?? START) : START;
    this.follow(reactor.name, reactor.handles, from, (event, fresh) => (fresh ? reactor.react(event) : Promise.resolve()));
  }

  private follow(
    name: string,
    types: readonly string[],
    after: Position,
    handle: (event: RecordedEvent, fresh: boolean) => Promise<void>,
  ): void {
    const seen = this.kept.checkpoints.get(name) ?? START;
    const subscription = this.store.subscribe({ after, filter: { types } }, async ({ events, position }) => {
      for (const event of events) await handle(event, BigInt(event.position) > BigInt(seen));
      this.kept.checkpoints.set(name, position);
    });
    this.stops.push(() => subscription.stop());
  }
}

/** Gives everything that is ready its turn until the condition holds. */
export async function eventually(condition: () => boolean | Promise<boolean>, otherwise: () => string | Promise<string>): Promise<void> {
  for (let turn = 0; turn < 500; turn += 1) {
    if (await condition()) return;
    await settled();
  }
  throw new Error(await otherwise());
}
