// A server that writes and listens: commits events, and tells what its bus delivers. Killed between the one and the other.
import { writeSync } from 'node:fs';
import { InProcessBus, postgresConsumerStates } from '@kari/platform/bus';
import { memoryBlobs } from '@kari/platform/blob';
import { PostgresEventStore } from '@kari/platform/event-store';
import { systemIds, systemRandom, systemTimers } from '@kari/platform/time';
// Straight from its file: the lib's door brings TypeORM along, and a start counts here.
import { openSystemDatabase } from '../../../libs/platform/src/database/system-database.js';
import { booked, ledgerStream } from './booking.js';

const ACCOUNTS = 16;

const database = openSystemDatabase(process.env['SYSTEM_URL'] ?? '', { max: 6 });
const store = new PostgresEventStore({ pool: database.pool, blobs: memoryBlobs(), timers: systemTimers });
const bus = new InProcessBus({ store, states: postgresConsumerStates(database), timers: systemTimers });
const consumer = bus.subscribe({
  group: 'durability.listener',
  topics: ['kari.durability.v1'],
  handle: async ({ key, event }) => {
    // Some work first, so that death finds messages in hand; the effect itself is outside at once, as a letter that was posted.
    await systemTimers.sleep(systemRandom.next() * 10);
    writeSync(1, `effect ${event.id} ${key} ${event.revision}\n`);
  },
});

async function nextRevision(account: string): Promise<bigint> {
  for await (const event of store.readStream(ledgerStream(account), { direction: 'backwards', limit: 1 })) return event.revision + 1n;
  return 0n;
}

async function write(account: string): Promise<void> {
  for (let revision = await nextRevision(account); ; revision += 2n) {
    const events = [0, 1].map((step) => booked(account, Number(revision) + step, systemIds.next()));
    const [result] = await store.append([{ stream: ledgerStream(account), expected: revision === 0n ? 'none' : revision - 1n, events }]);
    if (result?.ok !== true) throw result?.error ?? new Error('no answer');
    writeSync(1, events.map(({ id }, step) => `ack ${account} ${revision + BigInt(step)} ${id}\n`).join(''));
    // So that the consumer keeps up, and death finds it with some in hand rather than far behind.
    await systemTimers.sleep(2);
  }
}

writeSync(1, 'started\n');
if (process.env['WRITING'] === 'yes') await Promise.all(Array.from({ length: ACCOUNTS }, (_, index) => write(`account-${index}`)));
await consumer.reached(await store.head());
writeSync(1, 'drained\n');
