// Notices that something in the extension folders changed, and says so once it has been quiet for a moment. One watcher per folder: the
// recursive kind follows node_modules too and is young on Linux.
import { watch, type FSWatcher } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Timer, Timers } from '@kari/kernel';

const QUIET_MS = 150;
const IGNORED = new Set(['node_modules', 'dist', 'coverage']);
const DEEPEST = 8;
const MOST_FOLDERS = 2_000;

export interface FolderWatch {
  stop(): void;
}

/** `changed` is called with nothing in hand: what changed is for a scan to find out. A folder that cannot be watched is left to `rescan`. */
export async function watchFolders(directories: readonly string[], timers: Timers, changed: () => void): Promise<FolderWatch> {
  const watchers = new Map<string, FSWatcher>();
  let quiet: Timer | null = null;
  let stopped = false;

  const noticed = (): void => {
    quiet?.cancel();
    quiet = timers.after(QUIET_MS, () => {
      // New folders first: what changes in them from now on is noticed, what changed before is for the scan to find.
      void follow().then(() => {
        if (!stopped) changed();
      });
    });
  };

  const add = (folder: string): void => {
    if (stopped || watchers.has(folder) || watchers.size >= MOST_FOLDERS) return;
    try {
      const watcher = watch(folder, { persistent: false }, noticed);
      watcher.on('error', () => forget(folder));
      watchers.set(folder, watcher);
    } catch {
      // Gone again, or no watches left on this machine.
    }
  };

  const forget = (folder: string): void => {
    watchers.get(folder)?.close();
    watchers.delete(folder);
  };

  async function follow(): Promise<void> {
    const present = new Set((await Promise.all(directories.map((directory) => foldersBelow(directory, 0)))).flat());
    for (const folder of watchers.keys()) if (!present.has(folder)) forget(folder);
    for (const folder of present) add(folder);
  }

  await follow();
  return {
    stop() {
      stopped = true;
      quiet?.cancel();
      for (const folder of watchers.keys()) forget(folder);
    },
  };
}

async function foldersBelow(folder: string, depth: number): Promise<readonly string[]> {
  if (depth > DEEPEST) return [];
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    const below = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && !IGNORED.has(entry.name));
    return [folder, ...(await Promise.all(below.map((entry) => foldersBelow(join(folder, entry.name), depth + 1)))).flat()];
  } catch {
    return [];
  }
}
