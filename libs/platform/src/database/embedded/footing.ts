// Decides as whom and from where PostgreSQL runs: it refuses root, and a user without rights cannot enter a closed home or checkout.
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programOf, runToCompletion } from '../../process/index.js';
import { parsePostmasterFile } from './postmaster-file.rules.js';
import { EmbeddedDatabaseRefused, onDisk } from './refusal.js';

/** The user without rights: owns the cluster's files where the server runs as root. */
const NOBODY = 65534;

export interface Footing {
  /** `self`: as this user. `other`: from root, as the user below. `unshare`: from root, in a user namespace where root looks like a plain user. */
  readonly as: 'self' | 'other' | 'unshare';
  readonly uid: number;
  readonly gid: number;
  /** Where the cluster's folder is or will be. */
  readonly base: string;
}

export async function findFooting(folder: string): Promise<Footing> {
  onDisk(() => mkdirSync(folder, { recursive: true, mode: 0o711 }));
  const self = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const base = rememberedBase(folder) ?? folder;
  if (self.uid !== 0) return { as: 'self', base, ...self };

  // A cluster is run by the user it belongs to, whoever that was when it was made.
  const owner = ownerOf(join(base, 'cluster'));
  if (owner !== null && owner.uid !== 0) return { as: 'other', base, ...owner };
  if (owner === null && (await canBecomeNobody())) {
    const nobody = { uid: NOBODY, gid: NOBODY };
    if (await canEnter(base, nobody)) return { as: 'other', base, ...nobody };
    const outside = outsideBase(folder);
    if (outside !== null && (await canEnter(outside, nobody))) {
      onDisk(() => writeFileSync(join(folder, LOCATION), outside, { mode: 0o600 }));
      return { as: 'other', base: outside, ...nobody };
    }
  }
  if (await canUnshare()) return { as: 'unshare', base, ...self };
  const message = `PostgreSQL does not run as root, and no other user can enter ${folder}: start Kari as a plain user, choose an enterable KARI_DATA_DIR, or set DATABASE_URL.`;
  throw new EmbeddedDatabaseRefused('permission', message);
}

/** The program and arguments that run `program` on that footing, and the ids to spawn them with. */
export function on(footing: Footing, program: string, args: readonly string[]) {
  if (footing.as === 'unshare') {
    return { file: UNSHARE, args: ['--user', '--map-user=1000', '--map-group=1000', '--', program, ...args], ids: {} };
  }
  return { file: program, args, ids: footing.as === 'other' ? { uid: footing.uid, gid: footing.gid } : {} };
}

/** Hands a path over to the user that PostgreSQL runs as. */
export function handOver(footing: Footing, path: string): void {
  if (footing.as === 'other') onDisk(() => chownSync(path, footing.uid, footing.gid));
}

/** Root-owned folder outside every checkout, for copies that all users may enter; null where there is none to be had. */
export function sharedShelf(): string | null {
  for (const shelf of ['/var/lib/kari', join(tmpdir(), 'kari-shared')]) {
    try {
      mkdirSync(shelf, { recursive: true, mode: 0o755 });
      const found = statSync(shelf);
      if (found.uid === process.getuid?.() && (found.mode & 0o022) === 0 && (found.mode & 0o005) === 0o005) return shelf;
    } catch {
      // Read-only or forbidden: the next one.
    }
  }
  return null;
}

export async function canEnter(folder: string, ids: { uid: number; gid: number }): Promise<boolean> {
  return succeeds('/bin/sh', ['-c', 'cd "$1"', 'sh', folder], ids);
}

const LOCATION = 'location';
const BELONGS_TO = 'belongs-to';
const UNSHARE = '/usr/bin/unshare';
const PROBE = { kind: 'probe', cwd: '/', environment: {}, timeoutMs: 5000 };

/** An earlier start may have had to put the cluster elsewhere: it stays there, whatever the folder's rights are by now. */
function rememberedBase(folder: string): string | null {
  const pointer = join(folder, LOCATION);
  if (!existsSync(pointer)) return null;
  const base = onDisk(() => readFileSync(pointer, 'utf8')).trim();
  if (existsSync(base)) return base;
  const message = `The database of ${folder} is at ${base}, which is gone: bring it back, or remove ${pointer} to start empty.`;
  throw new EmbeddedDatabaseRefused('damaged', message);
}

function ownerOf(path: string): { uid: number; gid: number } | null {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined ? null : { uid: found.uid, gid: found.gid };
}

function outsideBase(folder: string): string | null {
  const shelf = sharedShelf();
  if (shelf === null) return null;
  sweepForgotten(shelf);
  const base = mkdtempSync(join(shelf, 'database-'));
  chownSync(base, NOBODY, NOBODY);
  // For whoever wonders later what this folder is and whether it may go.
  writeFileSync(join(base, BELONGS_TO), `${folder}\n`);
  return base;
}

/** Only what belonged to a temporary folder: elsewhere a folder that is gone may come back with the disk it is on. */
function sweepForgotten(shelf: string): void {
  for (const name of readdirSync(shelf).filter((entry) => entry.startsWith('database-'))) {
    const base = join(shelf, name);
    try {
      const folder = readFileSync(join(base, BELONGS_TO), 'utf8').trim();
      if (folder.startsWith(`${tmpdir()}/`) && !existsSync(folder) && !isServed(join(base, 'cluster', 'data'))) {
        rmSync(base, { recursive: true, force: true });
      }
    } catch {
      // Not ours to judge.
    }
  }
}

function isServed(data: string): boolean {
  const file = join(data, 'postmaster.pid');
  const told = existsSync(file) ? parsePostmasterFile(readFileSync(file, 'utf8')) : null;
  return told !== null && programOf(told.pid)?.startsWith('postgres') === true;
}

// Proved by doing: a container may be root without the right to become anyone else, or without user namespaces.
async function canBecomeNobody(): Promise<boolean> {
  return succeeds('/bin/sh', ['-c', ':'], { uid: NOBODY, gid: NOBODY });
}

async function canUnshare(): Promise<boolean> {
  return succeeds(UNSHARE, ['--user', '--map-user=1000', '--map-group=1000', '--', '/bin/sh', '-c', ':'], {});
}

async function succeeds(file: string, args: readonly string[], ids: { uid?: number; gid?: number }): Promise<boolean> {
  try {
    return (await runToCompletion(file, args, { ...PROBE, ...ids })).code === 0;
  } catch {
    return false;
  }
}
