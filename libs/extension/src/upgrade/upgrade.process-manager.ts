// Leads one upgrade from its request to the switch: each finished step is answered with the next, a failure or a cancel with taking back
// what was done, last first. What it waits for while it is held is for others to tell. The effects live in the reactor of the installation.
import type { PlannedCommand, ProcessManager, RecordedEvent } from '@kari/kernel';
import { idOf, tenantOf } from '@kari/kernel';
import type { ExtensionCommand } from '../lifecycle/extension.commands.js';
import type { ExtensionEvent } from '../lifecycle/extension.events.js';
import { upgradeStepAfter, upgradeStepsToUndo, type UpgradeStep } from './upgrade.rules.js';

export interface UpgradeProcess {
  /** The try that is under way; null when none is. */
  readonly upgrade: string | null;
  readonly started: readonly UpgradeStep[];
  readonly completed: UpgradeStep | null;
  /** What is still to be taken back, next first; null as long as the upgrade moves forward. */
  readonly undo: readonly UpgradeStep[] | null;
  /** Whether it is of a group: then its switch is begun when all of them are as far, by the process of the group. */
  readonly grouped?: true;
}

const IDLE: UpgradeProcess = { upgrade: null, started: [], completed: null, undo: null };

const handled = [
  'ExtensionUpgradeRequested',
  'ExtensionUpgradeResumed',
  'ExtensionUpgradeStepStarted',
  'ExtensionUpgradeStepCompleted',
  'ExtensionUpgradeFailed',
  'ExtensionUpgradeCancelled',
  'ExtensionUpgradeStepUndone',
  'ExtensionUpgradeUndone',
  'ExtensionUpgraded',
] as const satisfies readonly ExtensionEvent['type'][];
type Handled = Extract<ExtensionEvent, { type: (typeof handled)[number] }>;

function evolve(state: UpgradeProcess, recorded: RecordedEvent): UpgradeProcess {
  const event = recorded as unknown as Handled;
  if (event.type === 'ExtensionUpgradeRequested') {
    const { upgrade, group } = event.data;
    return { ...IDLE, upgrade, ...(group === undefined ? {} : { grouped: true }) };
  }
  if (event.data.upgrade !== state.upgrade) return state;
  switch (event.type) {
    case 'ExtensionUpgradeResumed':
      return state;
    case 'ExtensionUpgradeStepStarted':
      return { ...state, started: [...state.started, event.data.step] };
    case 'ExtensionUpgradeStepCompleted':
      return { ...state, completed: event.data.step };
    case 'ExtensionUpgradeFailed':
    case 'ExtensionUpgradeCancelled':
      return { ...state, undo: upgradeStepsToUndo(state.started) };
    case 'ExtensionUpgradeStepUndone':
      return { ...state, undo: (state.undo ?? []).filter((step) => step !== event.data.step) };
    case 'ExtensionUpgradeUndone':
    case 'ExtensionUpgraded':
      return IDLE;
  }
}

function react(state: UpgradeProcess, recorded: RecordedEvent): readonly PlannedCommand[] {
  const event = recorded as unknown as Handled;
  const { extension, upgrade } = event.data;
  if (upgrade !== state.upgrade) return [];
  const plan = (command: ExtensionCommand): readonly PlannedCommand[] => [{ tenant: tenantOf(recorded.stream), command }];
  switch (event.type) {
    case 'ExtensionUpgradeRequested':
    case 'ExtensionUpgradeResumed':
    case 'ExtensionUpgradeStepCompleted': {
      const step = upgradeStepAfter(state.completed);
      if (step === null || (step === 'switch' && state.grouped === true)) return [];
      return plan({ type: 'StartUpgradeStep', data: { extension, upgrade, step } });
    }
    case 'ExtensionUpgradeFailed':
    case 'ExtensionUpgradeCancelled':
    case 'ExtensionUpgradeStepUndone': {
      const [step] = state.undo ?? [];
      if (step === undefined) return plan({ type: 'CloseUpgrade', data: { extension, upgrade } });
      return plan({ type: 'StartUpgradeUndo', data: { extension, upgrade, step } });
    }
    default:
      return [];
  }
}

export const upgradeProcessManager: ProcessManager<UpgradeProcess> = {
  name: 'extension.upgrade',
  handles: handled,
  processOf: (event) => `${tenantOf(event.stream)}~${idOf(event.stream)}`,
  initialState: IDLE,
  evolve,
  react,
};
