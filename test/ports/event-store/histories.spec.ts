// D-09: concurrency anomalies. First the checker proves itself on planted ones, then sixteen clients are judged by it.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Unavailable, WrongExpectedVersion, type EventStore } from '@kari/kernel';
import { MemoryEventStore, seededRandom, seededScheduler } from '@kari/kernel/testing';
import { reportCounts } from '../../support/record.js';
import { seedOf } from '../../support/seed.js';
import { patienceFor, sizeOf, testTier } from '../../support/size.js';
import { collect, fact, freshStream, item } from './facts.js';
import { findAnomalies, type Anomaly, type AppendOperation, type Operation, type ReadOperation } from './history-checker.js';
import { postgresStore, type OpenPostgresStore } from './stores.js';

const CLIENTS = 16;
const HISTORIES = sizeOf('D-09', { t1: 20, t2: 200, t3: 1_000 });
// The checker's work grows with the square of a history: full ones are for the campaign.
const OPERATIONS = testTier() === 't3' ? { PostgreSQL: 2_000, memory: 2_000 } : { PostgreSQL: 320, memory: 640 };

describe('D-09 the checker', () => {
  const append = (values: readonly number[], from: number, to: number, outcome: AppendOperation['outcome'] = 'ok'): Operation => ({
    kind: 'append',
    list: 'l',
    values,
    from,
    to,
    outcome,
  });
  const read = (seen: readonly number[], from: number, to: number): ReadOperation => ({ kind: 'read', list: 'l', seen, from, to });

  it('has nothing to say about a clean history, whatever overlaps', () => {
    const clean = [
      append([1], 0, 10),
      append([2, 3], 0, 5),
      append([4], 1, 20, 'unknown'),
      append([5], 1, 20, 'unknown'),
      append([6], 3, 4, 'refused'),
      read([2, 3], 2, 8),
      read([2, 3, 1], 2, 12),
      read([2, 3, 1, 4], 30, 31),
    ];
    expect(findAnomalies(clean)).toEqual([]);
  });

  it.each<[Anomaly, readonly Operation[]]>([
    ['lost append', [append([1], 0, 1), append([2], 2, 3), read([1], 4, 5)]],
    ['duplicate', [append([1], 0, 1), read([1, 1], 4, 5)]],
    ['phantom', [append([1], 0, 1), read([1, 7], 4, 5)]],
    ['refused but written', [append([1], 0, 1, 'refused'), read([1], 4, 5)]],
    ['prefix disagreement', [append([1], 0, 9), append([2], 0, 9), append([3], 0, 9), read([1, 2], 1, 2), read([2, 1, 3], 3, 4)]],
    ['torn append', [append([1, 2], 0, 9), read([1], 1, 2), read([1, 2], 10, 11)]],
    ['stale read', [append([1], 0, 1), append([2], 2, 3), read([1], 4, 5), read([1, 2], 4, 6)]],
    ['read from the future', [append([1], 10, 11), read([1], 4, 5)]],
    ['real-time order', [append([1], 0, 1), append([2], 2, 3), read([2, 1], 4, 5)]],
  ])('finds a %s', (anomaly, history) => {
    expect(findAnomalies(history).map((finding) => finding.anomaly)).toContain(anomaly);
  });
});

describe('D-09 histories', () => {
  let open: OpenPostgresStore;
  beforeAll(async () => {
    open = await postgresStore();
  });
  afterAll(() => open.close());

  it(
    `PostgreSQL: ${HISTORIES} histories of ${CLIENTS} clients show no anomaly`,
    async () => {
      const seed = seedOf('D-09 PostgreSQL');
      let operations = 0;
      for (let history = 0; history < HISTORIES; history += 1) {
        const seen = await play(open.store, seed + history, OPERATIONS.PostgreSQL, () => performance.now());
        operations += seen.length;
        expect([seed + history, findAnomalies(seen)]).toEqual([seed + history, []]);
      }
      reportCounts('D-09 PostgreSQL', { histories: HISTORIES, clients: CLIENTS, operations, anomalies: 0 });
    },
    patienceFor(240_000),
  );

  it('memory: the same, under every interleaving a seed makes', async () => {
    const seed = seedOf('D-09 memory');
    for (let history = 0; history < HISTORIES; history += 1) {
      let now = 0;
      const store = new MemoryEventStore({ scheduler: seededScheduler(seed + history) });
      const seen = await play(store, seed + history, OPERATIONS.memory, () => (now += 1));
      expect([seed + history, findAnomalies(seen)]).toEqual([seed + history, []]);
    }
  });
});

async function play(store: EventStore, seed: number, operations: number, now: () => number): Promise<readonly Operation[]> {
  const lists = Array.from({ length: 6 }, () => freshStream());
  const history: Operation[] = [];
  let next = 0;
  const client = async (number: number): Promise<void> => {
    const random = seededRandom(seed * 31 + number);
    for (let done = 0; done < operations / CLIENTS; done += 1) {
      const list = lists[Math.floor(random.next() * lists.length)] ?? freshStream();
      const from = now();
      if (random.next() < 0.4) {
        const seen = (await collect(store.readStream(list))).map((event) => (event.data as { value: number }).value);
        history.push({ kind: 'read', list, seen, from, to: now() });
        continue;
      }
      const values = Array.from({ length: 1 + Math.floor(random.next() * 3) }, () => (next += 1));
      const expected = random.next() < 0.5 ? 'any' : BigInt(Math.floor(random.next() * 20));
      const [result] = await store
        .append([item(list, expected, ...values.map((value) => fact({ value })))])
        .catch((error: unknown) => (error instanceof Unavailable ? [] : Promise.reject(error as Error)));
      if (result?.ok === false && !(result.error instanceof WrongExpectedVersion)) throw result.error;
      const outcome = result === undefined ? 'unknown' : result.ok ? 'ok' : 'refused';
      history.push({ kind: 'append', list, values, from, to: now(), outcome });
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, (_, number) => client(number)));
  for (const list of lists) {
    const from = now();
    const seen = (await collect(store.readStream(list))).map((event) => (event.data as { value: number }).value);
    history.push({ kind: 'read', list, seen, from, to: now() });
  }
  return history;
}
