// Finds out, once and by doing it, what this machine can do.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fakedTime, findFaketime } from './faketime.js';
import { findControlGroups } from '../../libs/sandbox/src/launcher/cgroup.adapter.js';

/** As somebody without rights, where we are root. */
const PLAIN = ['/usr/bin/setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', '--no-new-privs'] as const;

const probes = {
  linux: () => (process.platform === 'linux' ? null : `this is ${process.platform}`),
  root: () => (process.getuid?.() === 0 ? null : 'not root'),
  bwrap: () => bubblewrap([]),
  /** The same as a plain user, for a host that is root. */
  'bwrap-plain': () => bubblewrap(process.getuid?.() === 0 ? PLAIN : []),
  /** The same plain user can read this checkout: one below a private home cannot be entered by anybody else. */
  'plain-checkout': () => {
    if (process.getuid?.() !== 0) return null;
    const readable = tried(PLAIN[0], [...PLAIN.slice(1), '/usr/bin/test', '-r', join(process.cwd(), 'package.json')]);
    return readable === null ? null : 'this checkout lies in a folder that a plain user cannot enter';
  },
  /** A network of one's own, with addresses of one's own. */
  netns: () => {
    const user = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
    return tried('unshare', [...user, '--net', '--mount', 'sh', '-c', 'ip link set lo up && ip addr add 169.254.169.254/32 dev lo']);
  },
  cgroup: () => {
    const found = findControlGroups();
    return found.groups === null ? found.reason : null;
  },
  /** Gives one process another wall clock and leaves its monotonic one alone. */
  libfaketime: () => {
    const library = findFaketime();
    if (library === null) return 'libfaketime is not installed';
    const clocks = 'process.stdout.write(`${Date.now()} ${process.hrtime.bigint()}`)';
    const { stdout, stderr } = spawnSync(process.execPath, ['--eval', clocks], { env: fakedTime(library, '+1h'), encoding: 'utf8' });
    const [wall = 0, monotonic = 0] = stdout.split(' ').map(Number);
    const shifted = Math.abs(wall - Date.now() - 3_600_000) < 60_000;
    const alone = Math.abs(monotonic - Number(process.hrtime.bigint())) < 60e9;
    return shifted && alone ? null : `the clocks do not shift as they should: ${stdout}${stderr}`;
  },
  /** A small disk that can be filled. */
  tmpfs: () => {
    const folder = mkdtempSync(join(tmpdir(), 'kari-probe-'));
    const mounted = spawnSync('/bin/mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { encoding: 'utf8' });
    if (mounted.status === 0) spawnSync('/bin/umount', [folder]);
    rmSync(folder, { recursive: true, force: true });
    return mounted.status === 0 ? null : mounted.stderr.trim() || String(mounted.error);
  },
} as const satisfies Record<string, () => string | null>;

export type Need = keyof typeof probes;

export const allNeeds = Object.keys(probes) as readonly Need[];

const found = new Map<Need, string | null>();

/** Null when the need is met, otherwise why it is not. */
export function missing(need: Need): string | null {
  if (!found.has(need)) found.set(need, probes[need]());
  return found.get(need) ?? null;
}

function bubblewrap(before: readonly string[]): string | null {
  const libraries = ['/usr', '/lib', '/lib64', '/bin'].flatMap((folder) => ['--ro-bind-try', folder, folder]);
  const [file = '', ...args] = [
    ...before,
    '/usr/bin/bwrap',
    '--unshare-all',
    '--unshare-user',
    '--disable-userns',
    ...libraries,
    '--proc',
    '/proc',
    '--dev',
    '/dev',
    '/bin/true',
  ];
  return tried(file, args);
}

function tried(file: string, args: readonly string[]): string | null {
  const { status, stderr, error } = spawnSync(file, args, { env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }, cwd: '/', encoding: 'utf8' });
  if (error !== undefined) return error.message;
  return status === 0 ? null : stderr.trim().split('\n')[0] || `exit code ${status}`;
}
