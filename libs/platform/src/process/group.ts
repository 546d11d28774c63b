// Signals a child with everything it started: each owned child leads a group of its own.
import { identify, type ProcessIdentity } from './identity.js';

export function signalGroup(leader: number, signal: NodeJS.Signals): boolean {
  try {
    // Windows knows no groups by negative pid; there the leader alone is ended.
    process.kill(process.platform === 'win32' ? leader : -leader, signal);
    return true;
  } catch {
    return false;
  }
}

/** Signals the group led by exactly that process; false when it has ended. */
export function killIdentified(identity: ProcessIdentity, signal: NodeJS.Signals = 'SIGKILL'): boolean {
  return identify(identity.pid)?.startedAt === identity.startedAt && signalGroup(identity.pid, signal);
}
