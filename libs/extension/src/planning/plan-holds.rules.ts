// What an operation of a plan goes through, and what it would wait for if it were done alone: a plan does not wait, so it is told before.
import type { ContractBreak } from '@kari/package/rules';
import { stepPlans, stepsOf } from '../installation/installation.rules.js';
import { upgradePlans, upgradeSteps } from '../upgrade/upgrade.rules.js';
import type { PlannedOperation } from './plan.rules.js';

export interface PlannedHold {
  readonly cause: 'consent' | 'contract';
  /** What must be consented to; or the extension that would break. */
  readonly id: string;
  readonly reason: string;
}

/** In words, in order; nothing where the act is a single one. */
export function stepsToDo({ act, enabled }: Pick<PlannedOperation, 'act' | 'enabled'>): readonly string[] {
  if (act === 'install') return stepsOf(enabled).map((step) => stepPlans[step].doing);
  return act === 'upgrade' ? upgradeSteps.map((step) => upgradePlans[step].doing) : [];
}

/** Of an upgrade; anything else is done or refused. */
export function holdsOf(
  { act, extension, consent }: Pick<PlannedOperation, 'act' | 'extension' | 'consent'>,
  breaks: readonly ContractBreak[],
): readonly PlannedHold[] {
  if (act !== 'upgrade') return [];
  const broken = breaks.filter(({ contract }) => contract.startsWith(`${extension}/`));
  return [
    ...consent.map(({ id, reason }): PlannedHold => ({ cause: 'consent', id, reason })),
    ...broken.map(({ user, reason, cure }): PlannedHold => ({ cause: 'contract', id: user, reason: `${reason} ${cure}` })),
  ];
}
