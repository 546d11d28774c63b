// A worker whose wall clock is wrong: takes turns with others by a lease, appends events, and sleeps.
import { writeSync } from 'node:fs';
import { memoryBlobs } from '@kari/platform/blob';
import { PostgresEventStore } from '@kari/platform/event-store';
import { LeaseLost, PostgresLeases } from '@kari/platform/leases';
import { systemClock, systemIds, systemTimers } from '@kari/platform/time';
// Straight from its file: the lib's door brings TypeORM along, and a start counts here.
import { openSystemDatabase } from '../../../libs/platform/src/database/system-database.js';
import { booked, ledgerStream } from './booking.js';

const SLEEP_MS = 200;
/** Long against a busy machine, short against an hour. */
const LEASE = { heartbeatMs: 50, expiryMs: 20_000 };

const worker = process.env['WORKER'] ?? '';
const database = openSystemDatabase(process.env['SYSTEM_URL'] ?? '', { max: 4 });
const store = new PostgresEventStore({ pool: database.pool, blobs: memoryBlobs(), timers: systemTimers });
const leases = new PostgresLeases({ database, clock: systemClock, timers: systemTimers, ids: systemIds }, LEASE);

async function takeTurns(): Promise<void> {
  for (;;) {
    const lease = await leases.acquire('durability.turns');
    if (lease === null) {
      await systemTimers.sleep(5);
      continue;
    }
    try {
      for (const step of ['begin', 'end']) {
        await database.transaction(async (client) => {
          await leases.guard(lease, client);
          await client.query('insert into durability.turn (worker, step, fence) values ($1, $2, $3)', [
            worker,
            step,
            lease.fence.toString(),
          ]);
        });
        await systemTimers.sleep(20);
      }
      writeSync(1, lease.signal.aborted ? 'lost\n' : 'turn\n');
    } catch (error) {
      if (!(error instanceof LeaseLost)) throw error;
      writeSync(1, 'lost\n');
    }
    await lease.release();
    // Somebody else's turn.
    await systemTimers.sleep(10);
  }
}

async function write(): Promise<void> {
  for (let revision = 0n; ; revision += 2n) {
    const events = [0, 1].map((step) => booked(worker, Number(revision) + step, systemIds.next()));
    const [result] = await store.append([{ stream: ledgerStream(worker), expected: revision === 0n ? 'none' : revision - 1n, events }]);
    if (result?.ok !== true) throw result?.error ?? new Error('no answer');
    writeSync(1, events.map(({ id }, step) => `ack ${worker} ${revision + BigInt(step)} ${id}\n`).join(''));
    await systemTimers.sleep(5);
  }
}

async function sleep(): Promise<void> {
  for (;;) {
    const from = process.hrtime.bigint();
    await systemTimers.sleep(SLEEP_MS);
    writeSync(1, `slept ${Number(process.hrtime.bigint() - from) / 1e6} ${new Date().toISOString()}\n`);
  }
}

await Promise.all([takeTurns(), write(), sleep()]);
