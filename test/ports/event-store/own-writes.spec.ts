// What a process wrote itself its followers get without another read of the log, and exactly as a read would have given it.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RecordedEvent } from '@kari/kernel';
import { systemTimers } from '@kari/platform/time';
import { Client } from 'pg';
import { collect, fact, freshStream, item } from './facts.js';
import { postgresStore, type OpenPostgresStore } from './stores.js';

/** By name, what was asked of the database since. */
function counting(): { readonly reads: () => number; readonly end: () => void } {
  const prototype = Client.prototype as unknown as { query: (...given: unknown[]) => unknown };
  const { query } = prototype;
  let reads = 0;
  prototype.query = function (this: unknown, ...given: unknown[]) {
    if ((given[0] as { name?: string } | undefined)?.name === 'log-read-all') reads += 1;
    return query.apply(this, given);
  };
  return { reads: () => reads, end: () => void (prototype.query = query) };
}

describe('event store on PostgreSQL: its own writes', () => {
  let open: OpenPostgresStore;
  beforeAll(async () => {
    open = await postgresStore();
  });
  afterAll(() => open.close());

  it('reach its followers as a read would give them, without one', async () => {
    const { store } = open;
    const start = await store.head();
    const seen: RecordedEvent[] = [];
    const subscription = store.subscribe({ after: start }, ({ events }) => Promise.resolve(void seen.push(...events)));
    await store.append([item(freshStream(), 'none', fact({ n: 0 }))]);
    await subscription.reached(await store.head());

    const counted = counting();
    const [stream, other] = [freshStream(), freshStream()];
    await store.append([
      item(stream, 'none', fact({ text: 'ä "\u2028"', n: 1.5e-9 }), fact({ n: null, list: [] })),
      item(stream, 7n, fact({ refused: true })),
      item(other, 'none', fact({ large: 'x'.repeat(70_000) })),
    ]);
    await store.append([item(stream, 1n, fact({ n: 2 }, { type: 'NoteKept', version: 3 }))]);
    await subscription.reached(await store.head());
    const reads = counted.reads();
    counted.end();
    await subscription.stop();

    const log = await collect(store.readAll({ after: start }));
    expect(seen).toEqual(log);
    expect(log.map(({ type }) => type)).toEqual(['NoteTaken', 'NoteTaken', 'NoteTaken', 'NoteTaken', 'NoteKept']);
    const times = log.map(({ recordedAt }) => Date.parse(recordedAt));
    expect([...times].sort((a, b) => a - b)).toEqual(times);
    expect(reads).toBe(0);
  });

  it('leave nothing out where another process writes between them', async () => {
    const [{ store }, other] = [open, await postgresStore({ pool: open.pool })];
    const start = await store.head();
    const seen: string[] = [];
    const kept: string[] = [];
    const all = store.subscribe({ after: start }, ({ events }) => Promise.resolve(void seen.push(...events.map(({ id }) => id))));
    const some = store.subscribe({ after: start, filter: { types: ['NoteKept'] } }, ({ events }) =>
      Promise.resolve(void kept.push(...events.map(({ id }) => id))),
    );
    const writers = [store, other.store, store, other.store].map(async (writer, number) => {
      for (let index = 0; index < 40; index += 1) {
        await writer.append([item(freshStream(), 'none', fact({ number, index }, { type: index % 7 === 0 ? 'NoteKept' : 'NoteTaken' }))]);
        if (index % 10 === 0) await systemTimers.sleep(1);
      }
    });
    await Promise.all(writers);
    await Promise.all([all, some].map(async (subscription) => subscription.reached(await store.head())));
    await Promise.all([all.stop(), some.stop()]);
    const log = await collect(store.readAll({ after: start }));
    expect(log.length).toBe(160);
    expect(seen).toEqual(log.map(({ id }) => id));
    expect(kept).toEqual(log.filter(({ type }) => type === 'NoteKept').map(({ id }) => id));
    await other.close();
  });
});
