// A pid alone names nobody: numbers are reused. A process is its pid and the moment it started, both as the kernel tells them.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

export interface ProcessIdentity {
  readonly pid: number;
  /** Opaque; equal for the same process, different for the next one with that pid, another boot included. */
  readonly startedAt: string;
}

/** Null when no such process exists, or when this system cannot tell. */
export function identify(pid: number): ProcessIdentity | null {
  const startedAt = process.platform === 'linux' ? startedAtFromProc(pid) : startedAtFromPs(pid);
  return startedAt === null ? null : { pid, startedAt };
}

/** Whether exactly that process still runs. A zombie has ended: its parent has only not looked yet. */
export function isAlive(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.startedAt === identity.startedAt;
}

/** Name of the program that runs under a pid; null when there is none or the system cannot tell. */
export function programOf(pid: number): string | null {
  if (process.platform === 'win32') return null;
  if (process.platform !== 'linux') {
    const answer = spawnSync('/bin/ps', ['-o', 'comm=', '-p', String(pid)], { encoding: 'utf8', env: { LC_ALL: 'C' } });
    return answer.status === 0 ? basename(answer.stdout.trim()) : null;
  }
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return null;
  }
}

function startedAtFromProc(pid: number): string | null {
  try {
    // The program's name is in brackets and may hold spaces and brackets itself: fields are counted from behind it.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return null;
    const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${bootId}:${fields[19]}`;
  } catch {
    return null;
  }
}

function startedAtFromPs(pid: number): string | null {
  if (process.platform === 'win32') return null;
  const answer = spawnSync('/bin/ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8', env: { LC_ALL: 'C' } });
  const line = answer.status === 0 ? answer.stdout.trim() : '';
  const gap = line.indexOf(' ');
  return gap < 0 || line.startsWith('Z') ? null : line.slice(gap).trim();
}
