// The key above all keys: from the environment, or from a file that only its owner can read. Losing it loses every sealed value.
import { createHash, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, link, mkdir, open, readdir, unlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { rejected } from '@kari/kernel';

export interface MasterKey {
  /** Fingerprint; stored beside what the key has wrapped. */
  readonly id: string;
  readonly bytes: Buffer;
}

export interface MasterKeys {
  /** Wraps. */
  readonly current: MasterKey;
  /** Still unwrap, until `rewrap()` has moved everything. */
  readonly previous: readonly MasterKey[];
}

export interface MasterKeySource {
  /** KARI_MASTER_KEY: base64 of 32 bytes; wins over the folder. */
  readonly environment?: string | undefined;
  /** Earlier values of it, newest first, until the keys are rewrapped. */
  readonly earlier?: readonly string[];
  /** Holds `master.key`, and `master.<id>.key` for each previous one; made with mode 0700, the key in it with 0600. */
  readonly folder: string;
}

const LENGTH = 32;
const CURRENT = 'master.key';
const PREVIOUS = /^master\.[0-9a-f]{16}\.key$/;

/** Throws `Rejection` EVENT_MASTER_KEY_INVALID. Makes a key file when neither environment nor folder has one. */
export async function loadMasterKeys(source: MasterKeySource): Promise<MasterKeys> {
  const previous = (source.earlier ?? []).map((text) => parse(text, 'an earlier KARI_MASTER_KEY'));
  if (source.environment !== undefined) {
    // Keys of the folder still open what they wrapped before the operator took the key into the environment.
    return { current: parse(source.environment, 'KARI_MASTER_KEY'), previous: [...previous, ...(await keysIn(source.folder))] };
  }
  await mkdir(source.folder, { recursive: true, mode: 0o700 });
  await chmod(source.folder, 0o700);
  const path = join(source.folder, CURRENT);
  const current = (await readKey(path)) ?? (await createKey(source.folder));
  const others = (await keysIn(source.folder)).filter((key) => key.id !== current.id);
  return { current, previous: [...previous, ...others] };
}

/** Puts a new key in the place of the current file and keeps the old one beside it: load again, then `rewrap()`, then `dropPreviousMasterKeys`. */
export async function rotateMasterKeyFile(folder: string): Promise<void> {
  const old = await readKey(join(folder, CURRENT));
  if (old !== null) {
    await link(join(folder, CURRENT), join(folder, `master.${old.id}.key`)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    await unlink(join(folder, CURRENT));
  }
  await createKey(folder);
}

/** Only after `rewrap()`: whatever the old keys still wrap is lost with them. */
export async function dropPreviousMasterKeys(folder: string): Promise<void> {
  for (const name of await readdir(folder)) if (PREVIOUS.test(name)) await unlink(join(folder, name));
}

async function keysIn(folder: string): Promise<readonly MasterKey[]> {
  const names = await readdir(folder).catch(() => []);
  const keys = await Promise.all(
    names.filter((name) => name === CURRENT || PREVIOUS.test(name)).map((name) => readKey(join(folder, name))),
  );
  return keys.filter((key) => key !== null);
}

async function createKey(folder: string): Promise<MasterKey> {
  // Linked into place: of two processes that start together one key wins, and it is whole.
  const draft = join(folder, `draft-${randomBytes(8).toString('hex')}`);
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(`${randomBytes(LENGTH).toString('base64')}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await link(draft, join(folder, CURRENT)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  await unlink(draft);
  const directory = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  await directory.sync();
  await directory.close();
  const key = await readKey(join(folder, CURRENT));
  if (key === null) throw invalid(`${join(folder, CURRENT)} vanished`);
  return key;
}

async function readKey(path: string): Promise<MasterKey | null> {
  let file: FileHandle;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return null;
    throw invalid(code === 'ELOOP' ? `${path} is a link` : `${path} cannot be read (${code})`);
  }
  try {
    const { mode } = await file.stat();
    if ((mode & 0o077) !== 0) throw invalid(`${path} is open to others (mode ${(mode & 0o777).toString(8)}); make it 600`);
    return parse((await file.readFile('utf8')).trim(), path);
  } finally {
    await file.close();
  }
}

function parse(text: string, where: string): MasterKey {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length !== LENGTH || !/^[A-Za-z0-9+/]{43}=$/.test(text)) throw invalid(`${where} is not ${LENGTH} bytes in base64`);
  return { id: createHash('sha256').update('kari master key').update(bytes).digest('hex').slice(0, 16), bytes };
}

function invalid(reason: string): Error {
  return rejected('EVENT_MASTER_KEY_INVALID', { reason });
}
