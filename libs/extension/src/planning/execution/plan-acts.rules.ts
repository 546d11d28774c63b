// What each act of a plan is over with: the facts of an installation that tell how it came out. A new act is one more entry here, one in the
// reactor beside it, and one in its opposite.
import type { ExtensionEvent } from '../../lifecycle/extension.events.js';
import type { PlanStep } from './plan.events.js';

export type PlanAct = PlanStep['act'];

export type ActOutcome = { readonly done: true } | { readonly done: false; readonly code: string; readonly reason: string };

/** What to do in order to take a step back. */
export function oppositeOf({ act }: PlanStep): PlanAct {
  switch (act) {
    case 'install':
      return 'remove';
    case 'remove':
      return 'install';
    case 'enable':
      return 'disable';
    case 'disable':
      return 'enable';
    case 'upgrade':
      return 'upgrade';
  }
}

/** Whether the extension runs once the act is over. */
export function runsAfter(step: PlanStep, back: boolean): boolean {
  return back ? (step.before?.enabled ?? false) : step.enabled;
}

/** How the act came out, if the event tells; `failure`: why an install of it failed, where that was said before. */
export function outcomeOf(act: PlanAct, runs: boolean, event: ExtensionEvent, failure: Failure | null): ActOutcome | null {
  switch (act) {
    case 'install':
      if (event.type === (runs ? 'ExtensionEnabled' : 'ExtensionInstalled')) return { done: true };
      return event.type === 'ExtensionInstallUndone' ? { done: false, ...(failure ?? CANCELLED) } : null;
    case 'enable':
      if (event.type === 'ExtensionActivated') return { done: true };
      if (event.type === 'ExtensionActivationFailed') return { done: false, code: event.data.code, reason: event.data.reason };
      return event.type === 'ExtensionDisabled' ? { done: false, ...CROSSED } : null;
    case 'disable':
      if (event.type === 'ExtensionDeactivated') return { done: true };
      return event.type === 'ExtensionEnabled' ? { done: false, ...CROSSED } : null;
    case 'remove':
      return event.type === 'ExtensionRemoved' ? { done: true } : null;
    case 'upgrade':
      return null;
  }
}

export interface Failure {
  readonly code: string;
  readonly reason: string;
}

const CANCELLED: Failure = { code: 'EXTENSION_INSTALL_CANCELLED', reason: 'The install was cancelled.' };
const CROSSED: Failure = { code: 'EXTENSION_PLAN_CROSSED', reason: 'Somebody else changed the extension meanwhile.' };
