// The plan of an install: which steps in which order, how long each may take, what a step leaves behind that must be undone.

export const installSteps = ['verify', 'dependencies', 'data', 'trial', 'activate'] as const;
export type InstallStep = (typeof installSteps)[number];

interface StepPlan {
  /** Most milliseconds for the step, and for taking it back. */
  readonly limit: number;
  /** What happens, for the one who watches. */
  readonly doing: string;
  /** Whether the step touches the world, so that a failure later must take it back. */
  readonly undoable: boolean;
}

export const stepPlans: Readonly<Record<InstallStep, StepPlan>> = {
  verify: { limit: 30_000, doing: 'comparing the stored bytes with the registered hashes', undoable: false },
  dependencies: { limit: 60_000, doing: 'looking for what it depends on and what it conflicts with', undoable: false },
  data: { limit: 120_000, doing: 'making its tables', undoable: true },
  trial: { limit: 120_000, doing: 'starting its sandbox, running onInstall and onHealthCheck', undoable: true },
  activate: { limit: 60_000, doing: 'running onActivate', undoable: true },
};

/** The steps of one install, in order. */
export function stepsOf(enable: boolean): readonly InstallStep[] {
  return enable ? installSteps : installSteps.filter((step) => step !== 'activate');
}

/** The step after that one, or null after the last. */
export function stepAfter(step: InstallStep | null, enable: boolean): InstallStep | null {
  const steps = stepsOf(enable);
  return steps[step === null ? 0 : steps.indexOf(step) + 1] ?? null;
}

/** What to take back, last first. A step that was only started counts: nobody knows how far it came. */
export function stepsToUndo(started: readonly InstallStep[]): readonly InstallStep[] {
  return started.filter((step) => stepPlans[step].undoable).reverse();
}

export function deadlineOf(step: InstallStep, now: string): string {
  return new Date(Date.parse(now) + stepPlans[step].limit).toISOString();
}
