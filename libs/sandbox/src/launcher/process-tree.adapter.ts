// What the kernel tells of a sandbox's process tree, read from /proc: its members, what they use, and whether the engine had to wait.
import { readFileSync } from 'node:fs';
import type { MainThread, ResourceUse } from './launcher.port.js';

/** Clock ticks a second in /proc; 100 on every Linux that Node runs on. */
const TICK_MS = 10;
const PAGE_BYTES = 4096;
const NANOSECONDS_A_MILLISECOND = 1_000_000;
const DEEPEST = 64;

/** The process and everything below it, parents first. */
export function treeOf(root: number): readonly number[] {
  const members = [root];
  for (let index = 0; index < members.length && index < DEEPEST; index += 1) members.push(...childrenOf(members[index] ?? 0));
  return members;
}

/** Null once the root has ended. */
export function useOf(root: number, engine: number): ResourceUse | null {
  let cpuMilliseconds = 0;
  let memoryBytes = 0;
  let alive = false;
  for (const pid of treeOf(root)) {
    const stat = statOf(pid);
    if (stat === null) continue;
    alive ||= pid === root && stat.state !== 'Z';
    cpuMilliseconds += stat.cpuMilliseconds;
    memoryBytes += residentBytes(pid);
  }
  return alive ? { cpuMilliseconds, memoryBytes, mainThread: schedule(engine) } : null;
}

/** The last of the chain: in a cage the engine is a grandchild of what was started. */
export function engineOf(root: number): number {
  return treeOf(root).at(-1) ?? root;
}

function childrenOf(pid: number): readonly number[] {
  return contentOf(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
}

function statOf(pid: number): { readonly state: string; readonly cpuMilliseconds: number } | null {
  const stat = contentOf(`/proc/${pid}/stat`);
  if (stat === '') return null;
  // The name stands in brackets and may hold anything: count from behind it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', cpuMilliseconds: (Number(fields[11]) + Number(fields[12])) * TICK_MS };
}

function residentBytes(pid: number): number {
  return Number(contentOf(`/proc/${pid}/statm`).split(' ')[1] ?? 0) * PAGE_BYTES;
}

function schedule(pid: number): MainThread | null {
  const [ran, waited] = contentOf(`/proc/${pid}/schedstat`).split(' ').map(Number);
  if (ran === undefined || waited === undefined || Number.isNaN(waited)) return null;
  const runnable = statOf(pid)?.state === 'R';
  return { ranMs: ran / NANOSECONDS_A_MILLISECOND, waitedMs: waited / NANOSECONDS_A_MILLISECOND, runnable };
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
