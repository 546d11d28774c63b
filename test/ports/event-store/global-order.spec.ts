// D-08: a global order without holes. Writers that roll back and writers that dawdle, readers that poll and readers that catch up: nobody
// ever passes an event that was still in flight. This is the likeliest silent loss of an event store on PostgreSQL.
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { encodeItem, type EventStore, type RecordedEvent, type StreamId } from '@kari/kernel';
import { seededRandom } from '@kari/kernel/testing';
import { memoryBlobs } from '@kari/platform/blob';
import { PostgresEventStore } from '@kari/platform/event-store';
import { systemTimers } from '@kari/platform/time';
import { Pool, type PoolClient } from 'pg';
import { appendStatement } from '../../../libs/platform/src/event-store/append-statement.js';
import { reportCounts } from '../../support/record.js';
import { seedOf } from '../../support/seed.js';
import { patienceFor, sizeOf, testTier } from '../../support/size.js';
import { collect, fact, freshStream, item } from './facts.js';
import { postgresStore, type OpenPostgresStore } from './stores.js';

const EVENTS = sizeOf('D-08', { t1: 20_000, t2: 1_000_000 });
const WRITERS = 64;
/** Of these so many write by hand, in transactions of their own; the others through the group appenders of several processes. */
const HAND_WRITERS = 16;
const PROCESSES = 3;
const ROLLED_BACK = 0.05;
const HELD_OPEN = 0.01;
const LONGEST_HOLD = testTier() === 't1' ? 800 : 3_000;

describe('D-08 global order', () => {
  let open: OpenPostgresStore;
  let pool: Pool;
  beforeAll(async () => {
    open = await postgresStore();
    pool = new Pool({ connectionString: open.systemUrl, max: 60 });
    pool.on('error', () => undefined);
    await open.store.append([item(freshStream(), 'none', fact())]);
  });
  afterAll(async () => {
    await pool.end();
    await open.close();
  });

  it('lets no younger transaction be seen before an older one with a lower place', async () => {
    const [older, younger] = [fact({ who: 'older' }), fact({ who: 'younger' })];
    const start = await open.store.head();
    const client = await pool.connect();
    let finished = false;
    let first: RecordedEvent[];
    try {
      await client.query('begin');
      await client.query(appendStatement([encodeItem(item(freshStream(), 'none', older))]));
      const second = open.store.append([item(freshStream(), 'none', younger)]).finally(() => (finished = true));
      while (!finished && !(await somebodyWaits(pool))) await systemTimers.sleep(5);
      first = await collect(open.store.readAll({ after: start }));
      await client.query('commit');
      expect(await second).toMatchObject([{ ok: true }]);
    } finally {
      client.release();
    }
    const rest = await collect(open.store.readAll({ after: first.at(-1)?.position ?? start }));
    expect([...first, ...rest].map((event) => event.id)).toEqual([older.id, younger.id]);
  });

  it(
    `loses, doubles and reorders nothing of ${EVENTS} events for any reader`,
    async () => {
      const seed = seedOf('D-08');
      const start = await open.store.head();
      const pools = Array.from({ length: PROCESSES }, () => new Pool({ connectionString: open.systemUrl, max: 12 }));
      // A connection that is cut while it ends tells it here: nobody's business.
      for (const own of pools) own.on('error', () => undefined);
      const processes = pools.map((own) => new PostgresEventStore({ pool: own, blobs: memoryBlobs(), timers: systemTimers }));
      const streams = Array.from({ length: 200 }, () => freshStream());
      const acknowledged = new Set<string>();
      const rolledBack = new Set<string>();
      let held = 0;
      let writing = true;

      const writeThroughStore = async (writer: number): Promise<void> => {
        const random = seededRandom(seed + writer);
        const store = processes[writer % PROCESSES] as PostgresEventStore;
        while (acknowledged.size < EVENTS) {
          const events = Array.from({ length: 1 + Math.floor(random.next() * 4) }, () => fact({ writer }));
          const [result] = await store.append([item(pick(streams, random.next()), 'any', ...events)]);
          if (result?.ok !== true) throw result?.error ?? new Error('no result');
          for (const event of events) acknowledged.add(event.id);
        }
      };
      const writeByHand = async (writer: number): Promise<void> => {
        const random = seededRandom(seed + writer);
        while (acknowledged.size < EVENTS) {
          const events = Array.from({ length: 1 + Math.floor(random.next() * 4) }, () => fact({ writer }));
          const back = random.next() < ROLLED_BACK * (WRITERS / HAND_WRITERS);
          const hold = random.next() < HELD_OPEN * (WRITERS / HAND_WRITERS);
          if (hold) held += 1;
          await inTransaction(pool, back, async (client) => {
            // It has a transaction id and a snapshot, so that a later one overtakes it, but not yet a place in the log.
            await client.query(`select pg_current_xact_id()`);
            if (hold) await systemTimers.sleep(100 + random.next() * (LONGEST_HOLD - 100));
            await client.query(appendStatement([encodeItem(item(pick(streams, random.next()), 'any', ...events))]));
          });
          for (const event of events) (back ? rolledBack : acknowledged).add(event.id);
        }
      };

      const lags: number[] = [];
      const polling = async (reader: number): Promise<Sighting> => {
        const store = processes[reader % PROCESSES] as EventStore;
        const random = seededRandom(seed + 1000 + reader);
        const seen = new Sighting();
        for (let after = start; ;) {
          const stillWriting = writing;
          const page = await collect(store.readAll({ after, limit: 1 + Math.floor(random.next() * 700) }));
          seen.add(page);
          after = page.at(-1)?.position ?? after;
          if (page.length === 0 && !stillWriting) return seen;
          if (page.length === 0) await systemTimers.sleep(random.next() * 5);
        }
      };
      const subscribed = (reader: number): { seen: Sighting; end(head: string): Promise<void> } => {
        const seen = new Sighting();
        const random = seededRandom(seed + 2000 + reader);
        const store = processes[reader % PROCESSES] as EventStore;
        const subscription = store.subscribe({ after: start, batch: 50 + reader * 100 }, async ({ events }) => {
          const now = Date.now();
          if (reader === 0) lags.push(...events.map((event) => now - Date.parse(event.recordedAt)));
          seen.add(events);
          if (random.next() < 0.05) await systemTimers.sleep(random.next() * 20);
        });
        return {
          seen,
          end: async (head) => {
            await subscription.reached(head);
            await subscription.stop();
          },
        };
      };

      const pollers = Array.from({ length: 5 }, (_, reader) => polling(reader));
      const subscribers = Array.from({ length: 3 }, (_, reader) => subscribed(reader));
      const writers = Array.from({ length: WRITERS }, (_, writer) =>
        writer < HAND_WRITERS ? writeByHand(writer) : writeThroughStore(writer),
      );
      // Two that come late and read the whole history while it grows.
      while (acknowledged.size < EVENTS / 2) await systemTimers.sleep(10);
      subscribers.push(subscribed(3), subscribed(4));
      await Promise.all(writers);
      writing = false;
      const head = await open.store.head();
      const readers = await Promise.all(pollers);
      for (const subscriber of subscribers) await subscriber.end(head);
      readers.push(...subscribers.map(({ seen }) => seen));

      // Read without keeping: in the long runs the log is larger than this process.
      const log = new Sighting();
      const unseen = new Set(acknowledged);
      const next = new Map<StreamId, bigint>();
      let [misplaced, unasked] = [0, 0];
      for await (const event of open.store.readAll({ after: start })) {
        log.add([event]);
        if (BigInt(event.position) - BigInt(start) !== BigInt(log.count)) misplaced += 1;
        if (event.revision !== (next.get(event.stream) ?? 0n)) misplaced += 1;
        if (!unseen.delete(event.id) || rolledBack.has(event.id)) unasked += 1;
        next.set(event.stream, event.revision + 1n);
      }
      expect({ misplaced, unasked, lost: unseen.size }).toEqual({ misplaced: 0, unasked: 0, lost: 0 });
      const sequence = log.sequence();
      readers.forEach((seen, reader) => expect([reader, seen.count, seen.sequence()]).toEqual([reader, log.count, sequence]));

      lags.sort((a, b) => a - b);
      const p99 = lags[Math.floor(lags.length * 0.99)] ?? 0;
      reportCounts('D-08', { events: log.count, rolledBack: rolledBack.size, held, readers: readers.length, lagP99Milliseconds: p99 });
      expect(held).toBeGreaterThan(0);
      expect(rolledBack.size).toBeGreaterThan(0);
      for (const store of processes) await store.close();
      await Promise.all(pools.map((own) => own.end()));
    },
    patienceFor(240_000),
  );
});

async function inTransaction(pool: Pool, rollBack: boolean, work: (client: PoolClient) => Promise<void>): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    await work(client);
    await client.query(rollBack ? 'rollback' : 'commit');
  } finally {
    client.release();
  }
}

async function somebodyWaits(pool: Pool): Promise<boolean> {
  const { rows } = await pool.query<{ waiting: boolean }>(
    `select exists (select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock') as waiting`,
  );
  return rows[0]?.waiting === true;
}

/** What a reader saw and in which order, in a few bytes. */
class Sighting {
  count = 0;
  private readonly ids = createHash('sha256');

  add(events: readonly RecordedEvent[]): void {
    for (const { id } of events) this.ids.update(id);
    this.count += events.length;
  }

  /** Equal for the same events in the same order. Ends the counting. */
  sequence(): string {
    return this.ids.digest('hex');
  }
}

function pick<T>(list: readonly T[], random: number): T {
  return list[Math.floor(random * list.length)] as T;
}
