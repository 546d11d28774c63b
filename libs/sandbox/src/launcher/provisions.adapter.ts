// The files that sandboxes run from: engine, runner and filter copied once under their hash, and one fresh folder per process. All belong to
// the host and lie outside the checkout, because a sandbox with a uid of its own cannot enter a private home or temporary folder.
import { createHash } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  fstatSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createReadStream } from 'node:fs';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { copyFile } from 'node:fs/promises';
import { rejected } from '@kari/kernel';
import { identify, isAlive } from '@kari/platform/process';
import type { SpawnFiles } from './spawn-line.rules.js';

/** Bytes by content hash: the blob store, seen from here. */
export interface Contents {
  get(hash: string): Promise<Uint8Array>;
}

export interface ProvisionSources {
  /** The engine's binary and the built runner, wherever they were installed. */
  readonly engine: string;
  readonly runner: string;
  /** Where to keep the copies; must be enterable by the sandboxes' uids. */
  readonly folder: string;
}

export interface ProcessFolder {
  readonly files: SpawnFiles;
  remove(): void;
}

export interface ProcessContents {
  readonly process: string;
  readonly bundleHash: string;
  readonly bundleLimit: number;
  readonly assets: Readonly<Record<string, string>>;
}

const FOLDER_MODE = 0o755;
const FILE_MODE = 0o444;
const PROGRAM_MODE = 0o555;

export class Provisions {
  private constructor(
    private readonly folder: string,
    readonly engine: string,
    readonly runner: string,
    /** Empty: the working folder of every sandbox. */
    readonly nowhere: string,
    private readonly processes: string,
  ) {}

  static async prepare({ engine, runner, folder }: ProvisionSources): Promise<Provisions> {
    ownFolder(folder);
    const [engineCopy, runnerCopy] = await Promise.all([
      storedProgram(engine, folder, PROGRAM_MODE),
      storedProgram(runner, folder, FILE_MODE),
    ]);
    const nowhere = ownFolder(join(folder, 'nowhere'));
    removeLeftOvers(join(folder, 'processes'));
    const processes = ownFolder(join(folder, 'processes', instanceName()));
    ownFolder(join(folder, 'assets'));
    return new Provisions(folder, engineCopy, runnerCopy, nowhere, processes);
  }

  /** Writes a file that must hold exactly these bytes, or finds that it does. */
  fixture(name: string, bytes: Uint8Array): string {
    const path = join(this.folder, name);
    if (existsSync(path) && lstatSync(path).isFile() && Buffer.compare(readFileSync(path), bytes) === 0) return path;
    placeFile(path, bytes, FILE_MODE);
    return path;
  }

  /** Throws `Rejection` SANDBOX_BUNDLE_CHANGED when the bytes that would be read are not those that were registered. */
  async processFolder(contents: Contents, { process, bundleHash, bundleLimit, assets }: ProcessContents): Promise<ProcessFolder> {
    const folder = join(this.processes, process);
    const remove = () => rmSync(folder, { recursive: true, force: true });
    try {
      ownFolder(folder);
      const bundleFolder = ownFolder(join(folder, 'b'));
      const bundle = join(bundleFolder, 'bundle.mjs');
      const bytes = await contents.get(bundleHash);
      if (bytes.length > bundleLimit) throw rejected('SANDBOX_BUNDLE_TOO_LARGE', { bytes: bytes.length, limit: bundleLimit });
      writeFileSync(bundle, bytes, { flag: 'wx' });
      chmodSync(bundle, FILE_MODE);
      await assertHash(bundle, bundleHash, 'bundle.mjs');
      return {
        files: { engine: this.engine, runner: this.runner, bundleFolder, assets: await this.assetFolder(contents, folder, assets) },
        remove,
      };
    } catch (error) {
      remove();
      throw error;
    }
  }

  dispose(): void {
    rmSync(this.processes, { recursive: true, force: true });
  }

  private async assetFolder(contents: Contents, parent: string, assets: Readonly<Record<string, string>>): Promise<SpawnFiles['assets']> {
    const names = Object.keys(assets).sort();
    if (names.length === 0) return null;
    const folder = ownFolder(join(parent, 'a'));
    for (const name of names) {
      const hash = assets[name] ?? '';
      if (!ASSET_NAME.test(name) || !HASH.test(hash))
        throw rejected('SANDBOX_BUNDLE_CHANGED', { file: name, reason: 'its name or hash is malformed' });
      const stored = join(this.folder, 'assets', hash);
      if (!existsSync(stored)) placeFile(stored, await contents.get(hash), FILE_MODE);
      // Large files are linked, not copied; the hash is taken through the link that the sandbox will read.
      linkSync(stored, join(folder, name));
      await assertHash(join(folder, name), hash, name).catch((error: unknown) => {
        rmSync(stored, { force: true });
        throw error;
      });
    }
    return { folder, names };
  }
}

const ASSET_NAME = /^[a-z0-9][a-z0-9._-]{0,127}$/;
const HASH = /^[0-9a-f]{64}$/;

/** Hashes what a reader of that very path would get: a regular file, never a link. */
async function assertHash(path: string, expected: string, name: string): Promise<void> {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    if (!fstatSync(descriptor).isFile()) throw rejected('SANDBOX_BUNDLE_CHANGED', { file: name, reason: 'it is not a regular file' });
    const hash = createHash('sha256');
    await pipeline(createReadStream('', { fd: descriptor, autoClose: false }), hash);
    if (hash.digest('hex') !== expected)
      throw rejected('SANDBOX_BUNDLE_CHANGED', { file: name, reason: 'its SHA-256 is not the registered one' });
  } finally {
    closeSync(descriptor);
  }
}

async function storedProgram(source: string, folder: string, mode: number): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(source), hash);
  const home = ownFolder(join(folder, hash.digest('hex')));
  const target = join(home, basename(source));
  if (existsSync(target) && lstatSync(target).isFile() && lstatSync(target).size === lstatSync(source).size) return target;
  const staging = `${target}.${instanceName()}`;
  await copyFile(source, staging);
  chmodSync(staging, mode);
  renameSync(staging, target);
  return target;
}

function placeFile(path: string, bytes: Uint8Array, mode: number): void {
  const staging = `${path}.${instanceName()}`;
  rmSync(staging, { force: true });
  writeFileSync(staging, bytes, { flag: 'wx' });
  chmodSync(staging, mode);
  renameSync(staging, path);
}

/** A folder somebody else made or may write to could be swapped under a running sandbox. */
function ownFolder(path: string): string {
  mkdirSync(path, { recursive: true });
  const found = lstatSync(path);
  if (!found.isDirectory() || (process.getuid !== undefined && found.uid !== process.getuid())) {
    throw rejected('SANDBOX_FOLDER_UNSAFE', { folder: path });
  }
  chmodSync(path, FOLDER_MODE);
  return path;
}

function instanceName(): string {
  const self = identify(process.pid);
  return self === null ? String(process.pid) : `${self.pid}@${self.startedAt}`;
}

function removeLeftOvers(processes: string): void {
  if (!existsSync(processes)) return;
  for (const name of readdirSync(processes)) {
    const [pid = '', startedAt = ''] = name.split('@');
    if (!isAlive({ pid: Number(pid), startedAt })) rmSync(join(processes, name), { recursive: true, force: true });
  }
}
