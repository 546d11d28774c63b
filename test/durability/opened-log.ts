// What a program that runs workflows until it is killed opens of a database that others share with it: the log, its leases, the view of runs.
import { fileBlobs } from '@kari/platform/blob';
import { openSystemDatabase } from '@kari/platform/database';
import { PostgresEventStore } from '@kari/platform/event-store';
import { PostgresLeases } from '@kari/platform/leases';
import { ProjectionNotices, ProjectionRunner } from '@kari/platform/projections';
import { systemClock, systemIds, systemTimers } from '@kari/platform/time';
import { RUN_CATEGORY } from '../../libs/workflow/src/run/engine-parts.js';
import { runProjection } from '../../libs/workflow/src/run/run.projection.js';

/** Where and how fast stands in the environment; `connections`: of its pool. */
export async function openedLog(connections: number) {
  const times = { heartbeatMs: Number(process.env['HEARTBEAT_MS']), expiryMs: Number(process.env['EXPIRY_MS']) };
  const database = openSystemDatabase(process.env['SYSTEM_URL'] ?? '', { max: connections });
  const blobs = await fileBlobs({ folder: process.env['BLOBS'] ?? '', clock: systemClock });
  const store = new PostgresEventStore({ pool: database.pool, blobs, timers: systemTimers, truncatable: [RUN_CATEGORY] });
  const leases = new PostgresLeases({ database, clock: systemClock, timers: systemTimers, ids: systemIds }, times);
  const print = (_: object, message: string): boolean => process.stderr.write(`${message}\n`);
  const logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: print, child: () => logger };
  const views = new ProjectionRunner(
    { store, database, leases, clock: systemClock, timers: systemTimers, logger, notices: new ProjectionNotices() },
    [runProjection],
  );
  await views.start();
  return { database, store, leases, logger, views };
}
