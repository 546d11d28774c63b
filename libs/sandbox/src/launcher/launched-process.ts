// One running sandbox process, whichever way it was started: its pipes, its use of the machine, and its one way to end.
import type { Timer, Timers } from '@kari/kernel';
import type { OwnedProcess } from '@kari/platform/process';
import type { ControlGroup } from './cgroup.adapter.js';
import { exitReason, type ExitReason, type KillReason } from './exit-reason.rules.js';
import type { LaunchedProcess, ResourceUse } from './launcher.port.js';
import { amongOthers, looked, standing } from './standing.rules.js';
import { engineOf, treeOf, useOf } from './process-tree.adapter.js';

const STDERR_TAIL = 4096;
const REMOVALS = 200;
const REMOVAL_MS = 5;

export interface Started {
  readonly process: string;
  readonly level: LaunchedProcess['level'];
  readonly child: OwnedProcess;
  readonly group: ControlGroup | null;
  readonly timers: Timers;
  /** Removes folder and uid; the group is removed here, after its counters were read. */
  release(): void;
}

export class RunningProcess implements LaunchedProcess {
  readonly process: string;
  readonly level: LaunchedProcess['level'];
  readonly pid: number;
  readonly ended: Promise<ExitReason>;
  private killed: KillReason | null = null;
  private gone = false;
  private stderrTail = '';
  private engine: number | null = null;
  private standing = amongOthers;
  private readonly looking: Timer | null;

  constructor(private readonly started: Started) {
    this.process = started.process;
    this.level = started.level;
    this.pid = started.child.pid;
    this.started.child.stderr?.on('data', (chunk: Buffer) => {
      this.stderrTail = (this.stderrTail + chunk.toString('latin1')).slice(-STDERR_TAIL);
    });
    this.looking = started.group === null ? null : started.timers.every(standing.lookMs, () => this.look(started.group));
    this.ended = this.end();
  }

  write(line: Uint8Array): void {
    if (!this.gone) this.started.child.stdin?.write(line);
  }

  pause(): void {
    this.started.child.stdout?.pause();
  }

  resume(): void {
    this.started.child.stdout?.resume();
  }

  onOutput(listener: (chunk: Uint8Array) => void): void {
    this.started.child.stdout?.on('data', listener);
  }

  onLog(listener: (chunk: Uint8Array) => void): void {
    this.started.child.stderr?.on('data', listener);
  }

  use(): ResourceUse | null {
    if (this.gone || process.platform !== 'linux') return null;
    return useOf(this.pid, this.enginePid());
  }

  enginePid(): number {
    // Asked for once the engine answers: before that the chain of programs is still replacing itself.
    return (this.engine ??= engineOf(this.pid));
  }

  /** The end of what it wrote to stderr, for diagnosis. */
  lastWords(): string {
    return this.stderrTail.trim().split('\n').at(-1)?.slice(0, 200) ?? '';
  }

  freeze(frozen: boolean): boolean {
    if (this.gone || process.platform === 'win32') return false;
    // The cage moves the engine to another process group, so the group's leader is not enough.
    for (const pid of treeOf(this.pid)) signal(pid, frozen ? 'SIGSTOP' : 'SIGCONT');
    return true;
  }

  kill(reason: KillReason): void {
    if (this.gone) return;
    this.killed ??= reason;
    this.started.group?.killAll();
    this.started.child.kill('SIGKILL');
    // A paused pipe would never close, and the end of the process is told by its pipes.
    this.started.child.stdout?.resume();
  }

  private look(group: ControlGroup | null): void {
    if (this.gone || group === null) return;
    const before = this.standing;
    this.standing = looked(before, group.heldBack());
    if (this.standing.last !== before.last) group.serveLast(this.standing.last);
  }

  private async end(): Promise<ExitReason> {
    const { code, signal: by } = await this.started.child.exited;
    this.gone = true;
    this.looking?.cancel();
    const oomKills = this.started.group?.oomKills() ?? 0;
    await removeGroup(this.started.group, this.started.timers);
    this.started.release();
    return exitReason({ code, signal: by, killed: this.killed, oomKills, stderrTail: this.stderrTail });
  }
}

/** The kernel empties a group some time after its last process was reaped; what stays is removed by the next start. */
async function removeGroup(group: ControlGroup | null, timers: Timers): Promise<void> {
  for (let attempt = 0; group !== null && !group.remove() && attempt < REMOVALS; attempt += 1) await timers.sleep(REMOVAL_MS);
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended meanwhile.
  }
}
