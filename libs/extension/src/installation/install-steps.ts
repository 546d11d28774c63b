// The effects behind each step of an install, and the way back. They may be run twice: a repeat finds its work done or does it again.
import { Inject, Injectable } from '@nestjs/common';
import { EXTENSION_TABLES, type ExtensionTables } from '@kari/data/contract';
import { rejected, Rejection } from '@kari/kernel';
import { wording } from '@kari/protocol';
import { SANDBOXES, type Sandboxes } from '@kari/sandbox/contract';
import type { HeldState } from '../lifecycle/extension-state.rules.js';
import { PackageVerification } from '../package/package-verification.js';
import { InstallationPlanQueries } from '../planning/installation-plan.queries.js';
import { EXTENSION_SETTINGS, type ExtensionSettings } from '../settings.js';
import { InstallationSnapshot } from '../snapshot/installation-snapshot.js';
import { askHealth, runHook, type HookTarget } from './hooks.js';
import type { InstallStep } from './installation.rules.js';
import { nextChange } from './next-change.js';

export interface StepTarget extends HookTarget {
  readonly state: HeldState;
  /** Whether it goes on to be enabled: then its sandbox stays after the trial. */
  readonly enable: boolean;
}

@Injectable()
export class InstallSteps {
  constructor(
    @Inject(SANDBOXES) private readonly sandboxes: Sandboxes,
    @Inject(EXTENSION_TABLES) private readonly tables: ExtensionTables,
    @Inject(PackageVerification) private readonly packages: PackageVerification,
    @Inject(InstallationSnapshot) private readonly snapshot: InstallationSnapshot,
    @Inject(InstallationPlanQueries) private readonly plans: InstallationPlanQueries,
    @Inject(EXTENSION_SETTINGS) private readonly settings: ExtensionSettings,
  ) {}

  /** Resolves with what came of it, in words; throws a `Rejection` with the reason why not. */
  run(step: InstallStep, target: StepTarget, signal: AbortSignal): Promise<string> {
    switch (step) {
      case 'verify':
        return this.packages.verify(target.extension, target.state.version, target.state.grants);
      case 'dependencies':
        return this.dependencies(target, signal);
      case 'data':
        return this.data(target, signal);
      case 'trial':
        return this.trial(target, signal);
      case 'activate':
        return this.activate(target, signal);
    }
  }

  /** Resolves with what could not be taken back, in words, or null. */
  async undo(step: InstallStep, target: StepTarget, signal: AbortSignal): Promise<string | null> {
    if (step === 'activate') return this.tried(target, 'onDeactivate', signal);
    if (step === 'data') {
      const { tenant, extension, state } = target;
      return this.tables.takeBack({ tenant, extension, version: state.version }).then(() => null, inWords);
    }
    if (step !== 'trial') return null;
    const trouble = await this.tried(target, 'onUninstall', signal);
    await this.stop(target, 'its install was taken back');
    return trouble;
  }

  /** onDeactivate where it was enabled, onUninstall, and the end of its sandbox; answers what went wrong on the way. */
  async leave(target: HookTarget, wasEnabled: boolean, signal: AbortSignal): Promise<readonly string[]> {
    const troubles = [
      wasEnabled ? await this.tried(target, 'onDeactivate', signal) : null,
      await this.tried(target, 'onUninstall', signal),
    ];
    await this.stop(target, 'it was removed');
    await this.sandboxes.candidates.stop(target.tenant, target.extension, 'it was removed');
    return troubles.filter((trouble) => trouble !== null);
  }

  async activate(target: HookTarget, signal: AbortSignal): Promise<string> {
    this.demandStarts(target.extension);
    const ran = await runHook(this.sandboxes, target, 'onActivate', {}, { signal });
    return ran === null ? 'it has no onActivate' : 'onActivate ran';
  }

  async deactivate(target: HookTarget, signal: AbortSignal): Promise<string | null> {
    const trouble = await this.tried(target, 'onDeactivate', signal);
    await this.stop(target, 'it was disabled');
    return trouble;
  }

  private async dependencies(target: StepTarget, signal: AbortSignal): Promise<string> {
    const { tenant, state } = target;
    const { extension, version } = state;
    for (;;) {
      const { obstacles, mayResolve } = this.plans.obstacles(tenant, extension, version);
      if (obstacles.length === 0) return 'everything it needs is there';
      if (!mayResolve) throw rejected('EXTENSION_DEPENDENCY_MISSING', { extension, cures: obstacles.map(({ cure }) => cure), obstacles });
      await nextChange(this.snapshot, tenant, signal);
    }
  }

  private data({ tenant, extension, state: { version } }: StepTarget, signal: AbortSignal): Promise<string> {
    const data = this.snapshot.packages().find(extension, version)?.manifest.data;
    return this.tables.prepare({ tenant, extension, version, from: null, data }, signal);
  }

  private async trial(target: StepTarget, signal: AbortSignal): Promise<string> {
    const { tenant, extension, enable } = target;
    this.demandStarts(extension);
    await this.sandboxes.start(tenant, extension);
    signal.throwIfAborted();
    const installed = await runHook(this.sandboxes, target, 'onInstall', {}, { signal });
    const health = await askHealth(this.sandboxes, target, { signal });
    if (!health.healthy) {
      const reason = health.reasons.length === 0 ? 'it gave no reason' : health.reasons.join('; ');
      throw rejected('EXTENSION_UNHEALTHY', { extension, reason });
    }
    if (!enable) await this.stop(target, 'the trial of its install is over');
    return `its sandbox started, ${installed === null ? 'it has no onInstall' : 'onInstall ran'}, and it says it is healthy`;
  }

  private demandStarts(extension: string): void {
    if (this.settings.safeBoot) throw rejected('EXTENSION_SAFE_BOOT', { extension });
  }

  private stop({ tenant, extension }: HookTarget, reason: string): Promise<void> {
    return this.sandboxes.stop(tenant, extension, reason);
  }

  /** On the way out nothing may stand in the way: what a hook does wrong is written down. */
  private async tried(target: HookTarget, hook: 'onDeactivate' | 'onUninstall', signal: AbortSignal): Promise<string | null> {
    if (this.settings.safeBoot) return `${hook} did not run: safe boot starts no extension`;
    try {
      await runHook(this.sandboxes, target, hook, {}, { signal });
      return null;
    } catch (error) {
      return `${hook}: ${inWords(error)}`;
    }
  }
}

export function inWords(error: unknown): string {
  if (error instanceof Rejection) return wording(error.code, error.facts).message;
  return error instanceof Error ? error.message : String(error);
}
