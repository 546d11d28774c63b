// Starts a child that this process owns: own group, fixed environment, written down before anyone relies on it, killed as a whole.
import { spawn, type IOType } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
// eslint-disable-next-line no-restricted-imports -- asks which thread this is, and starts none
import { isMainThread } from 'node:worker_threads';
import { signalGroup } from './group.js';
import { identify } from './identity.js';
import type { ProcessLedger } from './ledger.js';

export interface OwnedOptions {
  /** What it is, for the ledger and for people: `sandbox`, `postgres`. */
  readonly kind: string;
  readonly cwd: string;
  /** All that the child sees; nothing is inherited. */
  readonly environment: Readonly<Record<string, string>>;
  /** By file descriptor; a number passes that descriptor of ours on. Default: no input, both outputs piped. */
  readonly stdio?: readonly (IOType | number | null)[];
  readonly uid?: number;
  readonly gid?: number;
  /** Where the child is written down while it lives, so that the next start can find what a killed one left behind. */
  readonly ledger?: ProcessLedger;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface OwnedProcess {
  readonly pid: number;
  readonly stdin: Writable | null;
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  /** Every descriptor by number; null where nothing is piped. */
  readonly stdio: readonly (Readable | Writable | null | undefined)[];
  /** Signals the whole group, SIGKILL unless stated. False when it had ended. */
  kill(signal?: NodeJS.Signals): boolean;
  /** Signals the process alone: for servers that take a signal as a request to stop. */
  signal(signal: NodeJS.Signals): boolean;
  /** Resolves when the process has ended and its outputs are closed; never rejects. */
  readonly exited: Promise<Exit>;
  /** Lets this process end while the child runs on. */
  unref(): void;
}

/** The child could not be started at all. */
export class SpawnRefused extends Error {
  constructor(
    readonly file: string,
    readonly reason: string,
  ) {
    super(`cannot start ${file}: ${reason}`);
    this.name = 'SpawnRefused';
  }
}

/** Throws `SpawnRefused`. Main thread only: the kernel's parent-death signal follows the thread, not the process. */
export function spawnOwned(file: string, args: readonly string[], options: OwnedOptions): OwnedProcess {
  if (!isMainThread) throw new SpawnRefused(file, 'children are started from the main thread only');
  const child = spawn(file, [...args], {
    shell: false,
    detached: true,
    cwd: options.cwd,
    env: { ...options.environment },
    stdio: [...(options.stdio ?? ['ignore', 'pipe', 'pipe'])],
    ...(options.uid === undefined ? {} : { uid: options.uid }),
    ...(options.gid === undefined ? {} : { gid: options.gid }),
  });
  // A broken pipe or a failed start is told by `exited` and by the throw below; without a listener it would end the host.
  child.on('error', () => undefined);
  for (const stream of child.stdio) stream?.on('error', () => undefined);
  const pid = child.pid;
  if (pid === undefined) throw new SpawnRefused(file, reasonFor(file, options.cwd));

  const identity = identify(pid);
  const entry = identity === null ? undefined : options.ledger?.add(identity, options.kind);
  let ended = false;
  child.once('exit', () => {
    ended = true;
    // What the leader leaves in its group would otherwise outlive it unowned.
    signalGroup(pid, 'SIGKILL');
    entry?.remove();
  });
  const exited = new Promise<Exit>((resolve) => child.once('close', (code, signal) => resolve({ code, signal })));

  return {
    pid,
    stdin: child.stdin,
    stdout: child.stdout,
    stderr: child.stderr,
    stdio: child.stdio,
    kill: (signal = 'SIGKILL') => !ended && signalGroup(pid, signal),
    signal: (signal) => !ended && child.kill(signal),
    exited,
    unref: () => child.unref(),
  };
}

function reasonFor(file: string, cwd: string): string {
  try {
    accessSync(cwd, constants.X_OK);
  } catch {
    return `its working folder ${cwd} cannot be entered`;
  }
  try {
    accessSync(file, constants.X_OK);
  } catch {
    return 'no such program, or it may not be run';
  }
  return 'the system refused a new process';
}
