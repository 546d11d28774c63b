// All sandboxes of this process: one slot for each (tenant, extension), made on first use. Follows installations and tenants: what is disabled,
// removed or suspended has no sandbox.
import { idOf, isoNow, rejected, Rejection, tenantOf, type CommandBus, type EventStore, type RecordedEvent } from '@kari/kernel';
import { wording } from '@kari/protocol';
import type { Configurations } from '@kari/data/contract';
import type { Installation, Installations, RegisteredVersion } from '@kari/extension/contract';
import type { Tenants, TenantStatus } from '@kari/tenancy/contract';
import type { SandboxCandidates, SandboxInvocation, Sandboxes, SandboxLifecycle, SandboxObserver, SandboxStatus } from '../contract.js';
import type { Launcher } from '../launcher/launcher.port.js';
import { resourceClasses, type ResourceClass } from '../launcher/resource-class.rules.js';
import type { Isolation } from '../level/isolation.js';
import { suffices } from '../level/level.rules.js';
import type { LevelPolicy } from '../level/level-policy.js';
import { admit, admitRestart } from './admission.rules.js';
import { idleLimitMs, isForgotten, leaver } from './eviction.rules.js';
import type { SupervisorTools } from './ports.js';
import { callLimits, SandboxProcess } from './sandbox-process.js';
import { SandboxSlot } from './sandbox-slot.js';
import { ProcessLog, sandboxSupervisor } from './process-log.js';
import type { SlotParts } from './slot-parts.js';
import type { StopKind } from './supervisor.events.js';

export interface HostParts {
  readonly tools: SupervisorTools;
  readonly bus: CommandBus;
  readonly store: EventStore;
  readonly installations: Installations;
  readonly tenants: Tenants;
  readonly configurations: Pick<Configurations, 'effective' | 'onChange'>;
  readonly isolation: Pick<Isolation, 'prove' | 'best' | 'report' | 'dispose'>;
  readonly levels: LevelPolicy;
  readonly limits: { readonly total: number; readonly perTenant: number };
}

const SWEEP_MS = 10_000;

export class SandboxHost implements Sandboxes, SandboxLifecycle {
  readonly candidates: SandboxCandidates;
  private readonly slots = new Map<string, SandboxSlot>();
  private readonly listeners = new Set<(status: SandboxStatus) => void>();
  private readonly unsubscribe: (() => void)[] = [];
  private readonly slotParts: SlotParts;
  private readonly log: ProcessLog;
  private lastUse = new Map<string, number>();
  private proof: Promise<unknown> | null = null;
  private begun = false;
  private ending: Promise<void> | null = null;

  constructor(private readonly parts: HostParts) {
    const { tools, isolation, levels } = parts;
    this.log = new ProcessLog(parts.bus, parts.store, tools.ids, tools.timers);
    this.slotParts = {
      tools,
      now: () => isoNow(tools.clock),
      find: (tenant, extension) => this.installed(tenant, extension),
      admitted: (tenant, extension, handler) => this.admitted(tenant, extension, handler),
      admittedAgain: (tenant, extension) => this.admittedAgain(tenant, extension),
      resourcesOf,
      isolation: () => isolation.best(),
      minimumLevel: async (trust) => (await levels.minimums())[trust],
      suffices,
      makeRoom: (asking) => this.makeRoom(asking),
      launch: (tenant, version, launcher, process) => this.launch(tenant, version, launcher, process),
      send: (tenant, command, commandId) => this.log.send(tenant, command, commandId),
      persist: (work) => this.log.persist(work),
      changed: (status) => this.listeners.forEach((listener) => listener(status)),
      words: (rejection) => wording(rejection.code, rejection.facts).message,
      assertOpen: () => this.assertOpen(),
    };
    this.candidates = {
      start: (tenant, version) => this.startCandidate(tenant, version),
      invoke: (invocation) => this.invokeCandidate(invocation),
      stop: async (tenant, extension, reason) => this.slots.get(keyOf(tenant, extension))?.dismiss(reason),
      all: () =>
        [...this.slots.values()].flatMap(({ tenant, extension, candidateProcess }) =>
          candidateProcess === null ? [] : [{ tenant, extension, version: candidateProcess.version.version }],
        ),
    };
  }

  prepare(): void {
    this.proof ??= this.parts.isolation.prove();
  }

  async begin(): Promise<void> {
    this.prepare();
    await this.proof;
    for (const { tenant, extension, state } of await this.log.takeStock()) this.slot(tenant, extension).know(state);
    const { installations, tenants, configurations, tools } = this.parts;
    this.unsubscribe.push(
      installations.onChange((tenant, extension) => this.installationChanged(tenant, extension)),
      tenants.onChange(({ id, status }) => {
        if (status !== 'active') void this.stopTenant(id, `the tenant is ${status}`);
      }),
      configurations.onChange((tenant, extension) => this.configurationChanged(tenant, extension)),
    );
    const sweeper = tools.timers.every(SWEEP_MS, () => this.sweep());
    this.unsubscribe.push(() => sweeper.cancel());
    this.begun = true;
    for (const tenant of tenants.all()) {
      if (tenant.status === 'active') for (const { extension } of installations.ofTenant(tenant.id)) this.startEager(tenant.id, extension);
    }
  }

  end(graceMs: number = callLimits.graceMs): Promise<void> {
    this.ending ??= this.endOnce(graceMs);
    return this.ending;
  }

  describe(): string {
    const { level, reason, features } = this.parts.isolation.report();
    return level === null
      ? `none (${reason})`
      : `${level} by ${features.join(', ')}${reason === null ? '' : `; not higher because ${reason}`}`;
  }

  get observer(): SandboxObserver {
    return this.parts.tools.observer;
  }

  get runningCount(): number {
    return this.running().length;
  }

  get isServing(): boolean {
    return this.begun && this.ending === null;
  }

  private async endOnce(graceMs: number): Promise<void> {
    for (const stop of this.unsubscribe.splice(0)) stop();
    await Promise.all([...this.slots.values()].map((slot) => slot.stop('shutdown', 'the host shuts down', graceMs)));
    await Promise.all([...this.slots.values()].map((slot) => slot.settled()));
    // The folders of a self-test that still runs would be removed under it.
    await this.proof;
    this.parts.isolation.dispose();
  }

  async invoke(invocation: SandboxInvocation): Promise<unknown> {
    const { clock, observer } = this.parts.tools;
    const { tenant, extension, handler, depth } = invocation;
    this.assertServing();
    if (depth > callLimits.depth) throw rejected('SANDBOX_DEPTH', { limit: callLimits.depth });
    const began = clock.monotonic();
    const called = (error: string | null) => {
      const version = this.slots.get(keyOf(tenant, extension))?.process?.version.version ?? '';
      observer.called({ tenant, extension, version, handler, milliseconds: clock.monotonic() - began, error });
    };
    try {
      this.admitted(tenant, extension, handler);
      const answer = await this.slot(tenant, extension).invoke(invocation);
      called(null);
      return answer;
    } catch (error) {
      called(error instanceof Rejection ? error.code : 'REQUEST_FAILED');
      throw error;
    }
  }

  async start(tenant: string, extension: string): Promise<void> {
    this.assertServing();
    await this.slot(tenant, extension).ready(() => this.admitted(tenant, extension, null), START_BUDGET_MS);
  }

  private async startCandidate(tenant: string, version: RegisteredVersion): Promise<void> {
    this.assertServing();
    this.admitted(tenant, version.extension, null);
    await this.slot(tenant, version.extension).prepare(version);
  }

  private async invokeCandidate(invocation: SandboxInvocation): Promise<unknown> {
    const { tenant, extension, handler } = invocation;
    this.assertServing();
    if (!handler.startsWith('hook:')) throw rejected('SANDBOX_NOT_ENABLED', { extension, status: 'on trial' });
    this.admitted(tenant, extension, handler);
    const candidate = this.slots.get(keyOf(tenant, extension))?.candidateProcess ?? null;
    if (candidate === null) throw rejected('SANDBOX_NO_CANDIDATE', { extension });
    return candidate.invoke(invocation);
  }

  private assertServing(): void {
    this.assertOpen();
    if (!this.begun) throw rejected('SANDBOX_UNVERIFIED', { reason: 'this process does not host sandboxes, or not yet' });
  }

  private assertOpen(): void {
    if (this.ending !== null) throw rejected('SANDBOX_HOST_STOPPING', {});
  }

  async stop(tenant: string, extension: string, reason: string): Promise<void> {
    await this.stopSlot(tenant, extension, 'requested', reason);
  }

  async stopTenant(tenant: string, reason: string): Promise<void> {
    await Promise.all([...this.slots.values()].filter((slot) => slot.tenant === tenant).map((slot) => slot.stop('tenant', reason, 0)));
  }

  statuses(tenant: string): readonly SandboxStatus[] {
    const known = new Set(this.parts.installations.ofTenant(tenant).map(({ extension }) => extension));
    for (const slot of this.slots.values()) if (slot.tenant === tenant && slot.isRunning) known.add(slot.extension);
    return [...known].sort().map((extension) => this.slot(tenant, extension).status());
  }

  onStatus(listener: (status: SandboxStatus) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** What an operator's command set in motion; the decision itself is in the log already. */
  async follow(event: RecordedEvent): Promise<void> {
    if (!this.isServing) return;
    if (event.type === 'MinimumLevelSet') return this.enforceLevels();
    const tenant = tenantOf(event.stream);
    const extension = idOf(event.stream);
    const slot = this.slot(tenant, extension);
    if (event.type === 'SandboxRestartRequested') {
      await slot.stop('restart', 'an operator asked for a restart');
      slot.know(await this.log.recorded(tenant, extension));
      // What does not start, or may not, is in the log already.
      await slot.ready(() => this.admittedAgain(tenant, extension), START_BUDGET_MS).catch(() => undefined);
    } else if (event.type === 'SandboxReleased' && !slot.isRunning) slot.know(await this.log.recorded(tenant, extension));
  }

  /** A class of trust needs more now: what runs below it is ended. */
  private async enforceLevels(): Promise<void> {
    const minimums = await this.parts.levels.minimums();
    for (const slot of this.slots.values()) {
      const running = slot.process ?? slot.candidateProcess;
      if (running === null || suffices(running.level, minimums[running.version.trust])) continue;
      await slot.stop('level', `${running.version.trust} code needs ${minimums[running.version.trust]} now`);
    }
  }

  private async launch(tenant: string, version: RegisteredVersion, launcher: Launcher, id: string): Promise<SandboxProcess> {
    const resources = resourcesOf(version);
    const config = await this.parts.configurations.effective(tenant, version.extension, version.manifest);
    const launched = await launcher.launch({ process: id, resources, bundleHash: version.bundleHash, assets: version.assets });
    return new SandboxProcess({ tenant, version, resources, config, launched }, this.parts.tools);
  }

  private installed(tenant: string, extension: string): Installation | null {
    return this.parts.installations.find(tenant, extension);
  }

  private admitted(tenant: string, extension: string, handler: SandboxInvocation['handler'] | null): Installation {
    return admit(extension, this.installed(tenant, extension), this.statusOf(tenant), handler);
  }

  private admittedAgain(tenant: string, extension: string): Installation {
    return admitRestart(extension, this.installed(tenant, extension), this.statusOf(tenant));
  }

  private statusOf(tenant: string): TenantStatus | null {
    return this.parts.tenants.find(tenant)?.status ?? null;
  }

  private slot(tenant: string, extension: string): SandboxSlot {
    const key = keyOf(tenant, extension);
    const found = this.slots.get(key) ?? new SandboxSlot(tenant, extension, this.slotParts);
    this.slots.set(key, found);
    return found;
  }

  private async stopSlot(tenant: string, extension: string, kind: StopKind, reason: string): Promise<void> {
    await this.slots.get(keyOf(tenant, extension))?.stop(kind, reason);
  }

  private installationChanged(tenant: string, extension: string): void {
    const status = this.installed(tenant, extension)?.status ?? null;
    if (status === null) {
      void this.stopSlot(tenant, extension, 'removed', 'the extension was removed').then(() => this.slots.delete(keyOf(tenant, extension)));
    } else if (status === 'disabled' || status === 'failed')
      void this.stopSlot(tenant, extension, 'disabled', `the extension is ${status}`);
    else {
      this.startEager(tenant, extension);
      this.followVersion(tenant, extension);
    }
  }

  /** Whoever runs another version than the installed one hands over at once, not at the next call. */
  private followVersion(tenant: string, extension: string): void {
    const installation = this.installed(tenant, extension);
    const slot = this.slots.get(keyOf(tenant, extension));
    if (installation?.status !== 'enabled' || slot === undefined) return;
    const wanted = installation.version.version;
    const outdated = slot.process !== null && slot.process.version.version !== wanted;
    if (!outdated && slot.candidateProcess?.version.version !== wanted) return;
    this.start(tenant, extension).catch((error: unknown) => {
      this.parts.tools.logger.warn({ tenant, extension, reason: String(error) }, 'the version that was switched to did not start');
    });
  }

  private startEager(tenant: string, extension: string): void {
    const installation = this.installed(tenant, extension);
    if (installation?.status !== 'enabled' || installation.version.manifest.activation !== 'eager') return;
    this.start(tenant, extension).catch((error: unknown) => {
      this.parts.tools.logger.warn({ tenant, extension, reason: String(error) }, 'an eager extension did not start');
    });
  }

  private configurationChanged(tenant: string, extension: string): void {
    const slot = this.slots.get(keyOf(tenant, extension));
    const told = (running: SandboxProcess | null, sandboxes: Pick<Sandboxes, 'invoke'>): void => {
      // A process that starts later reads the configuration then.
      if (running?.offers('hook:onConfigChanged') === true) this.tellConfiguration(tenant, running.version, sandboxes);
    };
    told(slot?.process ?? null, this);
    told(slot?.candidateProcess ?? null, this.candidates);
  }

  private tellConfiguration(tenant: string, { extension, manifest }: RegisteredVersion, sandboxes: Pick<Sandboxes, 'invoke'>): void {
    const { ids, logger } = this.parts.tools;
    const correlationId = ids.next();
    void this.parts.configurations
      .effective(tenant, extension, manifest)
      .then((input) =>
        sandboxes.invoke({
          tenant,
          extension,
          handler: 'hook:onConfigChanged',
          input,
          context: { correlationId, actor: { id: sandboxSupervisor.id, kind: 'system' }, idempotencyKey: correlationId },
          depth: 0,
        }),
      )
      .catch((error: unknown) => logger.warn({ tenant, extension, reason: String(error) }, 'hook:onConfigChanged failed'));
  }

  private running(): readonly SandboxSlot[] {
    return [...this.slots.values()].filter((slot) => slot.isRunning);
  }

  private async makeRoom(asking: { readonly tenant: string; readonly extension: string }): Promise<void> {
    const { total, perTenant } = this.parts.limits;
    const others = () => this.running().filter(({ tenant, extension }) => tenant !== asking.tenant || extension !== asking.extension);
    await this.evictFrom(() => others().filter(({ tenant }) => tenant === asking.tenant), perTenant);
    await this.evictFrom(others, total);
  }

  private async evictFrom(running: () => readonly SandboxSlot[], limit: number): Promise<void> {
    const evicted = leaver(running(), limit);
    if (evicted === 'full') throw rejected('SANDBOX_TOO_MANY', { count: running().length });
    if (evicted !== null) await evicted.stop('capacity', 'another sandbox needed its place', EVICTION_GRACE_MS);
  }

  private sweep(): void {
    for (const slot of this.running()) {
      this.meter(slot);
      // What the process itself was started from: the registry may be out of reach at the moment.
      const isEager = slot.process?.version.manifest.activation === 'eager';
      if (!isEager && isForgotten(slot)) void slot.stop('idle', `unused for ${idleLimitMs / 60_000} minutes; starts again on first use`);
    }
  }

  private meter({ tenant, extension, process }: SandboxSlot): void {
    const use = process?.use();
    if (process === null || use === undefined || use === null) return;
    const before = this.lastUse.get(process.id) ?? 0;
    this.lastUse.set(process.id, use.cpuMilliseconds);
    void process.ended.then(() => this.lastUse.delete(process.id));
    const { version } = process.version;
    const cpuMilliseconds = Math.max(0, use.cpuMilliseconds - before);
    this.parts.tools.observer.consumed({ tenant, extension, version, cpuMilliseconds, memoryBytes: use.memoryBytes });
  }
}

const START_BUDGET_MS = 10_000;
/** It has no call in hand, and somebody waits for its place. */
const EVICTION_GRACE_MS = 1000;

function keyOf(tenant: string, extension: string): string {
  return `${tenant}~${extension}`;
}

function resourcesOf(version: RegisteredVersion): ResourceClass {
  return resourceClasses[version.manifest.resources?.class ?? 'S'];
}
