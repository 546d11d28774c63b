// What every event store promises, asked of each adapter in the same words.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  DuplicateConflict,
  InvalidEvent,
  Rejection,
  StreamDeleted,
  WrongExpectedVersion,
  type AppendResult,
  type EventStore,
  type RecordedEvent,
  type SubscriptionBatch,
} from '@kari/kernel';
import { collect, fact, freshStream, item, meta, TRUNCATABLE } from './facts.js';
import { stores, type OpenStore } from './stores.js';

describe.each(Object.keys(stores))('event store: %s', (adapter) => {
  let open: OpenStore;
  let store: EventStore;
  beforeAll(async () => {
    open = await (stores[adapter] as () => Promise<OpenStore>)();
    store = open.store;
  });
  afterAll(() => open.close());

  it('declares what it can do', () => {
    expect(store.capabilities).toEqual({ multiStreamAtomic: false, transactionalEffects: false, contiguous: true, idempotency: 'full' });
  });

  describe('append and read', () => {
    it('gives back what was written, in order, with its place', async () => {
      const stream = freshStream();
      const first = fact({ text: 'première ✓', nested: { list: [1, 2.5, null, true] }, absent: undefined });
      const second = fact({ text: 'second' }, { type: 'NoteChanged', version: 3 });
      const before = await store.head();
      const results = await store.append([item(stream, 'none', first, second)]);
      const end = String(BigInt(before) + 2n);
      expect(results).toEqual([{ ok: true, revision: 1n, position: end, repeated: false }]);
      expect(await store.head()).toBe(end);
      const events = await collect(store.readStream(stream));
      expect(events).toEqual([
        {
          id: first.id,
          stream,
          revision: 0n,
          position: String(BigInt(before) + 1n),
          type: 'NoteTaken',
          version: 1,
          data: { text: 'première ✓', nested: { list: [1, 2.5, null, true] } },
          meta,
          recordedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        },
        expect.objectContaining({ id: second.id, revision: 1n, position: end, type: 'NoteChanged', version: 3, data: { text: 'second' } }),
      ]);
      expect(await collect(store.readAll({ after: before }))).toEqual(events);
    });

    it('keeps every kind of text and number as it was', async () => {
      const stream = freshStream();
      const data = {
        '': 'empty key',
        'a/b~c"\\': '\u0001\u2028 "quoted" \\ {braces},',
        emoji: '👩‍🚀',
        big: 9007199254740991,
        small: 5e-324,
        __proto__x: 1,
      };
      expect(okOf(await store.append([item(stream, 'any', fact(data))]))).toBe(true);
      expect((await collect(store.readStream(stream)))[0]?.data).toEqual(data);
    });

    it('keeps a body of 300 KB whole', async () => {
      const stream = freshStream();
      const data = { text: 'ä'.repeat(150_000) };
      expect(okOf(await store.append([item(stream, 'none', fact(data), fact({ small: true }))]))).toBe(true);
      expect((await collect(store.readStream(stream))).map((event) => event.data)).toEqual([data, { small: true }]);
    });

    it('reads a stream forwards and backwards, in part and with a limit', async () => {
      const stream = freshStream();
      await store.append([item(stream, 'none', ...Array.from({ length: 7 }, (_, n) => fact({ n })))]);
      const revisions = async (options: Parameters<EventStore['readStream']>[1]): Promise<number[]> =>
        (await collect(store.readStream(stream, options))).map((event) => Number(event.revision));
      expect(await revisions({ from: 2n, to: 4n })).toEqual([2, 3, 4]);
      expect(await revisions({ direction: 'backwards' })).toEqual([6, 5, 4, 3, 2, 1, 0]);
      expect(await revisions({ direction: 'backwards', from: 4n, to: 2n })).toEqual([4, 3, 2]);
      expect(await revisions({ direction: 'backwards', limit: 2 })).toEqual([6, 5]);
      expect(await revisions({ from: 5n, limit: 9 })).toEqual([5, 6]);
      expect(await revisions({ from: 9n })).toEqual([]);
      expect(await revisions({ limit: 0 })).toEqual([]);
    });

    it('reads streams and logs longer than a page', async () => {
      const stream = freshStream();
      const before = await store.head();
      await store.append([item(stream, 'none', ...Array.from({ length: 1203 }, (_, n) => fact({ n })))]);
      const numbers = (events: readonly RecordedEvent[]): unknown[] => events.map((event) => (event.data as { n: number }).n);
      const expected = Array.from({ length: 1203 }, (_, n) => n);
      expect(numbers(await collect(store.readStream(stream)))).toEqual(expected);
      expect(numbers(await collect(store.readStream(stream, { direction: 'backwards' })))).toEqual(expected.toReversed());
      expect(numbers(await collect(store.readAll({ after: before })))).toEqual(expected);
      expect(numbers(await collect(store.readAll({ after: before, limit: 700 })))).toEqual(expected.slice(0, 700));
    });

    it('reads nothing from a stream that never was', async () => {
      expect(await collect(store.readStream(freshStream()))).toEqual([]);
    });

    it('filters by type and category', async () => {
      const before = await store.head();
      await store.append([
        item(freshStream('test.note'), 'none', fact({ n: 1 }), fact({ n: 2 }, { type: 'NoteChanged' })),
        item(freshStream('test.other'), 'none', fact({ n: 3 }), fact({ n: 4 }, { type: 'NoteChanged' })),
        item(freshStream('test.third-kind'), 'none', fact({ n: 5 })),
      ]);
      const found = async (filter: { types?: string[]; categories?: string[] }): Promise<unknown[]> =>
        (await collect(store.readAll({ after: before, filter }))).map((event) => (event.data as { n: number }).n);
      expect(await found({ types: ['NoteChanged'] })).toEqual([2, 4]);
      expect(await found({ categories: ['test.other', 'test.third-kind', 'test.other'] })).toEqual([3, 4, 5]);
      expect(await found({ categories: ['test.note'], types: ['NoteTaken'] })).toEqual([1]);
      expect(await found({ types: [] })).toEqual([]);
      expect(await found({})).toEqual([1, 2, 3, 4, 5]);
    });
  });

  describe('expected versions', () => {
    it('answers the actual revision when the stream stands elsewhere, and writes nothing', async () => {
      const stream = freshStream();
      expect(errorOf(await store.append([item(stream, 'exists', fact())]))).toEqual(new WrongExpectedVersion(stream, -1n));
      expect(errorOf(await store.append([item(stream, 0n, fact())]))).toEqual(new WrongExpectedVersion(stream, -1n));
      await store.append([item(stream, 'none', fact(), fact())]);
      expect(errorOf(await store.append([item(stream, 'none', fact())]))).toEqual(new WrongExpectedVersion(stream, 1n));
      expect(errorOf(await store.append([item(stream, 0n, fact())]))).toEqual(new WrongExpectedVersion(stream, 1n));
      expect(errorOf(await store.append([item(stream, 2n, fact())]))).toEqual(new WrongExpectedVersion(stream, 1n));
      expect(await store.append([item(stream, 1n, fact())])).toMatchObject([{ ok: true, revision: 2n }]);
      expect(await store.append([item(stream, 'exists', fact())])).toMatchObject([{ ok: true, revision: 3n }]);
      expect(await collect(store.readStream(stream))).toHaveLength(4);
    });

    it('lets exactly one of many racing writers through, each time', async () => {
      const stream = freshStream();
      for (let round = 0; round < 5; round += 1) {
        const expected = round === 0 ? 'none' : BigInt(round - 1);
        const results = await Promise.all(Array.from({ length: 12 }, () => store.append([item(stream, expected, fact())])));
        expect(results.filter(([result]) => result?.ok === true)).toHaveLength(1);
      }
      expect(await collect(store.readStream(stream))).toHaveLength(5);
    });
  });

  describe('items', () => {
    it('fail alone: neighbours of a failing one are written', async () => {
      const [a, b, c] = [freshStream(), freshStream(), freshStream()];
      const good = fact({ good: true });
      const results = await store.append([
        item(a, 'none', good),
        item(b, 7n, fact()),
        item(c, 'none', fact({ not: Number.NaN })),
        item('no stream' as never, 'any', fact()),
        item(c, 'none', fact({ fine: true })),
      ]);
      expect(results.map((result) => (result.ok ? 'ok' : result.error.name))).toEqual([
        'ok',
        'WrongExpectedVersion',
        'InvalidEvent',
        'InvalidEvent',
        'ok',
      ]);
      expect(await collect(store.readStream(b))).toEqual([]);
      expect(await collect(store.readStream(c))).toHaveLength(1);
    });

    it('of one stream build upon each other in their order', async () => {
      const stream = freshStream();
      const results = await store.append([item(stream, 'none', fact()), item(stream, 0n, fact()), item(stream, 0n, fact())]);
      expect(results.map((result) => result.ok)).toEqual([true, true, false]);
    });

    it.each([
      ['no events', item(freshStream(), 'any')],
      ['an id that is no uuid', item(freshStream(), 'any', fact({}, { id: 'one' }))],
      ['version 0', item(freshStream(), 'any', fact({}, { version: 0 }))],
      ['an empty type', item(freshStream(), 'any', fact({}, { type: '' }))],
      ['a control character in the type', item(freshStream(), 'any', fact({}, { type: 'a\u0000b' }))],
      ['NUL in the body', item(freshStream(), 'any', fact({ text: '\u0000' }))],
      ['a lone surrogate', item(freshStream(), 'any', fact({ text: '\ud800' }))],
      ['a function', item(freshStream(), 'any', fact({ run: () => 1 }))],
      ['a bigint', item(freshStream(), 'any', fact({ n: 1n }))],
      ['a date', item(freshStream(), 'any', fact({ at: new Date(0) }))],
      ['no body', item(freshStream(), 'any', fact(undefined, { data: undefined }))],
      ['a negative revision', item(freshStream(), -1n, fact())],
      ['a stream without a tenant', item('test.note-x~1', 'any', fact())],
      ['a stream without an id', item(`test.note-${meta.tenant}~` as never, 'any', fact())],
      ['nesting without end', item(freshStream(), 'any', fact(JSON.parse('['.repeat(99) + ']'.repeat(99))))],
    ])('are refused with %s', async (_, broken) => {
      const before = await store.head();
      expect(errorOf(await store.append([broken]))).toBeInstanceOf(InvalidEvent);
      expect(await store.head()).toBe(before);
    });

    it('cannot hold the same id twice', async () => {
      const once = fact();
      expect(errorOf(await store.append([item(freshStream(), 'any', once, once)]))).toEqual(new DuplicateConflict(once.id));
    });
  });

  describe('repeats', () => {
    it('answer as the first time, whatever the version is now', async () => {
      const stream = freshStream();
      const events = [fact({ n: 1 }), fact({ n: 2 })];
      const [first] = await store.append([item(stream, 'none', ...events)]);
      await store.append([item(stream, 1n, fact())]);
      expect(await store.append([item(stream, 'none', ...events)])).toEqual([{ ...first, repeated: true }]);
      expect(await store.append([item(stream, 'any', ...events)])).toEqual([{ ...first, repeated: true }]);
      expect(await collect(store.readStream(stream))).toHaveLength(3);
    });

    it('do not look at the order of keys or at the metadata', async () => {
      const stream = freshStream();
      const once = fact({ a: 1, b: { c: 2, d: 3 } });
      await store.append([item(stream, 'none', once)]);
      const again = { ...once, data: { b: { d: 3, c: 2 }, a: 1 }, meta: { ...meta, occurredAt: '2026-02-02T00:00:00.000Z' } };
      expect(await store.append([item(stream, 'none', again)])).toMatchObject([{ ok: true, repeated: true }]);
    });

    it('of one id in flight at once write it once', async () => {
      const stream = freshStream();
      const once = fact({ n: 1 });
      const results = (await Promise.all(Array.from({ length: 20 }, () => store.append([item(stream, 'none', once)])))).flat();
      expect(results.filter((result) => result.ok && !result.repeated)).toHaveLength(1);
      expect(results.filter((result) => result.ok && result.repeated)).toHaveLength(19);
      expect(await collect(store.readStream(stream))).toHaveLength(1);
    });

    it('of one id to two streams at once write it once', async () => {
      const once = fact({ n: 1 });
      const results = (await Promise.all([1, 2, 3, 4].map(() => store.append([item(freshStream(), 'none', once)])))).flat();
      expect(results.filter((result) => result.ok)).toHaveLength(1);
      expect(results.flatMap((result) => (result.ok ? [] : [result.error]))).toEqual(
        Array.from({ length: 3 }, () => new DuplicateConflict(once.id)),
      );
    });
  });

  describe('subscriptions', () => {
    it('hand over history, then what comes, in order and without holes', async () => {
      const after = await store.head();
      const stream = freshStream();
      await store.append([item(stream, 'none', ...Array.from({ length: 25 }, (_, n) => fact({ n })))]);
      const batches: SubscriptionBatch[] = [];
      const subscription = store.subscribe({ after, batch: 10 }, (batch) => {
        batches.push(batch);
        return Promise.resolve();
      });
      await subscription.reached(await store.head());
      expect(batches.map((batch) => batch.events.length)).toEqual([10, 10, 5]);
      for (let n = 25; n < 30; n += 1) await store.append([item(stream, BigInt(n - 1), fact({ n }))]);
      await subscription.reached(await store.head());
      const events = batches.flatMap((batch) => batch.events);
      expect(events.map((event) => (event.data as { n: number }).n)).toEqual(Array.from({ length: 30 }, (_, n) => n));
      expect(events.map((event) => BigInt(event.position) - BigInt(after))).toEqual(Array.from({ length: 30 }, (_, n) => BigInt(n + 1)));
      await until(() => subscription.caughtUp);
      await subscription.stop();
      await subscription.ended;
    });

    it('pass over what the filter drops, and say how far they have looked', async () => {
      const after = await store.head();
      const seen: string[] = [];
      let position = after;
      const subscription = store.subscribe({ after, filter: { types: ['NoteChanged'] } }, (batch) => {
        seen.push(...batch.events.map((event) => event.id));
        position = batch.position;
        return Promise.resolve();
      });
      const wanted = fact({}, { type: 'NoteChanged' });
      await store.append([item(freshStream(), 'none', fact(), wanted, fact())]);
      await subscription.reached(await store.head());
      expect(seen).toEqual([wanted.id]);
      expect(position).toBe(await store.head());
      await subscription.stop();
    });

    it('read nothing ahead of a slow handler', async () => {
      const after = await store.head();
      const stream = freshStream();
      await store.append([item(stream, 'none', fact({ n: 0 }), fact({ n: 1 }))]);
      const gate = closedGate();
      let handed = 0;
      const subscription = store.subscribe({ after, batch: 1 }, async () => {
        handed += 1;
        await gate.opened;
      });
      await until(() => handed === 1);
      await store.append([item(stream, 1n, fact({ n: 2 }))]);
      expect(handed).toBe(1);
      expect(subscription.caughtUp).toBe(false);
      gate.open();
      await subscription.reached(await store.head());
      expect(handed).toBe(3);
      await subscription.stop();
    });

    it('end with the error of their handler', async () => {
      const after = await store.head();
      await store.append([item(freshStream(), 'none', fact())]);
      const subscription = store.subscribe({ after }, () => Promise.reject(new Error('handler failed')));
      await expect(subscription.ended).rejects.toThrow('handler failed');
      await expect(subscription.reached('999999999')).rejects.toThrow();
      await subscription.stop();
    });

    it('stop after the batch in hand, and hand over nothing more', async () => {
      const after = await store.head();
      const stream = freshStream();
      await store.append([item(stream, 'none', fact(), fact(), fact())]);
      let handed = 0;
      let finished = 0;
      const gate = closedGate();
      const subscription = store.subscribe({ after, batch: 1 }, async () => {
        handed += 1;
        await gate.opened;
        finished += 1;
      });
      await until(() => handed === 1);
      const stopped = subscription.stop();
      gate.open();
      await stopped;
      expect([handed, finished]).toEqual([1, 1]);
      await store.append([item(stream, 2n, fact())]);
      expect(handed).toBe(1);
    });
  });

  describe('permanence (D-18)', () => {
    it('refuses to truncate or delete any category that is not let go', async () => {
      const stream = freshStream('audit.entry');
      await store.append([item(stream, 'none', fact())]);
      const refusal = new Rejection('EVENT_STREAM_PERMANENT', { category: 'audit.entry', stream });
      await expect(store.truncateBefore(stream, 1n)).rejects.toEqual(refusal);
      await expect(store.tombstone(stream)).rejects.toEqual(refusal);
      expect(await collect(store.readStream(stream))).toHaveLength(1);
    });

    it('truncates a run and keeps its numbering', async () => {
      const stream = freshStream(TRUNCATABLE);
      const before = await store.head();
      await store.append([item(stream, 'none', fact(), fact(), fact())]);
      await store.truncateBefore(stream, 2n);
      await store.truncateBefore(stream, 1n);
      expect((await collect(store.readStream(stream))).map((event) => event.revision)).toEqual([2n]);
      expect((await collect(store.readAll({ after: before }))).map((event) => event.revision)).toEqual([2n]);
      expect(await store.streamMetadata(stream)).toEqual({ truncateBefore: 2n });
      await store.truncateBefore(stream, 99n);
      expect(await store.streamMetadata(stream)).toEqual({ truncateBefore: 3n });
      expect(await store.append([item(stream, 2n, fact())])).toMatchObject([{ ok: true, revision: 3n }]);
      expect(await store.streamMetadata(freshStream(TRUNCATABLE))).toEqual({});
    });

    it('lets nothing be read from or written to a deleted stream', async () => {
      const stream = freshStream(TRUNCATABLE);
      await store.append([item(stream, 'none', fact())]);
      await store.tombstone(stream);
      await store.tombstone(stream);
      await expect(collect(store.readStream(stream))).rejects.toEqual(new StreamDeleted(stream));
      expect(errorOf(await store.append([item(stream, 'any', fact())]))).toEqual(new StreamDeleted(stream));
      await expect(store.truncateBefore(stream, 1n)).rejects.toEqual(new StreamDeleted(stream));
      expect(await store.streamMetadata(stream)).toEqual({ tombstoned: true });
    });

    it('keeps the head after the last event is gone', async () => {
      const stream = freshStream(TRUNCATABLE);
      await store.append([item(stream, 'none', fact())]);
      const head = await store.head();
      await store.tombstone(stream);
      expect(await store.head()).toBe(head);
      expect(await store.append([item(freshStream(), 'none', fact())])).toMatchObject([{ position: String(BigInt(head) + 1n) }]);
    });
  });
});

function okOf([result]: readonly AppendResult[]): boolean {
  return result?.ok === true;
}

function errorOf([result]: readonly AppendResult[]): Error | null {
  return result?.ok === false ? result.error : null;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}

function closedGate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}
