// One server from its start to its end: the folder and the database here, everything that stands on them in `application.ts`.
import { join } from 'node:path';
import { readConfig, serverRoles, type Config } from '@kari/platform/config';
import { startEmbeddedDatabase } from '@kari/platform/database/embedded';
import { killOrphans } from '@kari/platform/process';
import { systemClock } from '@kari/platform/time';
import { openDataFolder } from './startup/data-folder.js';
import { refuseBusyPort } from './startup/port.js';
import { StartRefused } from './startup/refusal.js';
import { Undo } from './startup/undo.js';

export interface RunningServer {
  readonly announcement: string;
  stop(): Promise<void>;
}

/** Throws what `startup/refusal.ts` words; nothing that was started is left behind then. */
export async function startServer(environment: NodeJS.ProcessEnv): Promise<RunningServer> {
  const undo = new Undo();
  try {
    return await bringUp(environment, undo);
  } catch (error) {
    await undo.run();
    throw error;
  }
}

async function bringUp(environment: NodeJS.ProcessEnv, undo: Undo): Promise<RunningServer> {
  const started = systemClock.monotonic();
  const given = readConfig(environment);
  refuseSplitRoles(given);
  await refuseBusyPort(given.host, given.port);
  const folder = openDataFolder(given.dataDir);
  undo.add(() => folder.release());
  const config: Config = { ...given, dataDir: folder.path };
  await killOrphans(join(folder.path, 'processes'));

  // Loading two thousand modules keeps this process busy, the database another one: neither waits for the other.
  const loading = import('./application.js');
  loading.catch(() => undefined);
  const embedded =
    config.databaseUrl === null ? await startEmbeddedDatabase({ folder: join(folder.path, 'postgres'), durable: true }) : null;
  if (embedded !== null) undo.add(() => embedded.stop());
  const { startApplication } = await loading;
  const announcement = await startApplication({ config, folder, embedded, started }, undo);
  return {
    announcement,
    stop: async () => {
      const failures = await undo.run();
      if (failures.length > 0) throw new AggregateError(failures, 'the stop met errors');
    },
  };
}

/** A setting that would change nothing is refused, not ignored. */
function refuseSplitRoles({ roles }: Config): void {
  if (roles.length === serverRoles.length) return;
  throw new StartRefused(`This release runs all roles in one process, and KARI_ROLES names only ${roles.join(', ')}`, 'Unset KARI_ROLES.');
}
