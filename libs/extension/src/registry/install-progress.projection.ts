// How the last install or upgrade of an extension in a tenant goes, or went: each step with its times and what came of it.
import { idOf, tenantOf, type Projection, type RecordedEvent } from '@kari/kernel';
import { upgradePlans, upgradeSteps, type UpgradeStep } from '../upgrade/upgrade.rules.js';
import { stepPlans, stepsOf, type InstallStep } from '../installation/installation.rules.js';
import type { ExtensionEvent, HeldItem } from '../lifecycle/extension.events.js';

export interface StepProgress {
  readonly step: InstallStep | UpgradeStep;
  readonly state: 'pending' | 'running' | 'done' | 'failed' | 'cancelled' | 'undoing' | 'undone' | 'skipped';
  /** What it does, then what came of it, in words. */
  readonly detail: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly deadlineAt: string | null;
}

export interface InstallProgressRow extends Record<string, unknown> {
  readonly tenant: string;
  readonly extension: string;
  readonly install: string;
  readonly version: string;
  /** The version that an upgrade starts from; null for an install. */
  readonly from_version: string | null;
  /** What a held upgrade waits for. */
  readonly waits_for: readonly HeldItem[];
  readonly outcome: 'running' | 'held' | 'undoing' | 'installed' | 'upgraded' | 'rolled-back' | 'failed' | 'cancelled';
  readonly steps: readonly StepProgress[];
  readonly code: string | null;
  readonly reason: string | null;
  readonly requested_at: string;
  readonly requested_by: string;
  readonly ended_at: string | null;
}

const handles = [
  'ExtensionInstallRequested',
  'ExtensionInstallStepStarted',
  'ExtensionInstallStepCompleted',
  'ExtensionInstallFailed',
  'ExtensionInstallCancelled',
  'ExtensionInstallUndoStarted',
  'ExtensionInstallStepUndone',
  'ExtensionInstallUndone',
  'ExtensionInstalled',
  'ExtensionUpgradeRequested',
  'ExtensionUpgradeHeld',
  'ExtensionUpgradeResumed',
  'ExtensionUpgradeStepStarted',
  'ExtensionUpgradeStepCompleted',
  'ExtensionUpgradeFailed',
  'ExtensionUpgradeCancelled',
  'ExtensionUpgradeUndoStarted',
  'ExtensionUpgradeStepUndone',
  'ExtensionUpgradeUndone',
  'ExtensionUpgraded',
  'ExtensionRolledBack',
] as const satisfies readonly ExtensionEvent['type'][];
type Handled = Extract<ExtensionEvent, { type: (typeof handles)[number] }>;

export const installProgressProjection: Projection<InstallProgressRow> = {
  name: 'extension.install_progress',
  version: 3,
  table: {
    name: 'extension.install_progress',
    columns: {
      tenant: 'text',
      extension: 'text',
      install: 'text',
      version: 'text',
      from_version: 'text?',
      waits_for: 'json',
      outcome: 'text',
      steps: 'json',
      code: 'text?',
      reason: 'text?',
      requested_at: 'timestamp',
      requested_by: 'text',
      ended_at: 'timestamp?',
    },
    key: ['tenant', 'extension'],
    tenantColumn: 'tenant',
  },
  handles,
  keyOf: (event) => [tenantOf(event.stream), idOf(event.stream)],
  evolve(row, recorded) {
    const event = recorded as unknown as Handled;
    if (event.type === 'ExtensionInstallRequested') return begunInstall(recorded, event.data);
    if (event.type === 'ExtensionUpgradeRequested') return begunUpgrade(recorded, event.data);
    return row === null ? null : advanced(row, event, recorded.meta.occurredAt);
  },
};

type Body<T extends Handled['type']> = Extract<Handled, { type: T }>['data'];

const waiting = { state: 'pending', startedAt: null, endedAt: null, deadlineAt: null } as const;

function begunInstall(recorded: RecordedEvent, { install, version, enable }: Body<'ExtensionInstallRequested'>): InstallProgressRow {
  const steps = stepsOf(enable).map((step) => ({ step, ...waiting, detail: stepPlans[step].doing }));
  return begun(recorded, { install, version, from_version: null, steps });
}

function begunUpgrade(recorded: RecordedEvent, { upgrade, version, from }: Body<'ExtensionUpgradeRequested'>): InstallProgressRow {
  const steps = upgradeSteps.map((step) => ({ step, ...waiting, detail: upgradePlans[step].doing }));
  return begun(recorded, { install: upgrade, version, from_version: from, steps });
}

function begun(
  recorded: RecordedEvent,
  of: Pick<InstallProgressRow, 'install' | 'version' | 'from_version' | 'steps'>,
): InstallProgressRow {
  return {
    tenant: tenantOf(recorded.stream),
    extension: idOf(recorded.stream),
    ...of,
    waits_for: [],
    outcome: 'running',
    code: null,
    reason: null,
    requested_at: recorded.meta.occurredAt,
    requested_by: recorded.meta.actor,
    ended_at: null,
  };
}

type Later = Exclude<Handled, { type: 'ExtensionInstallRequested' | 'ExtensionUpgradeRequested' }>;

function advanced(row: InstallProgressRow, event: Later, at: string): InstallProgressRow {
  const changed = (step: StepProgress['step'], change: Partial<StepProgress>): InstallProgressRow['steps'] =>
    row.steps.map((one) => (one.step === step ? { ...one, ...change } : one));
  switch (event.type) {
    case 'ExtensionInstallStepStarted':
    case 'ExtensionUpgradeStepStarted': {
      const { step, detail, deadlineAt } = event.data;
      return { ...row, steps: changed(step, { state: 'running', detail, startedAt: at, deadlineAt }) };
    }
    case 'ExtensionInstallStepCompleted':
    case 'ExtensionUpgradeStepCompleted':
      return { ...row, steps: changed(event.data.step, { state: 'done', detail: event.data.detail, endedAt: at, deadlineAt: null }) };
    case 'ExtensionInstallFailed':
    case 'ExtensionUpgradeFailed': {
      const { step, code, reason } = event.data;
      return {
        ...row,
        outcome: 'undoing',
        code,
        reason,
        steps: unstarted(changed(step, { state: 'failed', detail: reason, endedAt: at, deadlineAt: null })),
      };
    }
    case 'ExtensionInstallCancelled':
    case 'ExtensionUpgradeCancelled': {
      const { step } = event.data;
      const steps = step === null ? row.steps : changed(step, { state: 'cancelled', endedAt: at, deadlineAt: null });
      return { ...row, outcome: 'undoing', waits_for: [], steps: unstarted(steps) };
    }
    case 'ExtensionInstallUndoStarted':
    case 'ExtensionUpgradeUndoStarted':
      return { ...row, steps: changed(event.data.step, { state: 'undoing', deadlineAt: event.data.deadlineAt }) };
    case 'ExtensionInstallStepUndone':
    case 'ExtensionUpgradeStepUndone': {
      const { step, trouble } = event.data;
      const detail = trouble === null ? 'taken back' : `taken back, but ${trouble}`;
      return { ...row, steps: changed(step, { state: 'undone', detail, endedAt: at, deadlineAt: null }) };
    }
    case 'ExtensionInstallUndone':
    case 'ExtensionUpgradeUndone':
      return { ...row, outcome: event.data.outcome, ended_at: at };
    case 'ExtensionInstalled':
      // A step that is younger than the install it would have been part of.
      return { ...row, outcome: 'installed', steps: unstarted(row.steps), ended_at: at };
    case 'ExtensionUpgradeHeld': {
      // The step that met the obstacle begins anew.
      const steps = row.steps.map((one) => (one.state === 'running' ? { ...one, ...waiting } : one));
      return { ...row, outcome: 'held', waits_for: event.data.items, steps };
    }
    case 'ExtensionUpgradeResumed':
      return { ...row, outcome: 'running', waits_for: [] };
    case 'ExtensionUpgraded':
      return { ...row, outcome: 'upgraded', steps: unstarted(row.steps), ended_at: at };
    case 'ExtensionRolledBack':
      // It may be that of a third version, or of an install: then this row does not tell of it.
      if (row.outcome !== 'upgraded' || row.version !== event.data.from) return row;
      return { ...row, outcome: 'rolled-back', code: null, reason: event.data.reason, ended_at: at };
  }
}

function unstarted(steps: readonly StepProgress[]): readonly StepProgress[] {
  return steps.map((step) => (step.state === 'pending' ? { ...step, state: 'skipped' } : step));
}

/** How far it is, from 0 to 1; on the way back it counts down. */
export function fractionOf({ steps, outcome }: Pick<InstallProgressRow, 'steps' | 'outcome'>): number {
  if (outcome === 'installed' || outcome === 'upgraded') return 1;
  if (outcome === 'rolled-back' || outcome === 'failed' || outcome === 'cancelled') return 0;
  const left =
    outcome === 'undoing' ? steps.filter((step) => standing(step) && undoable(step.step)) : steps.filter(({ state }) => state === 'done');
  return left.length / steps.length;
}

function undoable(step: StepProgress['step']): boolean {
  return { ...stepPlans, ...upgradePlans }[step].undoable;
}

function standing({ startedAt, state }: StepProgress): boolean {
  return startedAt !== null && state !== 'undone';
}
