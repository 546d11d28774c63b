// Carries out what operators decided: restarts, releases, stricter levels. Every host follows; the one that runs the sandbox acts.
import type { Reactor } from '@kari/platform/registry';
import type { SandboxHost } from './sandbox-host.js';

export function operatorReactor(host: Pick<SandboxHost, 'follow'>): Reactor {
  return {
    name: 'sandbox.operator',
    handles: ['SandboxRestartRequested', 'SandboxReleased', 'MinimumLevelSet'],
    runs: 'everywhere',
    react: (event) => host.follow(event),
  };
}
