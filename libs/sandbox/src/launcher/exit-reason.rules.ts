// Why a sandbox process ended, from what the kernel and the supervisor saw. The reason is stored in its event.

export type KillReason =
  'stopped' | 'start-timeout' | 'heartbeat' | 'deadline' | 'memory' | 'protocol' | 'output-flood' | 'handler-missing' | 'load-failed';

type ExitKind = 'exited' | 'heap' | 'memory' | 'file-size' | 'unstable-api' | 'signal' | Exclude<KillReason, 'memory'>;

export interface ExitFacts {
  readonly code: number | null;
  readonly signal: string | null;
  /** What the supervisor itself killed it for, null when it did not. */
  readonly killed: KillReason | null;
  /** Kills by the cgroup's memory limit. */
  readonly oomKills: number;
  readonly stderrTail: string;
}

export interface ExitReason {
  readonly kind: ExitKind;
  readonly code: number | null;
  readonly signal: string | null;
  /** In words, for people. */
  readonly detail: string;
}

const SIGTRAP = 133;
const SIGKILL = 137;
const SIGXFSZ = 153;
const UNSTABLE_API = 70;

/** bubblewrap turns the signal of its child into exit code 128+n. */
export function exitReason({ code, signal, killed, oomKills, stderrTail }: ExitFacts): ExitReason {
  const reason = (kind: ExitKind, detail: string): ExitReason => ({ kind, code, signal, detail });
  const ended = (number: number, name: string) => code === number || signal === name;
  if (oomKills > 0) return reason('memory', 'it reached its memory limit and the kernel ended it');
  if (killed !== null) return reason(killed, killWords[killed]);
  if (ended(SIGTRAP, 'SIGTRAP')) {
    return stderrTail.includes('CodeRange')
      ? reason('heap', 'a Worker did not fit into its data segment')
      : reason('heap', 'its JavaScript heap was full');
  }
  if (ended(SIGXFSZ, 'SIGXFSZ')) return reason('file-size', 'a file grew beyond its limit');
  if (ended(SIGKILL, 'SIGKILL')) return reason('signal', 'something outside the platform killed it');
  if (code === UNSTABLE_API) return reason('unstable-api', 'it used an unstable API of the engine');
  if (signal !== null) return reason('signal', `it was ended by ${signal}`);
  return reason('exited', `it ended by itself with exit code ${code ?? 'unknown'}`);
}

const killWords: Readonly<Record<KillReason, string>> = {
  stopped: 'the platform stopped it',
  'start-timeout': 'it gave no sign of life within the start time',
  heartbeat: 'it did not answer the heartbeat',
  deadline: 'it missed two call deadlines',
  memory: 'it used more memory than its class allows',
  protocol: 'it broke the rules of the pipe',
  'output-flood': 'it flooded its output',
  'handler-missing': 'its bundle lacks a handler that its manifest declares',
  'load-failed': 'its bundle could not be loaded',
};
