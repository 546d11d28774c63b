// A whole sandbox host over a memory event store and real processes: what a spec needs to install an extension, call it, and look at the log.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { AuditRecord, RecordedEvent } from '@kari/kernel';
// Not through the door of the kernel's test helpers: benchmarks use this file outside of jest.
import { MemoryEventStore } from '../../libs/kernel/src/testing/memory-event-store.js';
import { StoreCommandBus } from '@kari/platform/command-bus';
import { Registry, type AnyCommandDefinition } from '@kari/platform/registry';
import { systemClock, systemIds, systemRandom, systemTimers } from '@kari/platform/time';
import type { Grant, Installation, InstallationStatus, TrustClass } from '@kari/extension/contract';
import type { Manifest } from '@kari/protocol/manifest';
import type { TenantStatus } from '@kari/tenancy/contract';
import type { Capability, SandboxInvocation, SandboxObserver } from '../../libs/sandbox/src/contract.js';
import { Broker } from '../../libs/sandbox/src/broker/broker.js';
import { configCapability } from '../../libs/sandbox/src/broker/config.capability.js';
import { logCapability } from '../../libs/sandbox/src/broker/log.capability.js';
import { metricsCapability } from '../../libs/sandbox/src/broker/metrics.capability.js';
import { findEngine } from '../../libs/sandbox/src/launcher/engine.adapter.js';
import { Isolation } from '../../libs/sandbox/src/level/isolation.js';
import { LevelPolicy } from '../../libs/sandbox/src/level/level-policy.js';
import { sandboxCommands } from '../../libs/sandbox/src/sandbox.commands.js';
import { SandboxHost, type HostParts } from '../../libs/sandbox/src/supervision/sandbox-host.js';
import type { Launcher } from '../../libs/sandbox/src/launcher/launcher.port.js';
import { launchers, MemoryContents, type Launchers } from './sandboxes.js';
import { startable, type TestLevel } from './startable.js';

export const tenantA = '00000000-0000-7000-8000-00000000000a';
export const tenantB = '00000000-0000-7000-8000-00000000000b';

/** Nobody asks too often here. */
const noRates = { extensionCall: () => Promise.resolve() };

export interface InstallOptions {
  readonly tenant?: string;
  readonly extension?: string;
  readonly version?: string;
  readonly manifest?: Partial<Manifest>;
  readonly grants?: readonly Grant[];
  readonly trust?: TrustClass;
  readonly status?: InstallationStatus;
}

type Observed = { readonly kind: keyof SandboxObserver } & Readonly<Record<string, unknown>>;

export interface WorldOptions {
  /** Forces a level without the self-test; `proven`: as in production. Default: the highest this machine can run. */
  readonly level?: TestLevel | 'proven';
  readonly limits?: { readonly total: number; readonly perTenant: number };
  /** A launcher of the test's own instead of real processes, and the time it lives in. */
  readonly scripted?: { readonly launcher: Launcher; readonly time: Partial<WorldTime> };
  /** Where the runner was built already. */
  readonly runner?: string;
}

type WorldTime = Pick<HostParts['tools'], 'clock' | 'timers' | 'random'>;

export class SandboxWorld {
  readonly contents: MemoryContents;
  readonly store: MemoryEventStore;
  readonly audited: AuditRecord[] = [];
  readonly observed: Observed[] = [];
  readonly capabilities = new Map<string, Capability>();
  readonly bus: StoreCommandBus;
  readonly isolation: Pick<Isolation, 'prove' | 'best' | 'report' | 'dispose'>;
  readonly host: SandboxHost;
  readonly broker: Broker;
  private readonly hostParts: HostParts;
  readonly configuration = new Map<string, Readonly<Record<string, unknown>>>();
  auditIsDown = false;
  private readonly installed = new Map<string, Installation>();
  private readonly tenants = new Map<string, TenantStatus>([
    [tenantA, 'active'],
    [tenantB, 'active'],
  ]);
  private readonly installationListeners = new Set<(tenant: string, extension: string) => void>();
  private readonly tenantListeners = new Set<(tenant: { id: string; slug: string; status: TenantStatus }) => void>();
  private readonly configurationListeners = new Set<(tenant: string, extension: string) => void>();

  private constructor(
    private readonly workshop: Launchers | null,
    launcher: Launcher | null,
    limits: { readonly total: number; readonly perTenant: number },
    given: Partial<WorldTime>,
  ) {
    this.contents = workshop?.contents ?? new MemoryContents();
    const logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined, child: () => logger };
    const time = { clock: systemClock, timers: systemTimers, ids: systemIds, random: systemRandom, ...given };
    this.store = new MemoryEventStore({ clock: time.clock });
    const audit = {
      record: (record: AuditRecord) => {
        if (this.auditIsDown) return Promise.reject(new Error('the trail is down'));
        this.audited.push(record);
        return Promise.resolve();
      },
    };
    const commands = new Registry<AnyCommandDefinition>('command', ({ type }) => type);
    commands.add(...sandboxCommands);
    this.bus = new StoreCommandBus(
      commands,
      this.store,
      audit,
      { standing: () => Promise.resolve('open') },
      time.clock,
      time.ids,
      time.timers,
    );
    const observe =
      (kind: keyof SandboxObserver) =>
      (seen: object): void =>
        void this.observed.push({ kind, ...seen });
    const observer = { called: observe('called'), logged: observe('logged'), measured: observe('measured'), consumed: observe('consumed') };
    const installations = {
      find: (tenant: string, extension: string) => this.installed.get(`${tenant}~${extension}`) ?? null,
      ofTenant: (tenant: string) => [...this.installed.values()].filter((one) => one.tenant === tenant),
      onChange: subscribe(this.installationListeners),
    };
    const tenants = {
      find: (id: string) => {
        const status = this.tenants.get(id);
        return status === undefined ? null : { id, slug: id, status };
      },
      all: () => [...this.tenants].map(([id, status]) => ({ id, slug: id, status })),
      onChange: subscribe(this.tenantListeners),
    };
    const configurations = {
      effective: (tenant: string, extension: string) => Promise.resolve(this.configuration.get(`${tenant}~${extension}`) ?? {}),
      onChange: subscribe(this.configurationListeners),
    };
    this.broker = new Broker({
      capability: (name) => this.capabilities.get(name),
      installations,
      tenants,
      audit,
      logger,
      rates: noRates,
      ...time,
    });
    for (const capability of [logCapability, metricsCapability(observer), configCapability(configurations)]) {
      this.capabilities.set(capability.name, capability);
    }
    if (launcher !== null) this.isolation = forced(launcher);
    else if (workshop !== null) this.isolation = proving(workshop, { ...time, logger });
    else throw new Error('a level is proven with real processes alone');
    this.hostParts = {
      tools: { ...time, logger, observer, broker: this.broker },
      bus: this.bus,
      store: this.store,
      installations,
      tenants,
      configurations,
      isolation: this.isolation,
      levels: new LevelPolicy(this.store),
      limits,
    };
    this.host = new SandboxHost(this.hostParts);
  }

  get openFolder(): string {
    return join(this.workshop?.folder ?? '', 'open');
  }

  /** Another host over the same log, as after a restart of the platform. */
  newHost(): SandboxHost {
    return new SandboxHost(this.hostParts);
  }

  /** A command of an operator; the host is told as the reaction would. */
  async command(type: string, data: object, tenant = tenantA): Promise<void> {
    const position = (await this.events()).length;
    await this.bus.send(
      { type, data },
      { principal: { id: 'operator', kind: 'user', may: () => true }, tenant, correlationId: randomUUID() },
    );
    for (const event of (await this.events()).slice(position)) if (event.meta.actor === 'operator') await this.host.follow(event);
  }

  static async open({ level, limits = { total: 16, perTenant: 8 }, scripted, runner }: WorldOptions = {}): Promise<SandboxWorld> {
    const workshop = scripted === undefined ? await launchers(runner) : null;
    const chosen = level ?? startable.at(-1) ?? 'L1';
    const launcher = scripted?.launcher ?? (chosen === 'proven' ? null : ((await workshop?.at(chosen)) ?? null));
    const world = new SandboxWorld(workshop, launcher, limits, scripted?.time ?? {});
    await world.host.begin();
    return world;
  }

  /** Installs a bundle as an extension that declares the named plugins. */
  install(bundle: string, options: InstallOptions = {}): Installation {
    const {
      tenant = tenantA,
      extension = 'acme.notes',
      version = '1.0.0',
      manifest = {},
      grants = [],
      trust = 'firstParty',
      status = 'enabled',
    } = options;
    const whole: Manifest = {
      id: extension,
      name: extension,
      version,
      description: 'A fixture.',
      license: 'Apache-2.0',
      category: 'utilities',
      platform: '*',
      entry: 'src/index.ts',
      ...manifest,
    };
    const registered = { extension, version, manifest: whole, bundleHash: this.contents.add(bundle), assets: {}, trust };
    return this.put({ tenant, extension, status, version: registered, grants, revision: 0n });
  }

  put(installation: Installation): Installation {
    this.installed.set(`${installation.tenant}~${installation.extension}`, installation);
    this.installationListeners.forEach((listener) => listener(installation.tenant, installation.extension));
    return installation;
  }

  /** Of the version that is installed at this moment. */
  manifestOf(tenant: string, extension: string): Pick<Manifest, 'permissions'> {
    return this.installed.get(`${tenant}~${extension}`)?.version.manifest ?? {};
  }

  remove(tenant: string, extension: string): void {
    this.installed.delete(`${tenant}~${extension}`);
    this.installationListeners.forEach((listener) => listener(tenant, extension));
  }

  setTenant(id: string, status: TenantStatus): void {
    this.tenants.set(id, status);
    this.tenantListeners.forEach((listener) => listener({ id, slug: id, status }));
  }

  configure(tenant: string, extension: string, values: Readonly<Record<string, unknown>>): void {
    this.configuration.set(`${tenant}~${extension}`, values);
    this.configurationListeners.forEach((listener) => listener(tenant, extension));
  }

  call(plugin: string, input: unknown = {}, options: Partial<SandboxInvocation> = {}): Promise<unknown> {
    return this.host.invoke({
      tenant: tenantA,
      extension: 'acme.notes',
      handler: `plugin:${plugin}`,
      input,
      context: { correlationId: randomUUID(), actor: { id: 'someone', kind: 'user' }, idempotencyKey: randomUUID() },
      depth: 0,
      ...options,
    });
  }

  async events(): Promise<readonly RecordedEvent[]> {
    const events: RecordedEvent[] = [];
    for await (const event of this.store.readAll()) events.push(event);
    return events;
  }

  /** Types of the events of one sandbox, in order. */
  async types(extension = 'acme.notes', tenant = tenantA): Promise<readonly string[]> {
    const events = await this.events();
    return events.filter(({ stream }) => stream === `sandbox.process-${tenant}~${extension}`).map(({ type }) => type);
  }

  async close(graceMs = 200): Promise<void> {
    await this.host.end(graceMs);
    await this.workshop?.dispose();
  }
}

function forced(launcher: Launcher): SandboxWorld['isolation'] {
  const report = { level: launcher.level, features: [], reason: null, at: '2026-01-01T00:00:00.000Z', milliseconds: 0 };
  return { prove: () => Promise.resolve(report), report: () => report, best: () => ({ launcher, reason: null }), dispose: () => undefined };
}

function proving(workshop: Launchers, tools: ConstructorParameters<typeof Isolation>[1]): Isolation {
  return new Isolation(
    () => ({
      engine: findEngine(),
      runner: workshop.provisions.runner,
      folder: join(workshop.folder, 'open'),
      ledgerFolder: join(workshop.folder, 'ledger'),
      contents: workshop.contents,
    }),
    tools,
  );
}

function subscribe<T extends (...args: never[]) => void>(listeners: Set<T>): (listener: T) => () => void {
  return (listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
}

/** Awaits a condition instead of a time. */
export async function eventually(condition: () => boolean | Promise<boolean>, withinMs = 20_000): Promise<void> {
  const until = Date.now() + withinMs;
  while (!(await condition())) {
    if (Date.now() > until) throw new Error(`not within ${withinMs} ms: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
