// S-03: nothing is seen that was not given. Everything an extension could list from inside the cage, with the engine's own checks switched off,
// equals an allow-list byte for byte.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { librariesOf } from '../../../libs/sandbox/src/launcher/programs.adapter.js';
import { ask, unsandboxed } from '../../support/asking.js';
import { needs } from '../../support/needs.js';
import { launchers, type Launchers } from '../../support/sandboxes.js';
import { startable } from '../../support/startable.js';

const inventory = readFileSync('test/fixtures/extensions/spying/inventory.mjs', 'utf8');

interface Inventory {
  readonly files: readonly string[];
  readonly environment: readonly string[];
  readonly descriptors: readonly string[];
  readonly environs: readonly string[];
  readonly mounts: readonly string[];
  readonly cards: readonly string[];
  readonly processes: readonly string[];
  readonly hostname: string;
}

let workshop: Launchers;
let libraries: readonly string[];

needs('linux', 'bwrap')('what is seen from inside the cage (S-03)', () => {
  beforeAll(async () => {
    workshop = await launchers();
    libraries = await librariesOf(workshop.provisions.engine);
  });
  afterAll(() => workshop.dispose());

  it.each(startable.filter((level) => level !== 'L1'))('at %s equals the allow-list byte for byte', async (level) => {
    const launched = await workshop.launch(level, inventory, 'S', { engineUnchecked: true });
    const seen = (await ask(launched, 'plugin:self.inventory', {})) as Inventory;
    launched.kill('stopped');
    await launched.ended;
    expect(written(seen)).toBe(written(allowed(libraries)));
  });

  it('is a fraction of what the same code sees outside: the control', async () => {
    const seen = (await unsandboxed(inventory, 'plugin:self.inventory', { depth: 1 }, { CANARY: 'x' })) as Inventory;
    expect(seen.files).toContain('/etc/passwd file');
    expect(seen.files).toContain('/sys folder');
    expect(seen.environment).toContain('CANARY=x');
    expect(seen.processes.length).toBeGreaterThan(2);
  });
});

function written(seen: Inventory): string {
  const own = {
    ...seen,
    files: seen.files.filter((path) => !path.startsWith('/tmp/d')),
    mounts: seen.mounts.map(kindOfMount),
    descriptors: [...new Set(seen.descriptors.map(kindOf))].sort(),
  };
  return JSON.stringify(own, Object.keys(allowed([])).sort(), 1);
}

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

function allowed(bound: readonly string[]): Inventory {
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
    descriptors: ['/dev/null', 'anon_inode', 'own cache', 'socket', 'the list itself'],
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
