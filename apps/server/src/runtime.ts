// What exists before any module: configuration, folder, connections, keys. Made once by main, closed once by main.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { fileBlobs, type Blobs } from '@kari/platform/blob';
import type { Config } from '@kari/platform/config';
import { loadMasterKeys, type MasterKeys } from '@kari/platform/crypto';
import {
  openReadDatabase,
  openSystemDatabase,
  openTenantDatabase,
  urlsOf,
  type ReadDatabase,
  type SystemDatabase,
  type TenantDatabase,
} from '@kari/platform/database';
import { systemClock } from '@kari/platform/time';
import { StartRefused } from './startup/refusal.js';

export interface Runtime {
  readonly config: Config;
  readonly version: string;
  readonly ownerUrl: string;
  readonly system: SystemDatabase;
  /** Apart from the others: an append never waits for a reader's connection. */
  readonly log: SystemDatabase;
  readonly read: ReadDatabase;
  /** Rows that extensions write: apart from the reads of callers, whom a busy extension must not keep waiting. */
  readonly rows: TenantDatabase;
  readonly blobs: Blobs;
  readonly masters: MasterKeys;
  close(): Promise<void>;
}

/** Two for the group appender, one to listen, one to notify, the rest for reads of streams and the log. */
const LOG_CONNECTIONS = 8;

export async function openRuntime(config: Config, ownerUrl: string, version: string): Promise<Runtime> {
  const urls = urlsOf(ownerUrl);
  const system = openSystemDatabase(urls.system, { max: config.databaseConnections, name: 'kari' });
  const log = openSystemDatabase(urls.system, { max: LOG_CONNECTIONS, name: 'kari log' });
  const read = openReadDatabase(urls.tenant, { max: config.databaseConnections });
  const rows = openTenantDatabase(urls.tenant, { max: config.databaseConnections });
  return {
    config,
    version,
    ownerUrl,
    system,
    log,
    read,
    rows,
    blobs: await fileBlobs({ folder: join(config.dataDir, 'blobs'), clock: systemClock }),
    masters: await masterKeysOf(config),
    close: async () => {
      await read.close();
      await rows.close();
      await system.close();
      await log.close();
    },
  };
}

/** From the environment, from a file of the operator's choice, or from the data folder, which gets one on the first start. */
function masterKeysOf(config: Config): Promise<MasterKeys> {
  const given = config.masterKey ?? (config.masterKeyFile === null ? null : keyInFile(config.masterKeyFile));
  return loadMasterKeys({
    environment: given === null ? undefined : asBase64(given),
    earlier: config.masterKeyPrevious.map(asBase64),
    folder: join(config.dataDir, 'keys'),
  });
}

function keyInFile(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new StartRefused(`The master key file ${path} cannot be read (${code ?? 'unknown'})`, 'Check KARI_MASTER_KEY_FILE.', {
      cause: error,
    });
  }
}

/** The configuration takes base64, base64url or hex; the keys are known under one form. */
function asBase64(key: string): string {
  return Buffer.from(key, /^[0-9a-f]{64}$/i.test(key) ? 'hex' : 'base64url').toString('base64');
}

/** Log lines go to standard error: standard output carries what a person reads. */
export const logDestination = pino.destination({ dest: 2, sync: true });
