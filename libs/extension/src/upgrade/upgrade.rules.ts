// The plan of an upgrade: which steps in which order, how long each may take, what a step leaves behind that must be undone.

export const upgradeSteps = ['verify', 'dependencies', 'contracts', 'snapshot', 'data', 'trial', 'switch'] as const;
export type UpgradeStep = (typeof upgradeSteps)[number];

interface StepPlan {
  /** Most milliseconds for the step, and for taking it back. */
  readonly limit: number;
  /** What happens, for the one who watches. */
  readonly doing: string;
  /** Whether the step touches the world, so that a failure later must take it back. */
  readonly undoable: boolean;
}

export const upgradePlans: Readonly<Record<UpgradeStep, StepPlan>> = {
  verify: { limit: 30_000, doing: 'comparing the stored bytes with the registered hashes', undoable: false },
  dependencies: { limit: 60_000, doing: 'looking for what it depends on, and for what depends on it', undoable: false },
  contracts: { limit: 30_000, doing: 'looking for users of its plugins whose contract would break', undoable: false },
  snapshot: { limit: 60_000, doing: 'keeping what is needed to go back', undoable: false },
  data: { limit: 120_000, doing: 'bringing its tables to the layout of the new version, beside the one that serves', undoable: true },
  trial: { limit: 120_000, doing: 'starting its sandbox beside the serving one, running onUpgrade and onHealthCheck', undoable: true },
  switch: { limit: 60_000, doing: 'handing new calls to the new version', undoable: false },
};

/** The step after that one, or null after the last. */
export function upgradeStepAfter(step: UpgradeStep | null): UpgradeStep | null {
  return upgradeSteps[step === null ? 0 : upgradeSteps.indexOf(step) + 1] ?? null;
}

/** What to take back, last first. A step that was only started counts: nobody knows how far it came. */
export function upgradeStepsToUndo(started: readonly UpgradeStep[]): readonly UpgradeStep[] {
  return started.filter((step) => upgradePlans[step].undoable).reverse();
}

export function upgradeDeadline(step: UpgradeStep, now: string): string {
  return new Date(Date.parse(now) + upgradePlans[step].limit).toISOString();
}
