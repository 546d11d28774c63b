// How the last install of an extension in a tenant goes, or went: each step with its times and what came of it.
import { idOf, tenantOf, type Projection, type RecordedEvent } from '@kari/kernel';
import { stepPlans, stepsOf, stepsToUndo, type InstallStep } from '../installation/installation.rules.js';
import type { ExtensionEvent } from '../lifecycle/extension.events.js';

export interface StepProgress {
  readonly step: InstallStep;
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
  readonly outcome: 'running' | 'undoing' | 'installed' | 'failed' | 'cancelled';
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
] as const satisfies readonly ExtensionEvent['type'][];
type Handled = Extract<ExtensionEvent, { type: (typeof handles)[number] }>;

export const installProgressProjection: Projection<InstallProgressRow> = {
  name: 'extension.install_progress',
  version: 1,
  table: {
    name: 'extension.install_progress',
    columns: {
      tenant: 'text',
      extension: 'text',
      install: 'text',
      version: 'text',
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
    if (event.type === 'ExtensionInstallRequested') return begun(recorded, event.data);
    return row === null ? null : advanced(row, event, recorded.meta.occurredAt);
  },
};

function begun(recorded: RecordedEvent, data: Extract<Handled, { type: 'ExtensionInstallRequested' }>['data']): InstallProgressRow {
  const waiting = { state: 'pending', startedAt: null, endedAt: null, deadlineAt: null } as const;
  return {
    tenant: tenantOf(recorded.stream),
    extension: idOf(recorded.stream),
    install: data.install,
    version: data.version,
    outcome: 'running',
    steps: stepsOf(data.enable).map((step) => ({ step, ...waiting, detail: stepPlans[step].doing })),
    code: null,
    reason: null,
    requested_at: recorded.meta.occurredAt,
    requested_by: recorded.meta.actor,
    ended_at: null,
  };
}

function advanced(row: InstallProgressRow, event: Exclude<Handled, { type: 'ExtensionInstallRequested' }>, at: string): InstallProgressRow {
  const changed = (step: InstallStep, change: Partial<StepProgress>): InstallProgressRow['steps'] =>
    row.steps.map((one) => (one.step === step ? { ...one, ...change } : one));
  switch (event.type) {
    case 'ExtensionInstallStepStarted': {
      const { step, detail, deadlineAt } = event.data;
      return { ...row, steps: changed(step, { state: 'running', detail, startedAt: at, deadlineAt }) };
    }
    case 'ExtensionInstallStepCompleted':
      return { ...row, steps: changed(event.data.step, { state: 'done', detail: event.data.detail, endedAt: at, deadlineAt: null }) };
    case 'ExtensionInstallFailed': {
      const { step, code, reason } = event.data;
      return {
        ...row,
        outcome: 'undoing',
        code,
        reason,
        steps: unstarted(changed(step, { state: 'failed', detail: reason, endedAt: at, deadlineAt: null })),
      };
    }
    case 'ExtensionInstallCancelled': {
      const { step } = event.data;
      const steps = step === null ? row.steps : changed(step, { state: 'cancelled', endedAt: at, deadlineAt: null });
      return { ...row, outcome: 'undoing', steps: unstarted(steps) };
    }
    case 'ExtensionInstallUndoStarted':
      return { ...row, steps: changed(event.data.step, { state: 'undoing', deadlineAt: event.data.deadlineAt }) };
    case 'ExtensionInstallStepUndone': {
      const { step, trouble } = event.data;
      const detail = trouble === null ? 'taken back' : `taken back, but ${trouble}`;
      return { ...row, steps: changed(step, { state: 'undone', detail, endedAt: at, deadlineAt: null }) };
    }
    case 'ExtensionInstallUndone':
      return { ...row, outcome: event.data.outcome, ended_at: at };
    case 'ExtensionInstalled':
      return { ...row, outcome: 'installed', ended_at: at };
  }
}

function unstarted(steps: readonly StepProgress[]): readonly StepProgress[] {
  return steps.map((step) => (step.state === 'pending' ? { ...step, state: 'skipped' } : step));
}

/** How far it is, from 0 to 1; on the way back it counts down. */
export function fractionOf({ steps, outcome }: Pick<InstallProgressRow, 'steps' | 'outcome'>): number {
  if (outcome === 'installed') return 1;
  if (outcome === 'failed' || outcome === 'cancelled') return 0;
  const left =
    outcome === 'undoing' ? stepsToUndo(steps.filter(standing).map(({ step }) => step)) : steps.filter(({ state }) => state === 'done');
  return left.length / steps.length;
}

function standing({ startedAt, state }: StepProgress): boolean {
  return startedAt !== null && state !== 'undone';
}
