// The exact command lines of a sandbox. Pure, so that a spec can hold every word of them: a flag that is lost here is a hole.
import type { ResourceClass } from './resource-class.rules.js';

export interface Programs {
  readonly setpriv: string | null;
  readonly chrt: string | null;
  readonly nice: string | null;
  readonly prlimit: string | null;
  readonly bwrap: string | null;
}

export interface SpawnFiles {
  readonly engine: string;
  readonly runner: string;
  /** Holds exactly `bundle.mjs`. */
  readonly bundleFolder: string;
  /** Holds exactly the named files; null without assets. */
  readonly assets: { readonly folder: string; readonly names: readonly string[] } | null;
}

export interface SpawnLine {
  readonly file: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

export interface SpawnOptions {
  readonly files: SpawnFiles;
  readonly resources: ResourceClass;
  readonly programs: Programs;
  /** Own uid and gid where the host is root; null otherwise. */
  readonly uid: number | null;
  readonly platform: NodeJS.Platform;
  /** Only the self-test of the cage: the engine's own checks are switched off, so that they cannot hide a missing cage. */
  readonly engineUnchecked?: boolean;
}

function engineFlags(resources: ResourceClass, readable: readonly string[], unchecked: boolean): readonly string[] {
  const closed = ['--no-prompt', '--no-config', '--no-lock', '--no-remote', '--no-npm', '--cached-only', '--no-code-cache'];
  const heap = `--v8-flags=--max-old-space-size=${resources.heapMegabytes}`;
  if (unchecked) return ['run', ...closed, heap, '-A'];
  const denied = ['--deny-write', '--deny-net', '--deny-run', '--deny-ffi', '--deny-env', '--deny-sys', '--deny-import'];
  return ['run', ...closed, heap, `--allow-read=${readable.join(',')}`, ...denied];
}

function limited(programs: Programs, resources: ResourceClass): readonly string[] {
  const scheduling = programs.chrt !== null ? [programs.chrt, '-i', '0'] : programs.nice !== null ? [programs.nice, '-n', '19'] : [];
  // prlimit takes no suffix: `1G` would be one byte.
  const limits = programs.prlimit === null ? [] : [programs.prlimit, '--core=0', '--nofile=256', `--data=${resources.dataBytes}`, '--'];
  return [...scheduling, ...limits];
}

function dropped(uid: number | null): readonly string[] {
  return uid === null ? [] : ['--reuid', String(uid), '--regid', String(uid), '--clear-groups'];
}

/** L1: the engine's deny-by-default flags; on Linux also no new privileges, idle scheduling and limits. */
export function denoLine({ files, resources, programs, uid, platform, engineUnchecked = false }: SpawnOptions): SpawnLine {
  const bundle = `${files.bundleFolder}/bundle.mjs`;
  const assets = files.assets === null ? [] : files.assets.names.map((name) => `${files.assets?.folder}/${name}`);
  const engine = [
    files.engine,
    ...engineFlags(resources, [bundle, ...assets], engineUnchecked),
    files.runner,
    `file://${platform === 'win32' ? '/' : ''}${bundle}`,
  ];
  const privileges =
    platform === 'linux' && programs.setpriv !== null ? [programs.setpriv, '--pdeathsig', 'KILL', ...dropped(uid), '--no-new-privs'] : [];
  const [file = files.engine, ...args] = [...privileges, ...(platform === 'linux' ? limited(programs, resources) : []), ...engine];
  // The cache folder lies below a regular file on purpose: it cannot be made, so caches and localStorage throw. Without the last one the engine
  // itself asks its maker's host for a newer version half a second after each start.
  return { file, args, environment: { NO_COLOR: '1', DENO_DIR: `${files.runner}/x`, DENO_NO_UPDATE_CHECK: '1' } };
}

export interface CageOptions extends SpawnOptions {
  /** Libraries the engine is linked with, the loader included. */
  readonly libraries: readonly string[];
  /** `cgroup.procs` files to join before anything else; none at L1+cage. */
  readonly joins: readonly string[];
}

/** L2: the same engine in a bubblewrap cage with our seccomp filter on descriptor 3, inside a cgroup where there is one. */
export function cageLine({ files, resources, programs, uid, libraries, joins, engineUnchecked = false }: CageOptions): SpawnLine {
  if (programs.bwrap === null) throw new TypeError('no bubblewrap');
  const assets = files.assets === null ? [] : files.assets.names.map((name) => `/ext/a/${name}`);
  const command = [
    ...(uid === null || programs.setpriv === null ? [] : [programs.setpriv, ...dropped(uid), '--no-new-privs']),
    ...limited(programs, resources),
    programs.bwrap,
    ...['--unshare-all', '--unshare-user', '--disable-userns', '--uid', '65534', '--gid', '65534', '--hostname', 'sbx'],
    ...['--die-with-parent', '--new-session', '--clearenv', '--cap-drop', 'ALL', '--seccomp', '3'],
    ...libraries.flatMap((library) => ['--ro-bind', library, library]),
    ...['--ro-bind', files.engine, '/rt', '--ro-bind', files.runner, '/ext/runner.mjs', '--ro-bind', files.bundleFolder, '/ext/b'],
    ...(files.assets === null ? [] : ['--ro-bind', files.assets.folder, '/ext/a']),
    ...['--proc', '/proc', '--dev', '/dev', '--size', '16777216', '--tmpfs', '/tmp'],
    // /dev is a memory file system of its own, without a size: read-only, or it would be a disk without a limit. Devices still work.
    ...['--setenv', 'DENO_DIR', '/tmp/d', '--setenv', 'NO_COLOR', '1', '--chdir', '/', '--remount-ro', '/dev', '--remount-ro', '/'],
    '/rt',
    ...engineFlags(resources, ['/ext/b/bundle.mjs', ...assets], engineUnchecked),
    '/ext/runner.mjs',
    'file:///ext/b/bundle.mjs',
  ];
  // The shell would tell its working folder, which is a path of the host, to whoever reads the first process's environment.
  const join = [...joins.map((group) => `echo $$ > ${quoted(group)}`), 'unset PWD OLDPWD', 'exec "$@"'].join(' && ');
  return { file: '/bin/sh', args: ['-c', join, 'kari-sandbox', ...command], environment: {} };
}

function quoted(path: string): string {
  return `'${path.replace(/'/g, `'\\''`)}'`;
}
