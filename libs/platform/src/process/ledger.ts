// Which children live on behalf of which server, in files: the one memory that a SIGKILL of the server leaves intact.
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemTimers } from '../time/index.js';
import { killIdentified } from './group.js';
import { identify, isAlive, type ProcessIdentity } from './identity.js';

export interface ProcessLedger {
  /** Durable against the death of this process when it returns. */
  add(identity: ProcessIdentity, kind: string): { remove(): void };
}

interface Entry extends ProcessIdentity {
  readonly kind: string;
  readonly owner: ProcessIdentity | null;
}

export interface Orphan {
  readonly pid: number;
  readonly kind: string;
}

const SUFFIX = '.process.json';

export function recordOwned(folder: string): ProcessLedger {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const owner = identify(process.pid);
  return {
    add: (identity, kind) => {
      const file = join(folder, `${identity.pid}${SUFFIX}`);
      const entry: Entry = { ...identity, kind, owner };
      // Renamed into place: a reader never sees half an entry.
      writeFileSync(`${file}.new`, JSON.stringify(entry), { mode: 0o600 });
      renameSync(`${file}.new`, file);
      return {
        remove: () => {
          if (read(file)?.startedAt === identity.startedAt) rmSync(file, { force: true });
        },
      };
    },
  };
}

/**
 * Ends what servers that no longer live left running; answers what was killed, once it is gone. A child is touched only when its pid and
 * its start time both match, and never while the server that recorded it is alive.
 */
export async function killOrphans(folder: string): Promise<readonly Orphan[]> {
  const killed: Entry[] = [];
  for (const file of filesOf(folder)) {
    const entry = read(file);
    if (entry !== null && entry.owner !== null && isAlive(entry.owner)) continue;
    if (entry !== null && killIdentified(entry)) killed.push(entry);
    else rmSync(file, { force: true });
  }
  for (const entry of killed) {
    while (isAlive(entry)) await systemTimers.sleep(5);
    rmSync(join(folder, `${entry.pid}${SUFFIX}`), { force: true });
  }
  return killed.map(({ pid, kind }) => ({ pid, kind }));
}

function filesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(SUFFIX))
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}

function read(file: string): Entry | null {
  try {
    const entry = JSON.parse(readFileSync(file, 'utf8')) as Partial<Entry>;
    const whole = Number.isSafeInteger(entry.pid) && Number(entry.pid) > 1 && typeof entry.startedAt === 'string';
    return whole ? { ...(entry as Entry), owner: entry.owner ?? null } : null;
  } catch {
    return null;
  }
}
