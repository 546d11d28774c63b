// Finds the small system programs a spawn line is made of, by absolute path, and the libraries the engine is linked with.
import { accessSync, constants } from 'node:fs';
import { runToCompletion } from '@kari/platform/process';
import type { Programs } from './spawn-line.rules.js';

const FOLDERS = ['/usr/bin', '/bin', '/usr/sbin', '/sbin', '/usr/local/bin'];
/** The first version with `--disable-userns`. */
const OLDEST_BUBBLEWRAP = [0, 8, 0] as const;

export interface FoundPrograms extends Programs {
  /** Why bubblewrap cannot be used; null when it can. */
  readonly noBubblewrap: string | null;
}

export async function findPrograms(): Promise<FoundPrograms> {
  const bubblewrap = await findBubblewrap();
  return {
    setpriv: find('setpriv'),
    chrt: find('chrt'),
    nice: find('nice'),
    prlimit: find('prlimit'),
    bwrap: bubblewrap.path,
    noBubblewrap: bubblewrap.reason,
  };
}

/** Absolute paths of the shared libraries, the loader included; empty when the engine needs none. */
export async function librariesOf(engine: string): Promise<readonly string[]> {
  const ldd = find('ldd');
  if (ldd === null) throw new Error('ldd is not installed');
  const { code, stdout } = await runToCompletion(ldd, [engine], {
    kind: 'ldd',
    cwd: '/',
    environment: { LC_ALL: 'C', PATH: '/usr/bin:/bin' },
    timeoutMs: 10_000,
  });
  if (code !== 0) throw new Error('ldd could not read the engine');
  return [...stdout.matchAll(/(?:=> |^\s+)(\/[^\s]+) \(0x/gm)].map(([, path = '']) => path).sort();
}

async function findBubblewrap(): Promise<{ readonly path: string | null; readonly reason: string | null }> {
  if (process.platform !== 'linux') return { path: null, reason: 'bubblewrap exists on Linux only' };
  const path = find('bwrap');
  if (path === null) return { path, reason: 'bubblewrap is not installed' };
  const { stdout } = await runToCompletion(path, ['--version'], { kind: 'bwrap', cwd: '/', environment: {}, timeoutMs: 10_000 });
  const version = /(\d+)\.(\d+)\.(\d+)/.exec(stdout)?.slice(1).map(Number) ?? [0, 0, 0];
  if (compare(version, OLDEST_BUBBLEWRAP) >= 0) return { path, reason: null };
  return { path: null, reason: `bubblewrap ${version.join('.')} is older than ${OLDEST_BUBBLEWRAP.join('.')}` };
}

function compare(left: readonly number[], right: readonly number[]): number {
  const at = left.findIndex((part, index) => part !== right[index]);
  return at === -1 ? 0 : (left[at] ?? 0) - (right[at] ?? 0);
}

function find(program: string): string | null {
  return FOLDERS.map((folder) => `${folder}/${program}`).find(executable) ?? null;
}

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
