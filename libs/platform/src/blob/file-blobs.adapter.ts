// Blobs as files named by their hash. A file appears whole or not at all (write beside, fsync, rename, fsync the folder), is never reached
// through a link, and is never handed out before its bytes were hashed again.
import { randomBytes } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { chmod, lstat, mkdir, open, readdir, realpath, rename, unlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { rejected, Rejection, Unavailable, type Clock } from '@kari/kernel';
import { blobIdOf, isBlobId } from './blob-id.js';
import type { BlobId, Blobs } from './blobs.port.js';

export interface FileBlobsOptions {
  /** Made with mode 0700 when missing. */
  readonly folder: string;
  readonly clock: Clock;
}

const UNFINISHED = 'unfinished';
/** Nobody writes one blob for an hour: older leftovers are of processes that died. */
const ABANDONED_MILLISECONDS = 60 * 60 * 1000;
const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW, O_DIRECTORY } = constants;

export async function fileBlobs({ folder, clock }: FileBlobsOptions): Promise<Blobs> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // An operator may well keep the folder behind a link; what must not be followed are links inside it.
  const root = await realpath(folder);
  await chmod(root, 0o700);
  await folderBeneath(root, UNFINISHED);
  await removeAbandoned(join(root, UNFINISHED), clock);

  return {
    put: (content) =>
      durable(async () => {
        const id = blobIdOf(content);
        if (await isWhole(root, id)) return id;
        await write(root, id, content);
        return id;
      }),
    get: async (id) => {
      const content = await read(root, id).catch(unlessReadable);
      if (content === null) throw rejected('EVENT_BLOB_MISSING', { blob: id });
      return content;
    },
    has: async (id) => {
      if (!isBlobId(id)) return false;
      const found = await statOf(pathOf(root, id));
      return found?.isFile() === true;
    },
    remove: (id) =>
      durable(async () => {
        if (!isBlobId(id)) return;
        await unlink(pathOf(root, id)).catch(unlessMissing);
      }),
  };
}

async function write(root: string, id: BlobId, content: Uint8Array): Promise<void> {
  const shelf = await folderBeneath(root, shelfOf(id));
  const unfinished = join(await folderBeneath(root, UNFINISHED), `${id}-${randomBytes(8).toString('hex')}`);
  try {
    const file = await open(unfinished, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    try {
      await file.writeFile(content);
      // A failed fsync is never tried again: the kernel may have dropped the pages and would report success.
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(unfinished, join(shelf, id));
  } catch (error) {
    await unlink(unfinished).catch(() => undefined);
    throw error;
  }
  await syncFolder(shelf);
}

async function read(root: string, id: BlobId): Promise<Uint8Array | null> {
  if (!isBlobId(id)) return null;
  let file: FileHandle;
  try {
    const shelf = await lstat(join(root, shelfOf(id)));
    if (!shelf.isDirectory()) throw rejected('EVENT_BLOB_DAMAGED', { blob: id, reason: 'its folder is a link' });
    file = await open(pathOf(root, id), O_RDONLY | O_NOFOLLOW);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return null;
    if (code === 'ELOOP') throw rejected('EVENT_BLOB_DAMAGED', { blob: id, reason: 'a link stands in its place' });
    throw error;
  }
  try {
    if (!(await file.stat()).isFile()) throw rejected('EVENT_BLOB_DAMAGED', { blob: id, reason: 'it is no file' });
    const content = await file.readFile();
    if (blobIdOf(content) !== id) throw rejected('EVENT_BLOB_DAMAGED', { blob: id, reason: 'its bytes no longer have its hash' });
    return content;
  } finally {
    await file.close();
  }
}

/** A damaged copy counts as none, so that putting the content again heals it. */
async function isWhole(root: string, id: BlobId): Promise<boolean> {
  try {
    return (await read(root, id)) !== null;
  } catch {
    return false;
  }
}

async function folderBeneath(root: string, name: string): Promise<string> {
  const path = join(root, name);
  const found = await statOf(path);
  if (found === null) {
    await mkdir(path, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    await syncFolder(root);
  } else if (!found.isDirectory()) {
    throw new Error(`${path} is not a folder`);
  }
  return path;
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, O_RDONLY | O_DIRECTORY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function removeAbandoned(folder: string, clock: Clock): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const found = await statOf(path);
    if (found !== null && clock.now() - found.mtimeMs > ABANDONED_MILLISECONDS) await unlink(path).catch(unlessMissing);
  }
}

async function durable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new Unavailable('the blob store cannot write', true, { cause: error });
  }
}

/** A file that may well be whole, but cannot be read now: no descriptor is left, or the disk does not answer. */
function unlessReadable(error: unknown): never {
  throw error instanceof Rejection ? error : new Unavailable('the blob store cannot read', true, { cause: error });
}

async function statOf(path: string): Promise<Stats | null> {
  return lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
}

function unlessMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

function shelfOf(id: BlobId): string {
  return id.slice('sha256-'.length, 'sha256-'.length + 2);
}

function pathOf(root: string, id: BlobId): string {
  return join(root, shelfOf(id), id);
}
