// Watches new versions in their trial period: a quarantine or a failing health check takes them back, time proves them.
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import {
  CLOCK,
  COMMAND_BUS,
  derivedId,
  idOf,
  Rejection,
  tenantOf,
  TIMERS,
  type Clock,
  type CommandBus,
  type RecordedEvent,
  type Timer,
  type Timers,
} from '@kari/kernel';
import { systemPrincipal } from '@kari/platform/command-bus';
import type { Reactor } from '@kari/platform/registry';
import { LOGGER, type Logger } from '@kari/platform/telemetry';
import { SANDBOXES, supervisionEvents, type Sandboxes } from '@kari/sandbox/contract';
import { TENANTS, type Tenants } from '@kari/tenancy/contract';
import { askHealth } from '../installation/hooks.js';
import { inWords } from '../installation/install-steps.js';
import type { ExtensionCommand } from '../lifecycle/extension.commands.js';
import type { UpgradeGroup } from '../lifecycle/extension.events.js';
import { ExtensionManager } from '../manager/extension-manager.js';
import { EXTENSION_SETTINGS, type ExtensionSettings } from '../settings.js';
import { InstallationSnapshot, type InstallationEntry } from '../snapshot/installation-snapshot.js';
import { answeredBy, firstPulse, judged, type Checked, type Pulse } from './trial.rules.js';

const CHECK_MS = 5_000;
const LOOK_EVERY_MS = 1_000;
const principal = systemPrincipal('extension.upgrade');

interface OnTrial {
  readonly tenant: string;
  readonly extension: string;
  readonly upgrade: string;
  readonly until: number;
  readonly status: 'enabled' | 'disabled';
  readonly correlationId: string;
  /** Those that came with it go back with it; null: it came alone. */
  readonly group: UpgradeGroup | null;
}

interface Watched {
  pulse: Pulse;
  nextCheckAt: number;
  busy: boolean;
}

@Injectable()
export class TrialReactor implements Reactor, OnApplicationShutdown {
  readonly name = 'extension.trial';
  readonly runs = 'once';
  readonly handles = [supervisionEvents.quarantined];

  private readonly watched = new Map<string, Watched>();
  private timer: Timer | null = null;

  constructor(
    @Inject(InstallationSnapshot) private readonly snapshot: InstallationSnapshot,
    @Inject(SANDBOXES) private readonly sandboxes: Sandboxes,
    @Inject(TENANTS) private readonly tenants: Tenants,
    @Inject(ExtensionManager) private readonly manager: ExtensionManager,
    @Inject(COMMAND_BUS) private readonly bus: CommandBus,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(TIMERS) private readonly timers: Timers,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(EXTENSION_SETTINGS) private readonly settings: ExtensionSettings,
  ) {}

  start(): void {
    this.timer ??= this.timers.every(LOOK_EVERY_MS, () => this.look());
  }

  onApplicationShutdown(): void {
    this.timer?.cancel();
    this.timer = null;
  }

  async react(event: RecordedEvent): Promise<void> {
    await this.snapshot.reached(event.position);
    const entry = this.snapshot.known(tenantOf(event.stream), idOf(event.stream));
    const trial = entry === null ? null : onTrial(entry);
    const { version, reason } = event.data as { version: string; reason: string };
    if (trial === null || entry === null || !('version' in entry.state) || entry.state.version !== version) return;
    await this.rollBack(trial, 'quarantine', reason, derivedId(event.id, 'RollBackUpgrade'));
  }

  private look(): void {
    const known = new Set<string>();
    for (const entry of this.snapshot.knownEntries()) {
      const trial = onTrial(entry);
      if (trial === null) continue;
      known.add(keyOf(trial));
      void this.attend(trial).catch((error: unknown) => {
        const { tenant, extension } = trial;
        this.logger.warn({ tenant, extension, reason: inWords(error) }, 'a trial period could not be looked after');
      });
    }
    for (const key of this.watched.keys()) if (!known.has(key)) this.watched.delete(key);
  }

  private async attend(trial: OnTrial): Promise<void> {
    const key = keyOf(trial);
    const now = this.clock.now();
    const watched = this.watched.get(key) ?? { pulse: firstPulse, nextCheckAt: now + this.settings.healthSeconds * 1_000, busy: false };
    this.watched.set(key, watched);
    if (watched.busy) return;
    watched.busy = true;
    try {
      if (now >= trial.until) return await this.send(trial, { type: 'EndUpgradeTrial', data: aboutOf(trial) });
      if (now < watched.nextCheckAt || !this.mayAsk(trial)) return;
      const { pulse, failure } = judged(watched.pulse, await this.check(trial));
      watched.pulse = pulse;
      watched.nextCheckAt = this.clock.now() + this.settings.healthSeconds * 1_000;
      if (failure !== null) await this.rollBack(trial, 'health', failure);
    } finally {
      watched.busy = false;
    }
  }

  private mayAsk({ tenant, status }: OnTrial): boolean {
    return status === 'enabled' && !this.settings.safeBoot && this.tenants.find(tenant)?.status === 'active';
  }

  private async check({ tenant, extension, upgrade, correlationId }: OnTrial): Promise<Checked> {
    const occasion = `${upgrade}/health/${this.clock.now()}`;
    try {
      const report = await askHealth(this.sandboxes, { tenant, extension, occasion, correlationId }, { deadlineMs: CHECK_MS });
      const installed = this.snapshot.find(tenant, extension)?.version.version ?? null;
      const serving = this.sandboxes.statuses(tenant).find((status) => status.extension === extension);
      const answering = serving === undefined || serving.pid === null ? installed : serving.version;
      return answeredBy(answering, installed, report);
    } catch (error) {
      return { silence: inWords(error) };
    }
  }

  private async rollBack(trial: OnTrial, cause: 'quarantine' | 'health', reason: string, commandId?: string): Promise<void> {
    const { tenant, extension, group } = trial;
    const words = reason.slice(0, 2_000);
    if (group === null) await this.send(trial, { type: 'RollBackUpgrade', data: { ...aboutOf(trial), cause, reason: words } }, commandId);
    else await this.rollBackTogether(trial, group, { cause, reason: words }, commandId);
    const others = (group?.members ?? []).map((member) => member.extension).filter((other) => other !== extension);
    this.logger.warn({ tenant, extension, others, cause, reason: words }, 'a new version was rolled back in its trial period');
    // What served before the upgrade serves again, not only when it is next asked for.
    await Promise.all([extension, ...others].map((one) => this.startAgain(tenant, one)));
  }

  private async rollBackTogether(
    { tenant, extension, correlationId }: OnTrial,
    { group }: UpgradeGroup,
    why: { cause: 'quarantine' | 'health'; reason: string },
    commandId?: string,
  ): Promise<void> {
    const context = { principal, tenant, correlationId, ...(commandId === undefined ? {} : { commandId }) };
    await this.expected(tenant, () => this.manager.rollBackTogether(extension, group, why, context));
  }

  private async startAgain(tenant: string, extension: string): Promise<void> {
    if (this.snapshot.known(tenant, extension)?.state.status !== 'enabled') return;
    await this.sandboxes.start(tenant, extension).catch((error: unknown) => {
      this.logger.warn({ tenant, extension, reason: inWords(error) }, 'the version that was rolled back to did not start');
    });
  }

  private async send({ tenant, correlationId }: OnTrial, command: ExtensionCommand, commandId?: string): Promise<void> {
    const context = { principal, tenant, correlationId, ...(commandId === undefined ? {} : { commandId }) };
    await this.expected(tenant, async () => {
      const { position } = await this.bus.send(command, context);
      if (position !== null) await this.snapshot.reached(position);
    });
  }

  /** Of a tenant that is gone nobody expects anything. */
  private async expected(tenant: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Rejection) || this.tenants.find(tenant)?.status === 'active') throw error;
    }
  }
}

function onTrial({ tenant, extension, state, correlationId }: InstallationEntry): OnTrial | null {
  if ((state.status !== 'enabled' && state.status !== 'disabled') || state.trial === null) return null;
  const { upgrade, until } = state.trial;
  const group = state.formers[0]?.group ?? null;
  return { tenant, extension, upgrade, until: Date.parse(until), status: state.status, correlationId, group };
}

function aboutOf({ extension, upgrade }: OnTrial): { extension: string; upgrade: string } {
  return { extension, upgrade };
}

function keyOf({ tenant, extension, upgrade }: OnTrial): string {
  return `${tenant}~${extension}~${upgrade}`;
}
