// How the last plan of a tenant goes, or went: each operation and what came of it.
import { tenantOf, type Projection, type RecordedEvent } from '@kari/kernel';
import { planEventTypes, type PlanEvent, type PlanStep } from './plan.events.js';

export interface PlanStepProgress {
  readonly act: PlanStep['act'];
  readonly extension: string;
  readonly from: string | null;
  readonly to: string | null;
  /** The upgrades that take over as one; left out where the step is of one extension. */
  readonly members?: readonly Pick<PlanStepProgress, 'extension' | 'from' | 'to'>[];
  readonly state: 'pending' | 'running' | 'done' | 'failed' | 'undoing' | 'undone' | 'skipped';
  /** Why it failed, or what could not be taken back, in words. */
  readonly detail: string | null;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
}

export interface PlanProgressRow extends Record<string, unknown> {
  readonly tenant: string;
  readonly plan: string;
  readonly hash: string;
  readonly outcome: 'running' | 'undoing' | 'completed' | 'failed' | 'cancelled';
  readonly steps: readonly PlanStepProgress[];
  readonly code: string | null;
  readonly reason: string | null;
  readonly started_at: string;
  readonly started_by: string;
  readonly ended_at: string | null;
}

export const planProgressProjection: Projection<PlanProgressRow> = {
  name: 'extension.plan_progress',
  version: 1,
  table: {
    name: 'extension.plan_progress',
    columns: {
      tenant: 'text',
      plan: 'text',
      hash: 'text',
      outcome: 'text',
      steps: 'json',
      code: 'text?',
      reason: 'text?',
      started_at: 'timestamp',
      started_by: 'text',
      ended_at: 'timestamp?',
    },
    key: ['tenant'],
    tenantColumn: 'tenant',
  },
  handles: planEventTypes,
  keyOf: (event) => [tenantOf(event.stream)],
  evolve(row, recorded) {
    const event = recorded as unknown as PlanEvent;
    if (event.type === 'ExtensionPlanStarted') return begun(recorded, event.data);
    return row === null ? null : advanced(row, event, recorded.meta.occurredAt);
  },
};

function begun(
  recorded: RecordedEvent,
  { plan, hash, steps }: Extract<PlanEvent, { type: 'ExtensionPlanStarted' }>['data'],
): PlanProgressRow {
  const waiting = { state: 'pending', detail: null, startedAt: null, endedAt: null } as const;
  return {
    tenant: tenantOf(recorded.stream),
    plan,
    hash,
    outcome: 'running',
    steps: steps.map(({ act, extension, from, to, members }) => ({ act, extension, from, to, ...membersOf(members), ...waiting })),
    code: null,
    reason: null,
    started_at: recorded.meta.occurredAt,
    started_by: recorded.meta.actor,
    ended_at: null,
  };
}

function membersOf(members: PlanStep['members']): Pick<PlanStepProgress, 'members'> {
  return members === undefined ? {} : { members: members.map(({ extension, from, to }) => ({ extension, from, to })) };
}

function advanced(row: PlanProgressRow, event: Exclude<PlanEvent, { type: 'ExtensionPlanStarted' }>, at: string): PlanProgressRow {
  const changed = (place: number, change: Partial<PlanStepProgress>): PlanProgressRow['steps'] =>
    row.steps.map((step, index) => (index === place ? { ...step, ...change } : step));
  switch (event.type) {
    case 'ExtensionPlanStepStarted':
      return { ...row, steps: changed(event.data.place, { state: 'running', startedAt: at }) };
    case 'ExtensionPlanStepCompleted':
      return { ...row, steps: changed(event.data.place, { state: 'done', endedAt: at }) };
    case 'ExtensionPlanStepFailed': {
      const { place, code, reason } = event.data;
      return {
        ...row,
        outcome: 'undoing',
        // Where a step was lost before, the one that was ended for it is not the reason.
        code: row.code ?? code,
        reason: row.reason ?? reason,
        steps: unstarted(changed(place, { state: 'failed', detail: reason, endedAt: at })),
      };
    }
    case 'ExtensionPlanStepLost': {
      const { place, code, reason } = event.data;
      const steps = unstarted(changed(place, { state: 'undone', detail: reason, endedAt: at }));
      return { ...row, outcome: 'undoing', code: row.code ?? code, reason: row.reason ?? reason, steps };
    }
    case 'ExtensionPlanCancelled':
      return { ...row, outcome: 'undoing', steps: unstarted(row.steps) };
    case 'ExtensionPlanUndoStarted':
      return { ...row, outcome: 'undoing', steps: changed(event.data.place, { state: 'undoing' }) };
    case 'ExtensionPlanUndoCompleted': {
      const { place, trouble } = event.data;
      return { ...row, steps: changed(place, { state: 'undone', detail: trouble, endedAt: at }) };
    }
    case 'ExtensionPlanEnded':
      return { ...row, outcome: event.data.outcome, ended_at: at };
  }
}

function unstarted(steps: PlanProgressRow['steps']): PlanProgressRow['steps'] {
  return steps.map((step) => (step.state === 'pending' ? { ...step, state: 'skipped' } : step));
}
