// Decides the one plan that a tenant may have under way: exactly what was looked at, one step after the other; after a failure or a cancel
// what was done is taken back, last first.
import type { CommandMetadata, Decider } from '@kari/kernel';
import { rejected } from '@kari/kernel';
import type { PlanCommand } from './plan.commands.js';
import type { PlanEvent, PlanMember, PlanStep } from './plan.events.js';

export type PlanState =
  /** The last plan, by its name; null when there was none. */
  | { readonly status: 'idle'; readonly last: string | null }
  | {
      readonly status: 'running' | 'undoing';
      readonly plan: string;
      readonly steps: readonly PlanStep[];
      /** Places that are done and not taken back. */
      readonly done: readonly number[];
      /** The place that is worked on. */
      readonly current: number;
      /** What ends the way forward. */
      readonly ending: 'failed' | 'cancelled' | null;
    };

function decide(command: PlanCommand, state: PlanState, metadata: CommandMetadata): readonly PlanEvent[] {
  switch (command.type) {
    case 'ExecutePlan':
      return execute(command.data, state, metadata);
    case 'CancelPlan': {
      const { plan } = command.data;
      if (state.status === 'idle' || state.plan !== plan) {
        if (state.status === 'idle' && state.last === plan) return [];
        throw rejected('EXTENSION_PLAN_UNKNOWN', { plan });
      }
      return state.ending === null ? [{ type: 'ExtensionPlanCancelled', data: { plan } }] : [];
    }
    case 'CompletePlanStep': {
      const { plan, place } = command.data;
      if (state.status === 'idle' || state.plan !== plan || state.current !== place) return [];
      if (state.status === 'undoing') return takenBack(state, place, null);
      const completed: PlanEvent = { type: 'ExtensionPlanStepCompleted', data: { plan, place } };
      const done = [...state.done, place];
      if (state.ending !== null) return [completed, ...backwards({ ...state, done }, state.ending)];
      const step = state.steps[place + 1];
      if (step === undefined) return [completed, { type: 'ExtensionPlanEnded', data: { plan, outcome: 'completed' } }];
      return [completed, { type: 'ExtensionPlanStepStarted', data: { plan, place: place + 1, step } }];
    }
    case 'FailPlanStep': {
      const { plan, place, code, reason } = command.data;
      if (state.status === 'idle' || state.plan !== plan || state.current !== place) return [];
      if (state.status === 'undoing') return takenBack(state, place, reason);
      return [{ type: 'ExtensionPlanStepFailed', data: { plan, place, code, reason } }, ...backwards(state, state.ending ?? 'failed')];
    }
    case 'LosePlanStep': {
      const { plan, place, code, reason } = command.data;
      if (state.status !== 'running' || state.plan !== plan || !state.done.includes(place)) return [];
      return [{ type: 'ExtensionPlanStepLost', data: { plan, place, code, reason } }];
    }
  }
}

function execute(
  { hash, facts }: Extract<PlanCommand, { type: 'ExecutePlan' }>['data'],
  state: PlanState,
  { commandId }: CommandMetadata,
): readonly PlanEvent[] {
  if (state.status !== 'idle') throw rejected('EXTENSION_PLAN_RUNNING', { plan: state.plan });
  if (hash !== facts.hash) throw rejected('EXTENSION_PLAN_MOVED', { moved: facts.moved.length === 0 ? ['the plan itself'] : facts.moved });
  const { obstacle, strangers } = facts;
  if (obstacle !== null) throw rejected(obstacle.code, obstacle.facts);
  const [stranger] = strangers;
  if (stranger !== undefined) throw rejected('EXTENSION_PLAN_CONSENT_STRANGE', { extension: stranger });
  for (const step of facts.steps.flatMap((one): readonly Consented[] => one.members ?? [one])) demandConsent(step);
  const steps = facts.steps.map(({ consent: _, members, ...step }): PlanStep => {
    return members === undefined ? step : { ...step, members: members.map(({ consent: __, ...member }): PlanMember => member) };
  });
  const [first] = steps;
  if (first === undefined) return [];
  return [
    { type: 'ExtensionPlanStarted', data: { plan: commandId, hash, steps } },
    { type: 'ExtensionPlanStepStarted', data: { plan: commandId, place: 0, step: first } },
  ];
}

type Consented = Pick<PlanStep, 'extension' | 'to' | 'consented'> & { readonly consent: readonly { id: string; reason: string }[] };

/** Exactly what is asked for, no more and no less. */
function demandConsent({ extension, to, consent, consented }: Consented): void {
  const missing = consent.filter(({ id }) => !consented.includes(id));
  const version = to ?? '';
  if (missing.length > 0) {
    const facts = { extension, version, missing: missing.map(({ id, reason }) => `${id} (${reason})`), consent: missing };
    throw rejected('EXTENSION_CONSENT_REQUIRED', facts);
  }
  const unknown = consented.filter((id) => !consent.some((item) => item.id === id));
  if (unknown.length > 0) throw rejected('EXTENSION_CONSENT_UNKNOWN', { extension, version, unknown });
}

type Underway = Exclude<PlanState, { status: 'idle' }>;

/** The next thing to take back, or the end. */
function backwards({ plan, steps, done }: Underway, outcome: 'failed' | 'cancelled'): readonly PlanEvent[] {
  const place = done.at(-1);
  const step = place === undefined ? undefined : steps[place];
  if (place === undefined || step === undefined) return [{ type: 'ExtensionPlanEnded', data: { plan, outcome } }];
  return [{ type: 'ExtensionPlanUndoStarted', data: { plan, place, step } }];
}

function takenBack(state: Underway, place: number, trouble: string | null): readonly PlanEvent[] {
  const { plan } = state;
  const rest = { ...state, done: state.done.filter((other) => other !== place) };
  return [{ type: 'ExtensionPlanUndoCompleted', data: { plan, place, trouble } }, ...backwards(rest, state.ending ?? 'failed')];
}

function evolve(state: PlanState, event: PlanEvent): PlanState {
  if (event.type === 'ExtensionPlanStarted') {
    const { plan, steps } = event.data;
    return { status: 'running', plan, steps, done: [], current: 0, ending: null };
  }
  if (state.status === 'idle') return state;
  switch (event.type) {
    case 'ExtensionPlanStepStarted':
      return { ...state, current: event.data.place };
    case 'ExtensionPlanStepCompleted':
      return { ...state, done: [...state.done, event.data.place] };
    case 'ExtensionPlanStepFailed':
      return { ...state, ending: state.ending ?? 'failed' };
    case 'ExtensionPlanStepLost':
      return { ...state, done: state.done.filter((place) => place !== event.data.place), ending: state.ending ?? 'failed' };
    case 'ExtensionPlanCancelled':
      return { ...state, ending: 'cancelled' };
    case 'ExtensionPlanUndoStarted':
      return { ...state, status: 'undoing', current: event.data.place };
    case 'ExtensionPlanUndoCompleted':
      return { ...state, done: state.done.filter((place) => place !== event.data.place) };
    case 'ExtensionPlanEnded':
      return { status: 'idle', last: state.plan };
  }
}

export const planDecider: Decider<PlanCommand, PlanEvent, PlanState> = { decide, evolve, initialState: { status: 'idle', last: null } };
