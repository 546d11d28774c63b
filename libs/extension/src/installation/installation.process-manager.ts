// Leads one install from its request to its end: each finished step is answered with the next, a failure or a cancel with taking back
// what was done, last first. The effects of the steps live in the reactor beside it.
import type { PlannedCommand, ProcessManager, RecordedEvent } from '@kari/kernel';
import { idOf, tenantOf } from '@kari/kernel';
import type { ExtensionCommand } from '../lifecycle/extension.commands.js';
import type { ExtensionEvent } from '../lifecycle/extension.events.js';
import type { InstallStep } from './installation.rules.js';
import { stepAfter, stepsToUndo } from './installation.rules.js';

export interface InstallationProcess {
  /** The try that is under way; null when none is. */
  readonly install: string | null;
  readonly enable: boolean;
  readonly started: readonly InstallStep[];
  /** What is still to be taken back, next first; null as long as the install moves forward. */
  readonly undo: readonly InstallStep[] | null;
}

const IDLE: InstallationProcess = { install: null, enable: false, started: [], undo: null };

const handled = [
  'ExtensionInstallRequested',
  'ExtensionInstallStepStarted',
  'ExtensionInstallStepCompleted',
  'ExtensionInstallFailed',
  'ExtensionInstallCancelled',
  'ExtensionInstallStepUndone',
  'ExtensionInstallUndone',
  'ExtensionInstalled',
] as const satisfies readonly ExtensionEvent['type'][];
type Handled = Extract<ExtensionEvent, { type: (typeof handled)[number] }>;

function evolve(state: InstallationProcess, recorded: RecordedEvent): InstallationProcess {
  const event = recorded as unknown as Handled;
  if (event.type === 'ExtensionInstallRequested') return { ...IDLE, install: event.data.install, enable: event.data.enable };
  if (event.type === 'ExtensionInstalled') return IDLE;
  // A word about another try than the one under way cannot come in log order; should it, it is not ours.
  if (event.data.install !== state.install) return state;
  switch (event.type) {
    case 'ExtensionInstallStepStarted':
      return { ...state, started: [...state.started, event.data.step] };
    case 'ExtensionInstallFailed':
    case 'ExtensionInstallCancelled':
      return { ...state, undo: stepsToUndo(state.started) };
    case 'ExtensionInstallStepUndone':
      return { ...state, undo: (state.undo ?? []).filter((step) => step !== event.data.step) };
    case 'ExtensionInstallUndone':
      return IDLE;
    case 'ExtensionInstallStepCompleted':
      return state;
  }
}

function react(state: InstallationProcess, recorded: RecordedEvent): readonly PlannedCommand[] {
  const event = recorded as unknown as Handled;
  if (event.type === 'ExtensionInstalled' || event.data.install !== state.install) return [];
  const { extension, install } = event.data;
  const tenant = tenantOf(recorded.stream);
  const plan = (command: ExtensionCommand): readonly PlannedCommand[] => [{ tenant, command }];

  switch (event.type) {
    case 'ExtensionInstallRequested':
    case 'ExtensionInstallStepCompleted': {
      const step = stepAfter(event.type === 'ExtensionInstallRequested' ? null : event.data.step, state.enable);
      if (step === null) return plan({ type: 'FinishInstall', data: { extension, install } });
      return plan({ type: 'StartInstallStep', data: { extension, install, step } });
    }
    case 'ExtensionInstallFailed':
    case 'ExtensionInstallCancelled':
    case 'ExtensionInstallStepUndone': {
      const [step] = state.undo ?? [];
      if (step === undefined) return plan({ type: 'CloseInstall', data: { extension, install } });
      return plan({ type: 'StartInstallUndo', data: { extension, install, step } });
    }
    case 'ExtensionInstallStepStarted':
    case 'ExtensionInstallUndone':
      return [];
  }
}

export const installationProcessManager: ProcessManager<InstallationProcess> = {
  name: 'extension.installation',
  handles: handled,
  processOf: (event) => `${tenantOf(event.stream)}~${idOf(event.stream)}`,
  initialState: IDLE,
  evolve,
  react,
};
