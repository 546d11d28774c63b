// Holds the sandboxes of this process to what is wished: eager extensions run, what is not enabled does not, and who runs replaced bytes is
// started anew. Sandboxes start on first use by themselves; nothing here needs to happen for that.
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { TIMERS, type RecordedEvent, type Timer, type Timers } from '@kari/kernel';
import type { Reactor } from '@kari/platform/registry';
import { LOGGER, type Logger } from '@kari/platform/telemetry';
import { SANDBOXES, type SandboxState, type Sandboxes } from '@kari/sandbox/contract';
import { TENANTS, type Tenants } from '@kari/tenancy/contract';
import type { Installation } from '../contract.js';
import { inWords } from '../installation/install-steps.js';
import { Slots } from '../installation/slots.js';
import type { PackageEvent } from '../package/package.events.js';
import { EXTENSION_SETTINGS, type ExtensionSettings } from '../settings.js';
import { openWorkOf } from '../snapshot/installation.rules.js';
import { isHeld } from '../lifecycle/extension-state.rules.js';
import { InstallationSnapshot } from '../snapshot/installation-snapshot.js';

const AT_ONCE = 4;
const RECONCILE_EVERY_MS = 15_000;
const RUNNING: ReadonlySet<SandboxState> = new Set(['starting', 'ready']);

@Injectable()
export class ExtensionManagerReactor implements Reactor, OnApplicationShutdown {
  readonly name = 'extension.manager';
  readonly runs = 'everywhere';
  readonly handles = ['PackageVersionReplaced'] as const satisfies readonly PackageEvent['type'][];

  private readonly slots = new Slots(AT_ONCE);
  private readonly stopping = new AbortController();
  private timer: Timer | null = null;

  constructor(
    @Inject(InstallationSnapshot) private readonly snapshot: InstallationSnapshot,
    @Inject(SANDBOXES) private readonly sandboxes: Sandboxes,
    @Inject(TENANTS) private readonly tenants: Tenants,
    @Inject(TIMERS) private readonly timers: Timers,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(EXTENSION_SETTINGS) private readonly settings: ExtensionSettings,
  ) {}

  async react(event: RecordedEvent): Promise<void> {
    const { extension, version } = (event as unknown as PackageEvent).data;
    await this.snapshot.reached(event.position);
    const having = this.installations().filter((one) => one.extension === extension && one.version.version === version);
    await Promise.all(having.map((installation) => this.restart(installation)));
  }

  /** Starts what is eager; a sandbox that will not start is shown by its status and never keeps the others. */
  async start(): Promise<void> {
    this.timer ??= this.timers.every(RECONCILE_EVERY_MS, () => void this.reconcile());
    if (this.settings.safeBoot) {
      this.logger.warn({}, 'safe boot: no extension is started and none can be enabled; restart without KARI_SAFE_BOOT to leave it');
      return;
    }
    await Promise.all(
      this.installations()
        .filter(isEager)
        .map((installation) => this.startOne(installation)),
    );
  }

  onApplicationShutdown(): void {
    this.timer?.cancel();
    this.stopping.abort(new Error('the platform is stopping'));
  }

  /** Stops what runs without being wished: another process may have disabled it while this one was away. */
  async reconcile(): Promise<void> {
    if (this.snapshot.whyStale() !== null) return;
    await this.reconcileCandidates();
    for (const tenant of this.tenants.all()) {
      for (const { extension, state } of this.sandboxes.statuses(tenant.id)) {
        if (!RUNNING.has(state) || this.mayRun(tenant.id, extension)) continue;
        await this.sandboxes
          .stop(tenant.id, extension, 'it is not enabled in this tenant')
          .catch((error: unknown) => this.failed(error, tenant.id, extension, 'a sandbox that nobody wants could not be stopped'));
      }
    }
  }

  /** A version on trial of which the log knows nothing any more: whoever should have ended it was lost. */
  private async reconcileCandidates(): Promise<void> {
    for (const { tenant, extension, version } of this.sandboxes.candidates.all()) {
      const entry = this.snapshot.known(tenant, extension);
      const state = entry !== null && isHeld(entry.state) ? entry.state : null;
      if (state !== null && (state.upgrade?.version === version || state.version === version)) continue;
      await this.sandboxes.candidates
        .stop(tenant, extension, 'no upgrade of this tenant tries it')
        .catch((error: unknown) => this.failed(error, tenant, extension, 'a version on trial could not be stopped'));
    }
  }

  private mayRun(tenant: string, extension: string): boolean {
    const installation = this.snapshot.find(tenant, extension);
    if (installation === null) return false;
    if (installation.status === 'enabled' || installation.status === 'installing') return true;
    const entry = this.snapshot.known(tenant, extension);
    // Its last hooks are being run.
    return entry !== null && openWorkOf(entry.state) !== null;
  }

  private installations(): readonly Installation[] {
    const active = this.tenants.all().filter((tenant) => tenant.status === 'active');
    return active.flatMap((tenant) => [...this.snapshot.ofTenant(tenant.id)]);
  }

  private async restart(installation: Installation): Promise<void> {
    const { tenant, extension } = installation;
    const running = this.sandboxes.statuses(tenant).some((status) => status.extension === extension && RUNNING.has(status.state));
    try {
      if (running) await this.sandboxes.stop(tenant, extension, 'its package was replaced');
    } catch (error) {
      this.failed(error, tenant, extension, 'a sandbox with replaced bytes could not be stopped');
    }
    if (isEager(installation)) await this.startOne(installation);
  }

  private async startOne({ tenant, extension }: Installation): Promise<void> {
    try {
      await this.slots.hold(this.stopping.signal, () => this.sandboxes.start(tenant, extension));
    } catch (error) {
      if (!this.stopping.signal.aborted) this.failed(error, tenant, extension, 'an eager extension did not start');
    }
  }

  private failed(error: unknown, tenant: string, extension: string, message: string): void {
    this.logger.warn({ tenant, extension, reason: inWords(error) }, message);
  }
}

function isEager(installation: Installation): boolean {
  return installation.status === 'enabled' && installation.version.manifest.activation === 'eager';
}
