// A worker that keeps one view until it is killed.
import { fileBlobs } from '@kari/platform/blob';
import { openSystemDatabase } from '@kari/platform/database';
import { PostgresEventStore } from '@kari/platform/event-store';
import { PostgresLeases } from '@kari/platform/leases';
import { ProjectionNotices, ProjectionRunner } from '@kari/platform/projections';
import { systemClock, systemIds, systemTimers } from '@kari/platform/time';
import { ledgerProjection } from './ledger.projection.js';

const database = openSystemDatabase(process.env['SYSTEM_URL'] ?? '', { max: 4 });
const blobs = await fileBlobs({ folder: process.env['BLOBS'] ?? '', clock: systemClock });
const store = new PostgresEventStore({ pool: database.pool, blobs, timers: systemTimers });
const leases = new PostgresLeases(
  { database, clock: systemClock, timers: systemTimers, ids: systemIds },
  { heartbeatMs: 40, expiryMs: 150 },
);
const print = (_: object, message: string): boolean => process.stderr.write(`${message}\n`);
const logger = { debug: print, info: () => undefined, warn: print, error: print, child: () => logger };
const notices = new ProjectionNotices();
notices.listen(({ position, keys }) => {
  if (keys.length > 0) process.stdout.write(`at ${position}\n`);
});
const runner = new ProjectionRunner({ store, database, leases, clock: systemClock, timers: systemTimers, logger, notices }, [
  ledgerProjection,
]);
await runner.start();
process.stdout.write('started\n');
