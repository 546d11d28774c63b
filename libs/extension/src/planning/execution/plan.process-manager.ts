// Waits for the outcome of the step that a plan is at: the facts of the installation that it works on tell whether the plan goes on. Who does
// the step is the reactor beside it.
import type { PlannedCommand, ProcessManager, RecordedEvent } from '@kari/kernel';
import { categoryOf, idOf, tenantOf } from '@kari/kernel';
import type { ExtensionEvent } from '../../lifecycle/extension.events.js';
import { oppositeOf, outcomeOf, runsAfter, type ActOutcome, type Failure } from './plan-acts.rules.js';
import type { PlanCommand } from './plan.commands.js';
import { PLAN_CATEGORY, type PlanEvent, type PlanStep } from './plan.events.js';

export interface PlanProcess {
  /** The step that is worked on; null when none is. */
  readonly waiting: { readonly plan: string; readonly place: number; readonly step: PlanStep; readonly back: boolean } | null;
  /** Why the install that is waited for has failed; it is taken back before it is over. */
  readonly failure: Failure | null;
}

const IDLE: PlanProcess = { waiting: null, failure: null };

const ofPlan = [
  'ExtensionPlanStepStarted',
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
] as const satisfies readonly ExtensionEvent['type'][];

function evolve(state: PlanProcess, recorded: RecordedEvent): PlanProcess {
  if (categoryOf(recorded.stream) !== PLAN_CATEGORY) {
    const event = recorded as unknown as ExtensionEvent;
    if (event.type !== 'ExtensionInstallFailed' || state.waiting?.step.extension !== idOf(recorded.stream)) return state;
    return { ...state, failure: { code: event.data.code, reason: event.data.reason } };
  }
  const event = recorded as unknown as Extract<PlanEvent, { type: (typeof ofPlan)[number] }>;
  if (event.type === 'ExtensionPlanEnded') return IDLE;
  const { plan, place, step } = event.data;
  return { waiting: { plan, place, step, back: event.type === 'ExtensionPlanUndoStarted' }, failure: null };
}

function react({ waiting, failure }: PlanProcess, recorded: RecordedEvent): readonly PlannedCommand[] {
  if (waiting === null || categoryOf(recorded.stream) === PLAN_CATEGORY || waiting.step.extension !== idOf(recorded.stream)) return [];
  const { step, back } = waiting;
  const act = back ? oppositeOf(step) : step.act;
  const outcome = outcomeOf(act, runsAfter(step, back), recorded as unknown as ExtensionEvent, failure);
  return outcome === null ? [] : [{ tenant: tenantOf(recorded.stream), command: commandFor(waiting, outcome) }];
}

function commandFor({ plan, place }: NonNullable<PlanProcess['waiting']>, outcome: ActOutcome): PlanCommand {
  if (outcome.done) return { type: 'CompletePlanStep', data: { plan, place } };
  return { type: 'FailPlanStep', data: { plan, place, code: outcome.code, reason: outcome.reason } };
}

export const planProcessManager: ProcessManager<PlanProcess> = {
  name: 'extension.plan',
  handles: [...ofPlan, ...ofInstallation],
  processOf: (event) => tenantOf(event.stream),
  initialState: IDLE,
  evolve,
  react,
};
