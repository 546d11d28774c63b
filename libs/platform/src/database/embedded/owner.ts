// One server per data folder: a second one would adopt the database of the first and lose it when that one stops.
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { identify, isAlive, type ProcessIdentity } from '../../process/index.js';
import { EmbeddedDatabaseRefused, onDisk } from './refusal.js';

export interface Ownership {
  release(): void;
}

/** Throws `EmbeddedDatabaseRefused` when a server that lives holds the folder. */
export function claim(folder: string): Ownership {
  const file = join(folder, 'owner.json');
  const self = identify(process.pid) ?? { pid: process.pid, startedAt: 'unknown' };
  const draft = `${file}.${process.pid}`;
  onDisk(() => writeFileSync(draft, JSON.stringify(self), { mode: 0o600 }));
  try {
    for (;;) {
      try {
        // A link is made whole or not at all, and never over another: two servers that start at once cannot both win.
        linkSync(draft, file);
        return { release: () => rmSync(file, { force: true }) };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST')
          onDisk(() => {
            throw error;
          });
      }
      const holder = read(file);
      if (holder !== null && isAlive(holder)) {
        const message = `Another Kari server (process ${holder.pid}) uses ${folder}: stop it first, or choose another KARI_DATA_DIR.`;
        throw new EmbeddedDatabaseRefused('in-use', message);
      }
      onDisk(() => rmSync(file, { force: true }));
    }
  } finally {
    rmSync(draft, { force: true });
  }
}

function read(file: string): ProcessIdentity | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ProcessIdentity;
  } catch {
    return null;
  }
}
