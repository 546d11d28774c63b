// The catalogue at the door of a store in memory; what both stores do with it is in test/ports.
import { describe, expect, it } from '@jest/globals';
import {
  InvalidEvent,
  START,
  Unavailable,
  type AppendItem,
  type EventDefinition,
  type EventStore,
  type NewEvent,
  type RecordedEvent,
  type StreamId,
} from '@kari/kernel';
import { manualClock, MemoryEventStore, seededIds } from '@kari/kernel/testing';
import type { Keys } from '@kari/platform/crypto';
import { z } from 'zod';
import { catalogueOf } from './event-catalogue.js';
import { withCatalogue } from './with-catalogue.js';

const TENANT = '0197a3c0-0000-7000-8000-00000000000a';
const ids = seededIds(5);
const meta = {
  tenant: TENANT,
  actor: 'someone',
  actorKind: 'user',
  commandId: 'c',
  commandType: 'TakeNote',
  correlationId: 'r',
  occurredAt: '2026-01-01T00:00:00.000Z',
} as const;
const definitions: readonly EventDefinition[] = [
  { type: 'NoteTaken', version: 2, schema: z.object({ text: z.string() }) },
  { type: 'PersonMet', version: 1, schema: z.object({ person: z.string(), email: z.string() }), personal: ['email'], subject: 'person' },
  { type: 'RunSummarised', version: 1, schema: z.object({}) },
];
const lifting = { type: 'NoteTaken', from: 1, upcast: (data: unknown) => ({ text: (data as { words: string }).words }) };

/** Keys that turn a text round; away as often as is asked for. */
function turning(away = 0): Keys & { away: number } {
  const keys = {
    away,
    encrypt: (_: string, __: string, ___: string, text: string) => Promise.resolve([...text].reverse().join('')),
    decrypt: (_: string, __: string, ___: string, text: string) => {
      if (keys.away > 0) {
        keys.away -= 1;
        return Promise.reject(new Unavailable('the keys are away', true));
      }
      return Promise.resolve([...text].reverse().join(''));
    },
  };
  return keys as unknown as Keys & { away: number };
}

function opened(keys = turning()): { inner: MemoryEventStore; store: EventStore; clock: ReturnType<typeof manualClock> } {
  const clock = manualClock();
  const inner = new MemoryEventStore({ clock, truncatable: ['workflow.run'] });
  const catalogue = catalogueOf(
    () => definitions,
    () => [lifting],
  );
  return { inner, store: withCatalogue(inner, { catalogue, keys, timers: clock, summaries: { 'workflow.run': 'RunSummarised' } }), clock };
}
const stream = (id = ids.next(), category = 'test.note'): StreamId => `${category}-${TENANT}~${id}` as StreamId;
const fact = (data: unknown, type = 'NoteTaken', version = type === 'NoteTaken' ? 2 : 1): NewEvent => ({
  id: ids.next(),
  type,
  version,
  data,
  meta,
});
const item = (of: StreamId, ...events: readonly NewEvent[]): AppendItem => ({ stream: of, expected: 'any', events });
async function all(events: AsyncIterable<RecordedEvent>): Promise<readonly unknown[]> {
  const found: unknown[] = [];
  for await (const { version, data } of events) found.push([version, data]);
  return found;
}

describe('a store behind the catalogue', () => {
  it('answers every item in its own place, whoever was refused', async () => {
    const { store, inner } = opened();
    const [good, bad] = [stream(), stream()];
    const results = await store.append([
      item(bad, fact({ text: 'a' }), fact({ text: 5 })),
      item(good, fact({ text: 'b' })),
      item(bad, fact({}, 'Stranger')),
      item(good, fact({ text: 'c' })),
    ]);
    expect(results.map((result) => (result.ok ? result.revision : result.error.constructor))).toEqual([InvalidEvent, 0n, InvalidEvent, 1n]);
    expect(await all(inner.readStream(bad))).toEqual([]);
  });
  it('is not asked where everything was refused', async () => {
    const { store, inner } = opened();
    expect(await store.append([item(stream(), fact({ text: 5 }))])).toMatchObject([{ ok: false }]);
    expect(await inner.head()).toBe(START);
  });
  it('never sees a personal field, and every reader does', async () => {
    const { store, inner } = opened();
    const of = stream();
    const data = { person: 'p', email: 'ada@example.org' };
    await store.append([item(of, fact(data, 'PersonMet'))]);
    expect(JSON.stringify(await all(inner.readStream(of)))).not.toContain('ada@example');
    expect(await all(store.readStream(of))).toEqual([[1, data]]);
    expect(await all(store.readAll())).toEqual([[1, data]]);
  });
  it('is read in the versions written now', async () => {
    const { store, inner } = opened();
    const of = stream();
    await inner.append([item(of, fact({ words: 'old' }, 'NoteTaken', 1), fact({ any: 1 }, 'Stranger', 7))]);
    expect(await all(store.readStream(of))).toEqual([
      [2, { text: 'old' }],
      [7, { any: 1 }],
    ]);
    expect(await all(store.readStream(of, { direction: 'backwards', limit: 1 }))).toEqual([[7, { any: 1 }]]);
    const { position } = await first(inner.readStream(of));
    expect(await all(store.readAll({ after: position }))).toEqual([[7, { any: 1 }]]);
  });
  it('hands on what it can, where it is and what it knows of a stream', async () => {
    const { store, inner } = opened();
    const of = stream();
    await store.append([item(of, fact({ text: 'a' }))]);
    expect(store.capabilities).toEqual(inner.capabilities);
    expect(await store.head()).toBe(await inner.head());
    expect(await store.streamMetadata(of)).toEqual(await inner.streamMetadata(of));
  });
});

describe('a subscription behind the catalogue', () => {
  it('hands over bodies in clear, in order, with the place of the batch', async () => {
    const { store } = opened();
    await store.append([item(stream(), fact({ person: 'p', email: 'a@b.org' }, 'PersonMet')), item(stream(), fact({ text: 'b' }))]);
    const batches: { bodies: readonly unknown[]; position: string }[] = [];
    const subscription = store.subscribe({}, ({ events, position }) => {
      batches.push({ bodies: events.map(({ data }) => data), position });
      return Promise.resolve();
    });
    await subscription.reached(await store.head());
    await subscription.stop();
    expect(batches.flatMap(({ bodies }) => bodies)).toEqual([{ person: 'p', email: 'a@b.org' }, { text: 'b' }]);
    expect(batches.at(-1)?.position).toBe(await store.head());
  });
  it('outlives an outage of the keys, and a read does not', async () => {
    const keys = turning();
    const { store, clock } = opened(keys);
    const of = stream();
    await store.append([item(of, fact({ person: 'p', email: 'a@b.org' }, 'PersonMet'))]);
    keys.away = 1;
    await expect(all(store.readStream(of))).rejects.toThrow('the keys are away');
    keys.away = 2;
    const seen: unknown[] = [];
    const subscription = store.subscribe({}, ({ events }) => Promise.resolve(void seen.push(...events.map(({ data }) => data))));
    for (let turn = 0; turn < 20 && seen.length === 0; turn += 1) await clock.advance(100);
    expect(seen).toEqual([{ person: 'p', email: 'a@b.org' }]);
    await subscription.stop();
  });
  it('ends with a fault that no waiting cures', async () => {
    const { store, inner } = opened();
    await inner.append([item(stream(), fact({}, 'NoteTaken', 1))]);
    const broken = withCatalogue(inner, {
      catalogue: catalogueOf(
        () => definitions,
        () => [],
      ),
      keys: turning(),
      timers: manualClock(),
    });
    const subscription = broken.subscribe({}, () => Promise.resolve());
    await expect(subscription.ended).rejects.toBeInstanceOf(InvalidEvent);
    expect(store).toBeDefined();
  });
});

describe('what may leave the log', () => {
  it('is cut off only where its summary stands', async () => {
    const { store } = opened();
    const of = stream(ids.next(), 'workflow.run');
    await store.append([item(of, fact({ text: 'a' }), fact({}, 'RunSummarised'), fact({ text: 'b' }))]);
    for (const revision of [0n, 2n, 9n])
      await expect(store.truncateBefore(of, revision)).rejects.toMatchObject({
        code: 'EVENT_STREAM_UNSUMMARISED',
        facts: { wanted: 'RunSummarised' },
      });
    await store.truncateBefore(of, 1n);
    expect(await all(store.readStream(of))).toEqual([
      [1, {}],
      [2, { text: 'b' }],
    ]);
  });
  it('never goes without a trace where it must leave a summary', async () => {
    const { store } = opened();
    const of = stream(ids.next(), 'workflow.run');
    await store.append([item(of, fact({ text: 'a' }))]);
    await expect(store.tombstone(of)).rejects.toMatchObject({ code: 'EVENT_STREAM_PERMANENT' });
    expect(await all(store.readStream(of))).toHaveLength(1);
  });
  it('is otherwise for the store to say', async () => {
    const { store, inner } = opened();
    const of = stream();
    await store.append([item(of, fact({ text: 'a' }))]);
    const said = async (work: Promise<unknown>): Promise<string> =>
      work.then(
        () => 'done',
        (error: Error) => error.message,
      );
    expect(await said(store.truncateBefore(of, 0n))).toBe(await said(inner.truncateBefore(of, 0n)));
    expect(await said(store.tombstone(of))).toBe(await said(inner.tombstone(of)));
  });
});

async function first(events: AsyncIterable<RecordedEvent>): Promise<RecordedEvent> {
  for await (const event of events) return event;
  throw new Error('there is none');
}
