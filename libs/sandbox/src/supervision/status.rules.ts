// What a sandbox's state reads like for people: from its log, its installation, and whether a process runs.
import type { InstallationStatus } from '@kari/extension/contract';
import type { SandboxState } from '../contract.js';
import type { SupervisorState } from './supervisor.decider.js';

export interface Described {
  readonly state: SandboxState;
  readonly reason: string;
}

export function describeStatus(
  state: SupervisorState,
  installation: InstallationStatus | null,
  isRunning: boolean,
  millisecondsToRetry: number,
): Described {
  switch (state.status) {
    case 'quarantined':
      return { state: 'quarantined', reason: state.reason };
    case 'starting':
      if (!isRunning) return { state: 'starting', reason: 'starting' };
      return { state: 'ready', reason: state.replaces === null ? 'serving' : 'serving while its replacement starts' };
    case 'ready':
      return { state: 'ready', reason: 'serving' };
    case 'blocked':
      return { state: 'blocked', reason: state.reason };
    case 'crashed':
      if (installation !== 'enabled') return stopped(installation);
      return millisecondsToRetry > 0
        ? { state: 'backing-off', reason: `${state.reason}; starts again in ${Math.ceil(millisecondsToRetry)} ms` }
        : { state: 'idle', reason: `${state.reason}; starts again on first use` };
    case 'none':
      return installation === 'enabled' ? { state: 'idle', reason: 'starts on first use' } : stopped(installation);
    case 'idle':
      return installation === 'enabled' || installation === 'installing' ? { state: 'idle', reason: state.reason } : stopped(installation);
    case 'stopped':
      return { state: 'stopped', reason: state.reason };
  }
}

function stopped(installation: InstallationStatus | null): Described {
  return { state: 'stopped', reason: installation === null ? 'the extension is not installed' : `the extension is ${installation}` };
}
