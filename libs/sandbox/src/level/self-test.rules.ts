// Judges the probes of the self-test: which level this host has proven, by which features, and why not a higher one.
import type { Level } from './level.rules.js';

/** What the probing code inside said of each attempt: done, or the error it met. */
export interface ProbeAnswers {
  readonly read: ProbeAnswer;
  readonly write: ProbeAnswer;
  readonly connect: ProbeAnswer;
  readonly spawn: ProbeAnswer;
  readonly env: ProbeAnswer;
  readonly import: ProbeAnswer;
}

interface ProbeAnswer {
  readonly done: boolean;
  readonly error: string;
}

export interface ProcessFacts {
  readonly seccomp: number;
  readonly noNewPrivileges: boolean;
  readonly effectiveCapabilities: string;
  readonly uid: number;
}

export interface Attempt {
  /** Null when it did not even run; then `failure` says why. */
  readonly answers: ProbeAnswers | null;
  readonly failure: string | null;
  /** Connections that arrived at the listener meanwhile. */
  readonly hits: number;
}

export interface CageAttempt extends Attempt {
  readonly process: ProcessFacts | null;
}

export interface GroupAttempt {
  readonly version: 1 | 2;
  /** The engine's pid is listed in the group. */
  readonly joined: boolean;
  /** Limits read back as they were set. */
  readonly limitsHold: boolean;
  /** Kills by the kernel after the group's limit was exceeded. */
  readonly oomKills: number;
  readonly failure: string | null;
}

export interface Observations {
  readonly control: Attempt;
  readonly l1: Attempt;
  /** Null when there is nothing to try; then `noCage` says why. */
  readonly cage: CageAttempt | null;
  readonly noCage: string | null;
  readonly group: GroupAttempt | null;
  readonly noGroup: string | null;
  readonly programs: { readonly setpriv: boolean; readonly chrt: boolean; readonly prlimit: boolean };
}

type Feature = 'setpriv' | 'schedidle' | 'prlimit' | 'bwrap' | 'seccomp' | 'cgroup1' | 'cgroup2';

export interface Judgement {
  /** Null: nothing is proven, no extension starts. */
  readonly level: Level | null;
  readonly features: readonly Feature[];
  /** First reason for not being higher; null at the highest. */
  readonly reason: string | null;
}

const probeNames = ['read', 'write', 'connect', 'spawn', 'env', 'import'] as const;

export function judge({ control, l1, cage, noCage, group, noGroup, programs }: Observations): Judgement {
  const flags: Feature[] = [];
  if (programs.setpriv) flags.push('setpriv');
  if (programs.chrt) flags.push('schedidle');
  if (programs.prlimit) flags.push('prlimit');

  const invalid = controlFault(control);
  if (invalid !== null) return { level: null, features: [], reason: `the self-test is invalid: ${invalid}` };
  const leak = attemptFault(l1);
  if (leak !== null) return { level: null, features: [], reason: `L1: ${leak}` };
  if (cage === null) return { level: 'L1', features: flags, reason: noCage };
  const hole = cageFault(cage);
  if (hole !== null) return { level: 'L1', features: flags, reason: `cage: ${hole}` };
  const caged: Feature[] = [...flags, 'bwrap', 'seccomp'];
  if (group === null) return { level: 'L1+cage', features: caged, reason: noGroup };
  const loose = groupFault(group);
  if (loose !== null) return { level: 'L1+cage', features: caged, reason: `control group: ${loose}` };
  return { level: 'L2', features: [...caged, group.version === 1 ? 'cgroup1' : 'cgroup2'], reason: null };
}

/** Unless the same code succeeds outside, its failure inside proves nothing. */
function controlFault({ answers, failure, hits }: Attempt): string | null {
  if (answers === null) return `the control run did not run: ${failure ?? 'unknown'}`;
  const failed = probeNames.find((name) => !answers[name].done);
  if (failed !== undefined) return `the control run could not ${failed}: ${answers[failed].error}`;
  return hits > 0 ? null : 'the control run never reached the listener';
}

function attemptFault({ answers, failure, hits }: Attempt): string | null {
  if (answers === null) return failure ?? 'it did not run';
  const done = probeNames.find((name) => answers[name].done);
  if (done !== undefined) return `the probe "${done}" was not blocked`;
  return hits === 0 ? null : `${hits} connections reached the host`;
}

function cageFault(cage: CageAttempt): string | null {
  const fault = attemptFault(cage);
  if (fault !== null) return fault;
  // Any other error would only show an empty network, not the filter.
  if (!/os error 1\b|EPERM|Operation not permitted/.test(cage.answers?.connect.error ?? '')) {
    return `connect failed with "${cage.answers?.connect.error}", not by the filter`;
  }
  const facts = cage.process;
  if (facts === null) return 'the process could not be looked at from outside';
  if (facts.seccomp !== 2) return 'no seccomp filter is active';
  if (!facts.noNewPrivileges) return 'new privileges are possible';
  if (!/^0+$/.test(facts.effectiveCapabilities)) return `it holds capabilities ${facts.effectiveCapabilities}`;
  return facts.uid === 0 ? 'it runs as root' : null;
}

function groupFault({ joined, limitsHold, oomKills, failure }: GroupAttempt): string | null {
  if (failure !== null) return failure;
  if (!joined) return 'the process is not in its group';
  if (!limitsHold) return 'the limits did not read back';
  return oomKills > 0 ? null : 'exceeding the memory limit was not ended by the kernel';
}
