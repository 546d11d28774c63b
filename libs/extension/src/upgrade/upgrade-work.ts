// Turns what came of a step of an upgrade, or of taking one back, into the word about it for the log.
import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '@kari/kernel';
import { LOGGER, type Logger } from '@kari/platform/telemetry';
import { asFailure, inWordsOf } from '../installation/failure.js';
import type { HookTarget } from '../installation/hooks.js';
import type { ExtensionCommand } from '../lifecycle/extension.commands.js';
import { EXTENSION_SETTINGS, type ExtensionSettings } from '../settings.js';
import type { Upgrade } from './upgrade-state.rules.js';
import { UpgradeSteps, type UpgradeTarget } from './upgrade-steps.js';
import type { UpgradeStep } from './upgrade.rules.js';

/** Runs work under a deadline in milliseconds. */
export type Bounded = <T>(milliseconds: number, work: (signal: AbortSignal) => Promise<T>) => Promise<T>;

/** Taking back must not end for want of time: whoever was killed in it begins again. */
const UNDO_MS = 60_000;

@Injectable()
export class UpgradeWork {
  constructor(
    @Inject(UpgradeSteps) private readonly steps: UpgradeSteps,
    @Inject(EXTENSION_SETTINGS) private readonly settings: ExtensionSettings,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Null when nothing is open. */
  async perform(on: HookTarget, state: UpgradeTarget['state'], bounded: Bounded): Promise<ExtensionCommand | null> {
    const { extension } = on;
    const { upgrade } = state;
    if (upgrade === null || upgrade.phase === 'held') return null;
    const target: UpgradeTarget = { ...on, state, upgrade };
    if (upgrade.phase === 'undoing') {
      const { running: step } = upgrade;
      if (step === null) return null;
      const trouble = await bounded(UNDO_MS, () => this.steps.undo(step, target)).then(() => null, inWordsOf);
      return { type: 'CompleteUpgradeUndo', data: { extension, upgrade: upgrade.upgrade, step, trouble } };
    }
    const step = upgrade.started[upgrade.completed.length];
    if (step === undefined || upgrade.deadlineAt === null) return null;
    return this.step(step, target, Date.parse(upgrade.deadlineAt) - this.clock.now(), bounded);
  }

  private async step(step: UpgradeStep, target: UpgradeTarget, milliseconds: number, bounded: Bounded): Promise<ExtensionCommand> {
    const { extension } = target;
    const { upgrade }: Upgrade = target.upgrade;
    try {
      const outcome = await bounded(milliseconds, (signal) => this.steps.run(step, target, signal));
      if ('held' in outcome) return { type: 'HoldUpgrade', data: { extension, upgrade, items: [...outcome.held] } };
      const detail = outcome.done;
      if (step !== 'switch') return { type: 'CompleteUpgradeStep', data: { extension, upgrade, step, detail } };
      return { type: 'SwitchUpgrade', data: { extension, upgrade, detail, trialSeconds: this.settings.trialSeconds } };
    } catch (error) {
      const failure = asFailure(error);
      if (failure.code === 'EXTENSION_STEP_FAILED')
        this.logger.warn({ error, tenant: target.tenant, extension, step }, 'a step of an upgrade failed');
      return { type: 'FailUpgradeStep', data: { extension, upgrade, step, ...failure } };
    }
  }
}
