// Waits for the outcome of the step that a plan is at: the facts of the installation that it works on tell whether the plan goes on. Who does
// the step is the reactor beside it.
import type { PlannedCommand, ProcessManager, RecordedEvent } from '@kari/kernel';
import { categoryOf, idOf, tenantOf } from '@kari/kernel';
import { wording } from '@kari/protocol';
import { groupOf } from '../../together/group.events.js';
import type { ExtensionEvent } from '../../lifecycle/extension.events.js';
import { failureOf, outcomeOf, type ActOutcome, type Failure } from './plan-acts.rules.js';
import type { PlanCommand } from './plan.commands.js';
import { PLAN_CATEGORY, type PlanEvent, type PlanStep } from './plan.events.js';

interface Work {
  readonly plan: string;
  readonly place: number;
  readonly step: PlanStep;
}

export interface PlanProcess {
  /** The step that is worked on; null when none is. */
  readonly waiting: (Work & { readonly back: boolean }) | null;
  /** Why what is waited for has failed; it is taken back before it is over. */
  readonly failure: Failure | null;
  /** Upgrades that are done, alone or together: each may still be taken back on its trial. */
  readonly upgraded: readonly Work[];
}

const IDLE: PlanProcess = { waiting: null, failure: null, upgraded: [] };

const ofPlan = [
  'ExtensionPlanStepStarted',
  'ExtensionPlanStepCompleted',
  'ExtensionPlanUndoStarted',
  'ExtensionPlanEnded',
] as const satisfies readonly PlanEvent['type'][];
const ofInstallation = [
  'ExtensionInstallFailed',
  'ExtensionInstallUndone',
  'ExtensionInstalled',
  'ExtensionEnabled',
  'ExtensionActivated',
  'ExtensionActivationFailed',
  'ExtensionDisabled',
  'ExtensionDeactivated',
  'ExtensionRemoved',
  'ExtensionUpgradeHeld',
  'ExtensionUpgradeFailed',
  'ExtensionUpgradeUndone',
  'ExtensionUpgraded',
  'ExtensionRolledBack',
] as const satisfies readonly ExtensionEvent['type'][];

function evolve(state: PlanProcess, recorded: RecordedEvent): PlanProcess {
  if (categoryOf(recorded.stream) !== PLAN_CATEGORY) {
    const { waiting } = state;
    if (waiting === null || waiting.step.extension !== idOf(recorded.stream)) return state;
    return { ...state, failure: failureOf(waiting.step, recorded as unknown as ExtensionEvent) ?? state.failure };
  }
  const event = recorded as unknown as Extract<PlanEvent, { type: (typeof ofPlan)[number] }>;
  switch (event.type) {
    case 'ExtensionPlanStepStarted':
      return { ...state, waiting: { ...event.data, back: false }, failure: null };
    case 'ExtensionPlanUndoStarted':
      return { waiting: { ...event.data, back: true }, failure: null, upgraded: [] };
    case 'ExtensionPlanStepCompleted': {
      const { waiting, upgraded } = state;
      if (waiting?.place !== event.data.place || !exchanges(waiting.step)) return state;
      const { plan, place, step } = waiting;
      return { ...state, upgraded: [...upgraded, { plan, place, step }] };
    }
    case 'ExtensionPlanEnded':
      return IDLE;
  }
}

function react(state: PlanProcess, recorded: RecordedEvent): readonly PlannedCommand[] {
  if (categoryOf(recorded.stream) === PLAN_CATEGORY) return [];
  const event = recorded as unknown as ExtensionEvent;
  const command = heard(state, idOf(recorded.stream), event) ?? lost(state, idOf(recorded.stream), event);
  return command === null ? [] : [{ tenant: tenantOf(recorded.stream), command }];
}

function heard({ waiting, failure }: PlanProcess, extension: string, event: ExtensionEvent): PlanCommand | null {
  if (waiting?.step.extension !== extension) return null;
  const { plan, place, step, back } = waiting;
  const outcome: ActOutcome | null = outcomeOf(step, back, event, failure);
  if (outcome === null) return null;
  if (outcome.done) return { type: 'CompletePlanStep', data: { plan, place } };
  return { type: 'FailPlanStep', data: { plan, place, code: outcome.code, reason: outcome.reason } };
}

/** An upgrade that was done and is taken back by somebody else. The word that it was done may not have been heard here yet. */
function lost({ waiting, upgraded }: PlanProcess, extension: string, event: ExtensionEvent): PlanCommand | null {
  if (event.type !== 'ExtensionRolledBack') return null;
  const done = waiting === null || waiting.back || !exchanges(waiting.step) ? upgraded : [...upgraded, waiting];
  const { group } = event.data;
  const work = done.find(({ plan, place, step }) => {
    if (step.act === 'together') return group === groupOf(plan, place);
    return step.extension === extension && step.to === event.data.from;
  });
  if (work === undefined) return null;
  const { from, version, reason: why } = event.data;
  const code = 'EXTENSION_PLAN_STEP_LOST';
  const { message: reason } = wording(code, { extension, from, version, why });
  return { type: 'LosePlanStep', data: { plan: work.plan, place: work.place, code, reason } };
}

function exchanges({ act }: PlanStep): boolean {
  return act === 'upgrade' || act === 'together';
}

export const planProcessManager: ProcessManager<PlanProcess> = {
  name: 'extension.plan',
  handles: [...ofPlan, ...ofInstallation],
  processOf: (event) => tenantOf(event.stream),
  initialState: IDLE,
  evolve,
  react,
};
