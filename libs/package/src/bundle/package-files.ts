// Reads the files of a package so that nothing outside its folder can slip in: every entry is looked at without following links, and what
// is opened is checked again through its handle.
import { constants, type Stats } from 'node:fs';
import { lstat, open, readdir } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { rejected } from '@kari/kernel';

export const packageLimits = {
  /** Files below the folder, what is ignored left out. */
  files: 5_000,
  depth: 16,
  /** Bytes of one asset, and of one document (page, workflow, translation). */
  asset: 64 * 1024 * 1024,
  document: 1024 * 1024,
  /** Bytes of the bundle by resource class. */
  bundle: { S: 2 * 1024 * 1024, M: 16 * 1024 * 1024, L: 16 * 1024 * 1024 },
} as const;

/** Not part of a package: what tools leave behind. Links inside them are nobody's business. */
const IGNORED = new Set(['node_modules', '.git', 'dist', 'coverage', '.cache']);

/** Relative paths of all regular files, sorted, with `/`. Throws PACKAGE_FILE_REFUSED for a link, a device, or too much of anything. */
export async function filesBelow(folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  const visit = async (relative: string, depth: number): Promise<void> => {
    if (depth > packageLimits.depth) throw refused(relative, `it lies deeper than ${packageLimits.depth} folders`);
    const entries = await readdir(join(folder, relative), { withFileTypes: true });
    for (const entry of entries.sort((left, right) => (left.name < right.name ? -1 : 1))) {
      const path = relative === '' ? entry.name : `${relative}/${entry.name}`;
      if (IGNORED.has(entry.name)) continue;
      if (entry.isDirectory()) await visit(path, depth + 1);
      else if (entry.isFile()) found.push(path);
      else throw refused(path, entry.isSymbolicLink() ? 'it is a symbolic link' : 'it is not a regular file');
      if (found.length > packageLimits.files) throw refused(path, `the package has more than ${packageLimits.files} files`);
    }
  };
  await demandFolder(folder);
  await visit('', 0);
  return found;
}

/**
 * The bytes of one file of the package. `path` is relative, with `/`; `..`, absolute paths, and links at any level are refused, also when
 * they appear between the check and the reading. Throws PACKAGE_FILE_REFUSED, PACKAGE_FILE_MISSING, PACKAGE_TOO_LARGE.
 */
export async function readPackageFile(folder: string, path: string, limit: number): Promise<Buffer> {
  const steps = path.split('/');
  if (
    path.startsWith('/') ||
    path.includes('\\') ||
    path.includes('\0') ||
    steps.some((step) => step === '' || step === '.' || step === '..')
  ) {
    throw refused(path, 'its path leaves the package');
  }
  for (let count = 1; count <= steps.length; count++) {
    const stats = await statsOf(join(folder, ...steps.slice(0, count)), path);
    if (stats.isSymbolicLink()) throw refused(path, 'it is, or lies behind, a symbolic link');
    if (count === steps.length && !stats.isFile()) throw refused(path, 'it is not a regular file');
  }
  const handle = await open(join(folder, ...steps), constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0)).catch(
    (error: NodeJS.ErrnoException) => {
      throw error.code === 'ELOOP' ? refused(path, 'it is a symbolic link') : error;
    },
  );
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw refused(path, 'it is not a regular file');
    if (stats.size > limit) throw rejected('PACKAGE_TOO_LARGE', { what: path, bytes: stats.size, limit });
    const bytes = await handle.readFile();
    if (bytes.length > limit) throw rejected('PACKAGE_TOO_LARGE', { what: path, bytes: bytes.length, limit });
    return bytes;
  } finally {
    await handle.close();
  }
}

export async function fileExists(folder: string, path: string): Promise<boolean> {
  return lstat(join(folder, ...path.split('/'))).then(
    () => true,
    () => false,
  );
}

async function demandFolder(folder: string): Promise<void> {
  const stats = await statsOf(folder.endsWith(sep) ? folder.slice(0, -1) : folder, '.');
  if (stats.isSymbolicLink()) throw refused('.', 'the folder is a symbolic link');
  if (!stats.isDirectory()) throw refused('.', 'it is not a folder');
}

async function statsOf(absolute: string, path: string): Promise<Stats> {
  return lstat(absolute).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') throw rejected('PACKAGE_FILE_MISSING', { path, reason: 'it is not there' });
    throw error;
  });
}

function refused(path: string, reason: string): Error {
  return rejected('PACKAGE_FILE_REFUSED', { path, reason });
}
