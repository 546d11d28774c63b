// What each act of a plan is over with: the facts of an installation that tell how it came out. A new act is one more entry here, one in the
// reactor beside it, and one in its opposite.
import { wording } from '@kari/protocol';
import type { ExtensionEvent, HeldItem } from '../../lifecycle/extension.events.js';
import { isHeld, type ExtensionState } from '../../lifecycle/extension-state.rules.js';
import type { PlanStep } from './plan.events.js';

/** A way back to the version before is no upgrade: it brings back what was, and asks for nothing. */
export type PlanAct = PlanStep['act'] | 'roll-back';

export type ActOutcome = { readonly done: true } | { readonly done: false; readonly code: string; readonly reason: string };

/** What to do in order to take a step back. `together` is the business of the group, whichever way it goes. */
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
      return 'roll-back';
    case 'together':
      return 'together';
  }
}

export function actOf(step: PlanStep, back: boolean): PlanAct {
  return back ? oppositeOf(step) : step.act;
}

/** Whether the extension runs once the act is over. */
export function runsAfter(step: PlanStep, back: boolean): boolean {
  return back ? (step.before?.enabled ?? false) : step.enabled;
}

/** The version that is there once the act is over; null: none. */
export function versionAfter(step: PlanStep, back: boolean): string | null {
  return back ? (step.before?.version ?? null) : step.to;
}

/** How the act came out, if the event tells; `failure`: why it failed, where that was said before. */
export function outcomeOf(step: PlanStep, back: boolean, event: ExtensionEvent, failure: Failure | null): ActOutcome | null {
  const act = actOf(step, back);
  switch (act) {
    case 'install':
      if (event.type === (runsAfter(step, back) ? 'ExtensionEnabled' : 'ExtensionInstalled')) return { done: true };
      return event.type === 'ExtensionInstallUndone' ? failed(failure ?? said('EXTENSION_INSTALL_CANCELLED', step)) : null;
    case 'enable':
      if (event.type === 'ExtensionActivated') return { done: true };
      if (event.type === 'ExtensionActivationFailed') return failed({ code: event.data.code, reason: event.data.reason });
      return event.type === 'ExtensionDisabled' ? failed(said('EXTENSION_PLAN_CROSSED', step)) : null;
    case 'disable':
      if (event.type === 'ExtensionDeactivated') return { done: true };
      return event.type === 'ExtensionEnabled' ? failed(said('EXTENSION_PLAN_CROSSED', step)) : null;
    case 'remove':
      return event.type === 'ExtensionRemoved' ? { done: true } : null;
    case 'upgrade':
      if (event.type === 'ExtensionUpgraded') return reached(step, back, event.data.version);
      return event.type === 'ExtensionUpgradeUndone' ? failed(failure ?? said('EXTENSION_UPGRADE_CANCELLED', step)) : null;
    case 'roll-back':
      return event.type === 'ExtensionRolledBack' ? reached(step, back, event.data.version) : null;
    // No fact of one extension tells: the process of the group does.
    case 'together':
      return null;
  }
}

/** Why the act will come to nothing, where that is said before it is taken back. */
export function failureOf(step: PlanStep, event: ExtensionEvent): Failure | null {
  switch (event.type) {
    case 'ExtensionInstallFailed':
    case 'ExtensionUpgradeFailed':
      return { code: event.data.code, reason: event.data.reason };
    case 'ExtensionUpgradeHeld':
      return failureWhileHeld({ extension: step.extension, version: step.to ?? '' }, event.data.items);
    default:
      return null;
  }
}

/** A plan does not wait for what an upgrade alone would wait for. */
export function failureWhileHeld(about: { readonly extension: string; readonly version: string }, items: readonly HeldItem[]): Failure {
  const code = 'EXTENSION_PLAN_HELD';
  return { code, reason: wording(code, { ...about, items: items.map(({ id, reason }) => `${id} (${reason})`) }).message };
}

/** Whether the version before can be gone back to: only the one that the step has left, and only from where it led. */
export function mayRollBack(step: PlanStep, state: ExtensionState): boolean {
  const before = step.before?.version ?? null;
  return before !== null && isHeld(state) && state.version === step.to && state.formers[0]?.version === before;
}

export interface Failure {
  readonly code: string;
  readonly reason: string;
}

function reached(step: PlanStep, back: boolean, version: string): ActOutcome {
  return version === versionAfter(step, back) ? { done: true } : failed(said('EXTENSION_PLAN_CROSSED', step));
}

function failed(failure: Failure): ActOutcome {
  return { done: false, ...failure };
}

function said(code: string, { extension, to }: PlanStep): Failure {
  return { code, reason: wording(code, { extension, version: to ?? '' }).message };
}
