// The folder that holds everything this server keeps on disk, and the promise that one server at a time uses it.
import { mkdirSync, readFileSync, writeFileSync, chmodSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { identify, isAlive } from '@kari/platform/process';
import { StartRefused } from './refusal.js';

export interface DataFolder {
  readonly path: string;
  /** A file of that name in it, readable by its owner alone; written whole or not at all. */
  write(name: string, text: string): void;
  release(): void;
}

const LOCK = 'server.lock';

export function openDataFolder(path: string): DataFolder {
  const folder = resolve(path);
  try {
    // Others may pass through (the database's own user must), nobody else may list it.
    mkdirSync(folder, { recursive: true, mode: 0o711 });
    chmodSync(folder, 0o711);
  } catch (error) {
    throw new StartRefused(
      `The data folder ${folder} cannot be used (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`,
      'Give this user the right to it, or choose another with KARI_DATA_DIR.',
      { cause: error },
    );
  }
  const write = (name: string, text: string): void => {
    const draft = join(folder, `.${name}.${process.pid}`);
    writeFileSync(draft, text, { mode: 0o600 });
    renameSync(draft, join(folder, name));
  };
  refuseSecondServer(folder);
  write(LOCK, JSON.stringify(identify(process.pid)));
  return { path: folder, write, release: () => rmSync(join(folder, LOCK), { force: true }) };
}

function refuseSecondServer(folder: string): void {
  let text: string;
  try {
    text = readFileSync(join(folder, LOCK), 'utf8');
  } catch {
    return;
  }
  const holder = parsed(text);
  if (holder === null || holder.pid === process.pid || !isAlive(holder)) return;
  throw new StartRefused(
    `A Kari server (pid ${holder.pid}) uses the data folder ${folder}`,
    'Stop it, or choose another folder with KARI_DATA_DIR.',
  );
}

/** A lock that was cut off by a power loss names nobody. */
function parsed(text: string): NonNullable<ReturnType<typeof identify>> | null {
  try {
    return JSON.parse(text) as ReturnType<typeof identify>;
  } catch {
    return null;
  }
}
