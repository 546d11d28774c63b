// Control groups, version 1 and 2: one parent that caps the sum of all sandboxes, one child for each. Probed by doing, never by version.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import { identify, isAlive } from '@kari/platform/process';
import { cpuShare, processLimit, type ResourceClass } from './resource-class.rules.js';

export interface ControlGroup {
  /** Files to write the own pid to, in this order. */
  readonly joins: readonly string[];
  /** Processes the kernel killed here for memory; read before `remove`. */
  oomKills(): number;
  /** Periods in which it had used up its share of the processor and was held back. */
  heldBack(): number;
  /** Served when nobody else wants the processor; false where the kernel does not know that. */
  serveLast(last: boolean): boolean;
  /** Ends every process of the group; false where the version cannot. */
  killAll(): boolean;
  /** False while a process is left in it. */
  remove(): boolean;
}

export interface ControlGroups {
  readonly version: 1 | 2;
  create(name: string, resources: ResourceClass): ControlGroup;
  /** Removes groups whose host has died. */
  removeLeftOvers(): void;
}

export type ControlGroupsFound = { readonly groups: ControlGroups } | { readonly groups: null; readonly reason: string };

const PARENT = 'kari';
const CONTROLLERS = ['memory', 'cpu', 'pids'] as const;

/**
 * All sandboxes together leave the rest of the machine a quarter of its memory and a tenth of its processors, and weigh a tenth of anybody else where
 * all want to run: the platform has to answer before any of them can go on.
 */
const everySandbox = {
  memoryBytes: Math.floor((totalmem() * 3) / 4),
  quotaMicroseconds: Math.floor(availableParallelism() * 0.9 * cpuShare.periodMicroseconds),
  processes: 4096,
  weight: { shares: 102, weight: 10 },
} as const;

export function findControlGroups(): ControlGroupsFound {
  if (process.platform !== 'linux') return { groups: null, reason: 'control groups exist on Linux only' };
  const reasons: string[] = [];
  for (const candidate of [versionOne, versionTwo]) {
    const found = candidate();
    if (typeof found === 'string') reasons.push(found);
    else return { groups: found };
  }
  return { groups: null, reason: reasons.join('; ') };
}

function versionOne(): ControlGroups | string {
  const mounts = mountsOf('cgroup');
  const own = ownGroups();
  const bases: string[] = [];
  for (const controller of CONTROLLERS) {
    const mount = mounts.find(({ options }) => options.includes(controller));
    if (mount === undefined) return `cgroup v1 has no ${controller} controller`;
    const inside = join(mount.path, own.get(controller) ?? '/');
    bases.push(join(existsSync(inside) ? inside : mount.path, PARENT));
  }
  const [memory = '', cpu = '', pids = ''] = bases;
  try {
    for (const base of bases) rmdirSync(made(join(made(base), childName('trial'))));
    set(memory, 'memory.limit_in_bytes', everySandbox.memoryBytes);
    set(cpu, 'cpu.cfs_period_us', cpuShare.periodMicroseconds);
    set(cpu, 'cpu.cfs_quota_us', everySandbox.quotaMicroseconds);
    set(cpu, 'cpu.shares', everySandbox.weight.shares);
    set(pids, 'pids.max', everySandbox.processes);
  } catch (error) {
    return `cgroup v1 is not writable (${codeOf(error)})`;
  }
  return {
    version: 1,
    create: (name, resources) => {
      const folders = [memory, cpu, pids].map((base) => made(join(base, childName(name))));
      const [memoryGroup = '', cpuGroup = '', pidsGroup = ''] = folders;
      set(memoryGroup, 'memory.limit_in_bytes', resources.memoryBytes);
      setIfThere(memoryGroup, 'memory.swappiness', 0);
      set(cpuGroup, 'cpu.cfs_period_us', cpuShare.periodMicroseconds);
      set(cpuGroup, 'cpu.cfs_quota_us', cpuShare.quotaMicroseconds);
      set(pidsGroup, 'pids.max', processLimit);
      return {
        joins: folders.map((folder) => join(folder, 'cgroup.procs')),
        oomKills: () => counter(join(memoryGroup, 'memory.oom_control'), 'oom_kill'),
        heldBack: () => counter(join(cpuGroup, 'cpu.stat'), 'nr_throttled'),
        serveLast: (last) => setIfThere(cpuGroup, 'cpu.idle', last ? 1 : 0),
        killAll: () => false,
        remove: () => folders.map(removed).every(Boolean),
      };
    },
    removeLeftOvers: () => [memory, cpu, pids].forEach(removeDead),
  };
}

function versionTwo(): ControlGroups | string {
  const mount = mountsOf('cgroup2')[0];
  if (mount === undefined) return 'no cgroup v2';
  const own = join(mount.path, ownGroups().get('') ?? '/');
  const offered = contentOf(join(own, 'cgroup.controllers')).split(/\s+/);
  const missing = CONTROLLERS.filter((controller) => !offered.includes(controller));
  if (missing.length > 0) return `cgroup v2 delegates no ${missing.join(', ')} controller`;
  const parent = join(own, PARENT);
  try {
    // A group whose controllers are enabled for children may hold no process: the host moves to a leaf of its own first.
    const leaf = made(join(own, `${PARENT}-host`));
    for (const pid of contentOf(join(own, 'cgroup.procs')).split('\n')) if (pid !== '') set(leaf, 'cgroup.procs', pid);
    set(own, 'cgroup.subtree_control', CONTROLLERS.map((controller) => `+${controller}`).join(' '));
    made(parent);
    set(parent, 'cgroup.subtree_control', CONTROLLERS.map((controller) => `+${controller}`).join(' '));
    set(parent, 'memory.max', everySandbox.memoryBytes);
    set(parent, 'cpu.max', `${everySandbox.quotaMicroseconds} ${cpuShare.periodMicroseconds}`);
    set(parent, 'cpu.weight', everySandbox.weight.weight);
    set(parent, 'pids.max', everySandbox.processes);
  } catch (error) {
    return `cgroup v2 is not delegated (${codeOf(error)})`;
  }
  return {
    version: 2,
    create: (name, resources) => {
      const group = made(join(parent, childName(name)));
      set(group, 'memory.max', resources.memoryBytes);
      setIfThere(group, 'memory.swap.max', 0);
      set(group, 'memory.oom.group', 1);
      set(group, 'cpu.max', `${cpuShare.quotaMicroseconds} ${cpuShare.periodMicroseconds}`);
      set(group, 'pids.max', processLimit);
      return {
        joins: [join(group, 'cgroup.procs')],
        oomKills: () => counter(join(group, 'memory.events'), 'oom_kill'),
        heldBack: () => counter(join(group, 'cpu.stat'), 'nr_throttled'),
        serveLast: (last) => setIfThere(group, 'cpu.idle', last ? 1 : 0),
        killAll: () => setIfThere(group, 'cgroup.kill', 1),
        remove: () => removed(group),
      };
    },
    removeLeftOvers: () => removeDead(parent),
  };
}

/** Names carry their host, so that another one can tell whether it still lives. */
function childName(name: string): string {
  const self = identify(process.pid);
  return `${process.pid}@${self?.startedAt ?? ''}@${name}`;
}

function removeDead(parent: string): void {
  for (const entry of foldersIn(parent)) {
    const [pid = '', startedAt = ''] = entry.split('@');
    if (!isAlive({ pid: Number(pid), startedAt })) removed(join(parent, entry));
  }
}

interface Mount {
  readonly path: string;
  readonly options: readonly string[];
}

function mountsOf(type: 'cgroup' | 'cgroup2'): readonly Mount[] {
  return contentOf('/proc/self/mounts')
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, , kind]) => kind === type)
    .map(([, path = '', , options = '']) => ({ path, options: options.split(',') }));
}

/** Controller → path of the own group; the empty name is version 2. */
function ownGroups(): ReadonlyMap<string, string> {
  const groups = new Map<string, string>();
  for (const line of contentOf('/proc/self/cgroup').split('\n')) {
    const [, controllers = '', ...path] = line.split(':');
    for (const controller of controllers.split(',')) groups.set(controller, path.join(':'));
  }
  return groups;
}

function made(folder: string): string {
  if (!existsSync(folder)) mkdirSync(folder);
  return folder;
}

function removed(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch (error) {
    return codeOf(error) === 'ENOENT';
  }
}

function set(folder: string, file: string, value: string | number): void {
  writeFileSync(join(folder, file), String(value));
}

function setIfThere(folder: string, file: string, value: string | number): boolean {
  try {
    set(folder, file, value);
    return true;
  } catch {
    return false;
  }
}

function counter(file: string, name: string): number {
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(contentOf(file))?.[1] ?? 0);
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function foldersIn(parent: string): readonly string[] {
  try {
    return readdirSync(parent, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);
  } catch {
    return [];
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}
