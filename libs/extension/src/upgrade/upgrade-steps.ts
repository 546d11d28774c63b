// The effects behind each step of an upgrade, and the way back. They may be run twice: a repeat finds its work done or does it again.
import { Inject, Injectable } from '@nestjs/common';
import { EXTENSION_TABLES, type ExtensionTables } from '@kari/data/contract';
import { rejected } from '@kari/kernel';
import { SANDBOXES, type Sandboxes } from '@kari/sandbox/contract';
import { askHealth, runHook, type HookTarget } from '../installation/hooks.js';
import { nextChange } from '../installation/next-change.js';
import type { HeldItem } from '../lifecycle/extension.events.js';
import type { ExtensionState } from '../lifecycle/extension-state.rules.js';
import type { PackageContent } from '../package/package.events.js';
import { PackageVerification } from '../package/package-verification.js';
import { InstallationPlanQueries } from '../planning/installation-plan.queries.js';
import { EXTENSION_SETTINGS, type ExtensionSettings } from '../settings.js';
import { registeredVersion } from '../snapshot/installation.rules.js';
import { InstallationSnapshot } from '../snapshot/installation-snapshot.js';
import type { Upgrade } from './upgrade-state.rules.js';
import type { UpgradeStep } from './upgrade.rules.js';

export interface UpgradeTarget extends HookTarget {
  readonly state: Extract<ExtensionState, { status: 'enabled' | 'disabled' }>;
  readonly upgrade: Upgrade;
}

/** What came of a step, in words, or what it must wait for. */
export type UpgradeStepOutcome = { readonly done: string } | { readonly held: readonly HeldItem[] };

@Injectable()
export class UpgradeSteps {
  constructor(
    @Inject(SANDBOXES) private readonly sandboxes: Sandboxes,
    @Inject(EXTENSION_TABLES) private readonly tables: ExtensionTables,
    @Inject(PackageVerification) private readonly packages: PackageVerification,
    @Inject(InstallationSnapshot) private readonly snapshot: InstallationSnapshot,
    @Inject(InstallationPlanQueries) private readonly plans: InstallationPlanQueries,
    @Inject(EXTENSION_SETTINGS) private readonly settings: ExtensionSettings,
  ) {}

  /** Throws a `Rejection` with the reason why not. */
  async run(step: UpgradeStep, target: UpgradeTarget, signal: AbortSignal): Promise<UpgradeStepOutcome> {
    const { tenant, extension, upgrade, state } = target;
    switch (step) {
      case 'verify':
        return { done: await this.packages.verify(extension, upgrade.version, upgrade.grants) };
      case 'dependencies':
        return { done: await this.dependencies(target, signal) };
      case 'contracts': {
        const breaks = this.plans.breaks(tenant, extension, upgrade.version, upgrade.group);
        if (breaks.length === 0) return { done: 'nobody who uses its plugins would break' };
        return { held: breaks.map(({ user, reason, cure }) => ({ id: user, reason: `${reason} ${cure}` })) };
      }
      case 'snapshot':
        return { done: `version ${state.version} and its ${state.grants.length} permission(s) are kept for the way back` };
      case 'data': {
        const { data } = this.registered(target).manifest;
        return { done: await this.tables.prepare({ tenant, extension, version: upgrade.version, from: state.version, data }, signal) };
      }
      case 'trial':
        return { done: await this.trial(target, signal) };
      case 'switch':
        return { done: await this.ready(target, signal) };
    }
  }

  undo(step: UpgradeStep, { tenant, extension, upgrade: { version } }: UpgradeTarget): Promise<void> {
    if (step === 'data') return this.tables.takeBack({ tenant, extension, version });
    return this.sandboxes.candidates.stop(tenant, extension, 'its upgrade was taken back');
  }

  private async dependencies({ tenant, extension, upgrade }: UpgradeTarget, signal: AbortSignal): Promise<string> {
    const { version } = upgrade;
    for (;;) {
      const { obstacles, mayResolve } = this.plans.changeObstacles(tenant, extension, version, upgrade.group);
      if (obstacles.length === 0) return 'everything it needs is there, and whoever needs it can live with it';
      const cures = obstacles.map(({ cure }) => cure);
      if (!mayResolve) throw rejected('EXTENSION_UPGRADE_OBSTRUCTED', { extension, version, cures, obstacles });
      await nextChange(this.snapshot, tenant, signal);
    }
  }

  private async trial(target: UpgradeTarget, signal: AbortSignal): Promise<string> {
    const { tenant, extension, state } = target;
    const { candidates } = this.sandboxes;
    await this.start(target);
    signal.throwIfAborted();
    const ran = await runHook(candidates, target, 'onUpgrade', { from: state.version }, { signal });
    const health = await askHealth(candidates, target, { signal });
    if (!health.healthy) {
      const reason = health.reasons.length === 0 ? 'it gave no reason' : health.reasons.join('; ');
      throw rejected('EXTENSION_UNHEALTHY', { extension, reason });
    }
    if (state.status === 'disabled') await candidates.stop(tenant, extension, 'the trial of its upgrade is over');
    return `its sandbox started beside the serving one, ${ran === null ? 'it has no onUpgrade' : 'onUpgrade ran'}, and it says it is healthy`;
  }

  /** After a restart the process of the trial is gone: it is started again, so that the switch meets one that answers. */
  private async ready(target: UpgradeTarget, signal: AbortSignal): Promise<string> {
    const { extension, state, upgrade } = target;
    if (this.registered(target).bundleHash !== upgrade.bundleHash) {
      throw rejected('EXTENSION_CONSENT_OUTDATED', { extension, version: upgrade.version, added: 'other code' });
    }
    if (state.status === 'disabled') return `${upgrade.version} serves once it is enabled`;
    await this.start(target);
    signal.throwIfAborted();
    const calls = `new calls go to ${upgrade.version}; calls in hand finish on ${state.version}`;
    return upgrade.group === undefined ? calls : `it answers, and waits for the others of its group: then ${calls}`;
  }

  private async start(target: UpgradeTarget): Promise<void> {
    if (this.settings.safeBoot) throw rejected('EXTENSION_SAFE_BOOT', { extension: target.extension });
    await this.sandboxes.candidates.start(target.tenant, registeredVersion(this.registered(target)));
  }

  private registered({ extension, upgrade: { version } }: UpgradeTarget): PackageContent {
    const content = this.snapshot.packages().find(extension, version);
    if (content === null) throw rejected('EXTENSION_PACKAGE_UNKNOWN', { extension, version, known: 'none' });
    return content;
  }
}
