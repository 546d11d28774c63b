// What may be seen from inside the cage (S-03): an allow-list, and the form in which it is compared byte for byte.
import { spawnOwned } from '@kari/platform/process';
import { bundledProgram } from './programs.js';

export interface Inventory {
  readonly files: readonly string[];
  readonly environment: readonly string[];
  readonly descriptors: readonly string[];
  readonly environs: readonly string[];
  readonly mounts: readonly string[];
  readonly cards: readonly string[];
  readonly processes: readonly string[];
  readonly hostname: string;
  readonly canaries?: readonly string[];
}

export function written(seen: Inventory): string {
  const own = {
    ...seen,
    files: seen.files.filter((path) => !path.startsWith('/tmp/d')),
    mounts: seen.mounts.map(kindOfMount),
    descriptors: [...new Set(seen.descriptors.map(kindOf))].filter((kind) => kind !== SEALED).sort(),
  };
  return JSON.stringify(own, Object.keys(allowed([])).sort(), 1);
}

/** In place of each descriptor that the platform itself had inherited, if it had any: it leads nowhere. */
const SEALED = '/dev/null';

/** Descriptors by what they lead to: how many the engine opens for itself is its own business. */
function kindOf(descriptor: string): string {
  const to = descriptor.replace(/^\d+ ?/, '');
  return to === '' ? 'the list itself' : to.startsWith('/tmp/d/') ? 'own cache' : to.replace(/:\[.*/, '');
}

/** Bound files and devices lie on whatever file system the host has. */
function kindOfMount(mount: string): string {
  const [point = '', , option = ''] = mount.split(' ');
  if (/^\/dev\/(null|zero|full|random|urandom|tty)$/.test(point)) return `${point} device ${option}`;
  return /^\/(rt|ext|lib)/.test(point) || point.startsWith('/usr/lib') ? `${point} bound ${option}` : mount;
}

export function allowed(bound: readonly string[]): Inventory {
  const folders = new Set(
    bound.flatMap((path) =>
      path
        .split('/')
        .slice(1, -1)
        .map((_, depth, parts) => `/${parts.slice(0, depth + 1).join('/')}`),
    ),
  );
  const files = [
    ...['/dev folder', '/dev/core -> /proc/kcore', '/dev/fd -> /proc/self/fd', '/dev/full file', '/dev/null file', '/dev/ptmx -> pts/ptmx'],
    ...['/dev/pts folder', '/dev/pts/ptmx file', '/dev/random file', '/dev/shm folder', '/dev/stderr -> /proc/self/fd/2'],
    ...['/dev/stdin -> /proc/self/fd/0', '/dev/stdout -> /proc/self/fd/1', '/dev/tty file', '/dev/urandom file', '/dev/zero file'],
    ...['/ext folder', '/ext/b folder', '/ext/b/bundle.mjs file', '/ext/runner.mjs file'],
    ...[...folders].map((folder) => `${folder} folder`),
    ...bound.map((path) => `${path} file`),
    ...['/proc kernel', '/rt file', '/tmp folder'],
  ];
  return {
    files: files.sort((a, b) => (comparable(a) < comparable(b) ? -1 : 1)),
    // The engine adds its own search path for a shim of node, inside its own cache.
    environment: ['DENO_DIR=/tmp/d', 'DENO_NODE_SHIM_ACTIVE=1', 'NO_COLOR=1', 'PATH=/tmp/d/node_compat_bin', 'PWD=/'],
    descriptors: ['anon_inode', 'own cache', 'socket', 'the list itself'],
    environs: ['1: ', '2: DENO_DIR=/tmp/d NO_COLOR=1 PWD=/'],
    mounts: [
      '/ tmpfs ro',
      ...bound.map((path) => `${path} bound ro`),
      ...['/rt bound ro', '/ext/runner.mjs bound ro', '/ext/b bound ro', '/proc proc rw', '/dev tmpfs ro'],
      ...['null', 'zero', 'full', 'random', 'urandom', 'tty'].map((device) => `/dev/${device} device rw`),
      ...['/dev/pts devpts rw', '/tmp tmpfs rw'],
    ],
    cards: ['lo'],
    processes: ['1 bwrap', '2 rt'],
    hostname: 'sbx',
  };
}

/** In the order of a walk that sorts each folder: a separator sorts before any character of a name. */
function comparable(line: string): string {
  return (line.split(' ')[0] ?? '').replaceAll('/', '\u0001');
}

export interface Seen {
  readonly inside?: Inventory;
  readonly outside: readonly string[];
}

export interface CarelessOptions {
  /** A plain user's folder and copy of the runner; without it the host is whoever runs the tests. */
  readonly plain?: { readonly folder: string; readonly runner: string };
  readonly environment?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  readonly stdio?: readonly ('ignore' | 'pipe' | null | number)[];
}

const NOBODY = 65534;

/** Runs a host that takes no care of what it hands on, and tells what could be seen of each sandbox, by level, from inside and from outside. */
export async function carelessHost({
  plain,
  environment = {},
  args = [],
  stdio = ['ignore', 'pipe', 'pipe'],
}: CarelessOptions): Promise<Readonly<Record<string, Seen>>> {
  const program = await bundledProgram('host-with-secrets');
  const dropped = plain !== undefined && process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  const child = spawnOwned(process.execPath, [program, 'test/fixtures/extensions/spying/inventory.mjs', plain?.runner ?? '', ...args], {
    kind: 'careless-host',
    cwd: process.cwd(),
    environment: { ...environment, ...(plain === undefined ? {} : { TMPDIR: plain.folder }) },
    stdio,
    ...dropped,
  });
  let output = '';
  let errors = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const { code } = await child.exited;
  if (code !== 0) throw new Error(`the careless host failed: ${errors}`);
  return JSON.parse(output) as Readonly<Record<string, Seen>>;
}
