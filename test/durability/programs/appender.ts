// A server's writing half: eight writers on 64 streams, each append two events that belong together, each acknowledgement printed at once.
import { writeSync } from 'node:fs';
import { Unavailable } from '@kari/kernel';
import { fileBlobs } from '@kari/platform/blob';
import { PostgresEventStore } from '@kari/platform/event-store';
import { systemClock, systemIds, systemTimers } from '@kari/platform/time';
// Straight from its file: the lib's door brings TypeORM along, and a start counts here.
import { openSystemDatabase } from '../../../libs/platform/src/database/system-database.js';
import { booked, ledgerStream } from './booking.js';

const WRITERS = 8;
const STREAMS = 64;

const database = openSystemDatabase(process.env['SYSTEM_URL'] ?? '', { max: 6 });
const blobs = await fileBlobs({ folder: process.env['BLOBS'] ?? '', clock: systemClock });
const store = new PostgresEventStore({ pool: database.pool, blobs, timers: systemTimers });

/** Whoever is told "unavailable" sends the very same again: that is the contract. */
async function persistently<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Unavailable && error.retryable)) throw error;
      writeSync(1, 'unavailable\n');
      await systemTimers.sleep(20);
    }
  }
}

async function nextRevision(account: string): Promise<bigint> {
  for await (const event of store.readStream(ledgerStream(account), { direction: 'backwards', limit: 1 })) return event.revision + 1n;
  return 0n;
}

async function write(writer: number): Promise<void> {
  const accounts = Array.from({ length: STREAMS / WRITERS }, (_, index) => `account-${writer}-${index}`);
  const next = new Map(
    await Promise.all(accounts.map(async (account) => [account, await persistently(() => nextRevision(account))] as const)),
  );
  for (let turn = 0; ; turn += 1) {
    const account = accounts[turn % accounts.length] ?? '';
    const revision = next.get(account) ?? 0n;
    const events = [0, 1].map((step) => booked(account, Number(revision) + step, systemIds.next()));
    const item = { stream: ledgerStream(account), expected: revision === 0n ? ('none' as const) : revision - 1n, events };
    const [result] = await persistently(() => store.append([item]));
    if (result?.ok !== true) throw result?.error ?? new Error('no answer');
    next.set(account, revision + 2n);
    // Not buffered in this process: what is printed is out before anything else happens.
    writeSync(1, events.map(({ id }, step) => `ack ${account} ${revision + BigInt(step)} ${id}\n`).join(''));
  }
}

writeSync(1, 'started\n');
await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)));
