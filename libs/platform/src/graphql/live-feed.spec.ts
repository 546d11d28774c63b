import { describe, expect, it } from '@jest/globals';
import { streamId, type EventStore, type RecordedEvent } from '@kari/kernel';
import { MemoryEventStore } from '@kari/kernel/testing';
import type { Logger } from '@kari/platform/telemetry';
import { systemIds, systemTimers } from '@kari/platform/time';
import fc from 'fast-check';
import { StoreLiveFeed } from './live-feed.js';
import type { LiveFeedRequest } from './live-feed.port.js';

const A = '00000000-0000-7000-8000-00000000000a';
const B = '00000000-0000-7000-8000-00000000000b';
const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
};

async function bench(store: EventStore = new MemoryEventStore()) {
  const feed = new StoreLiveFeed(store, systemTimers, silent);
  await feed.onApplicationBootstrap();
  let written = 0;
  const append = async (tenant: string, type = 'Ticked', category = 'test.thing'): Promise<string> => {
    written += 1;
    const meta = {
      tenant,
      actor: 'a',
      actorKind: 'user',
      commandId: 'c',
      commandType: 'T',
      correlationId: 'r',
      occurredAt: '2026-01-01T00:00:00.000Z',
    } as const;
    const [result] = await store.append([
      {
        stream: streamId(category, tenant, String(written)),
        expected: 'none',
        events: [{ id: systemIds.next(), type, version: 1, data: { n: written }, meta }],
      },
    ]);
    if (result?.ok !== true) throw new Error('not appended');
    return result.position;
  };
  return { feed, append, store };
}

async function take(watched: AsyncIterable<RecordedEvent>, count: number): Promise<string[]> {
  const positions: string[] = [];
  const iterator = watched[Symbol.asyncIterator]();
  while (positions.length < count) {
    const { done, value } = await iterator.next();
    if (done === true) break;
    positions.push(value.position);
  }
  await iterator.return?.();
  return positions;
}

describe('the live feed', () => {
  it('delivers what happens from now on, to whom it concerns', async () => {
    const { feed, append } = await bench();
    await append(A);
    const watch = (request: LiveFeedRequest) => feed.watch(request);
    const all = watch({ tenant: A });
    const other = watch({ tenant: B });
    const typed = watch({ tenant: A, types: ['Tocked'] });
    const categorised = watch({ tenant: A, categories: ['test.other'] });
    const first = all[Symbol.asyncIterator]().next();
    const positions = [await append(A), await append(B), await append(A, 'Tocked'), await append(A, 'Ticked', 'test.other')];
    expect((await first).value).toMatchObject({ position: positions[0] });
    expect(await take(all, 2)).toEqual([positions[2], positions[3]]);
    expect(await take(other, 1)).toEqual([positions[1]]);
    expect(await take(typed, 1)).toEqual([positions[2]]);
    expect(await take(categorised, 1)).toEqual([positions[3]]);
    await feed.onModuleDestroy();
  });

  it('resumes behind any position without loss or repetition, while more is written', async () => {
    const { feed, append } = await bench();
    const positions: string[] = [];
    for (let index = 0; index < 450; index += 1) positions.push(await append(index % 3 === 0 ? A : B));
    const mine = () => positions.filter((_, index) => index % 3 === 0);
    const watched = feed.watch({ tenant: A, after: '0' });
    const taking = take(watched, 250);
    for (let index = 450; index < 750; index += 1) positions.push(await append(index % 3 === 0 ? A : B));
    expect(await taking).toEqual(mine());
    expect(await take(feed.watch({ tenant: A, after: mine()[100] ?? '' }), 149)).toEqual(mine().slice(101));
    await feed.onModuleDestroy();
  });

  it('a reader that falls behind its queue loses nothing, and holds no more than its bound meanwhile', async () => {
    const { feed, append } = await bench();
    const watched = feed.watch({ tenant: A });
    const iterator = watched[Symbol.asyncIterator]();
    const positions = [await append(A)];
    expect((await iterator.next()).value).toMatchObject({ position: positions[0] });
    for (let index = 0; index < 1_000; index += 1) positions.push(await append(A));
    const held = () => (watched as unknown as { queue: unknown[] }).queue.length;
    expect(held()).toBeLessThanOrEqual(256);
    expect(await take(watched, 1_000)).toEqual(positions.slice(1));
    await feed.onModuleDestroy();
  });

  it('whatever the order of writing, reading and pausing, each reader sees exactly its own events in order (50 random runs)', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.oneof(
            { weight: 8, arbitrary: fc.constantFrom('writeA', 'writeB', 'readA', 'readB') },
            { weight: 1, arbitrary: fc.constant('burst') },
          ),
          { minLength: 1, maxLength: 25 },
        ),
        fc.boolean(),
        async (steps, resume) => {
          const { feed, append } = await bench();
          const written: Record<string, string[]> = { [A]: [], [B]: [] };
          const read: Record<string, string[]> = { [A]: [], [B]: [] };
          const write = async (tenant: string) => written[tenant]?.push(await append(tenant));
          if (resume) await write(A);
          const iterators = Object.fromEntries(
            [A, B].map((tenant) => [tenant, feed.watch({ tenant, ...(resume ? { after: '0' } : {}) })[Symbol.asyncIterator]()]),
          );
          const readOne = async (tenant: string) => {
            const { value } = (await iterators[tenant]?.next()) as IteratorResult<RecordedEvent>;
            read[tenant]?.push((value as RecordedEvent).position);
          };
          for (const step of steps) {
            if (step === 'writeA') await write(A);
            else if (step === 'writeB') await write(B);
            else if (step === 'burst') for (let index = 0; index < 260; index += 1) await write(A);
            else {
              const tenant = step === 'readA' ? A : B;
              if ((read[tenant]?.length ?? 0) < (written[tenant]?.length ?? 0)) await readOne(tenant);
            }
          }
          for (const tenant of [A, B]) while ((read[tenant]?.length ?? 0) < (written[tenant]?.length ?? 0)) await readOne(tenant);
          expect(read).toEqual(written);
          await feed.onModuleDestroy();
        },
      ),
      { numRuns: 50 },
    );
  });

  it('ends when its reader leaves, is told to, or the process stops, and forgets the reader', async () => {
    const { feed } = await bench();
    const ending = new AbortController();
    const open = (signal?: AbortSignal) => feed.watch({ tenant: A, ...(signal === undefined ? {} : { signal }) })[Symbol.asyncIterator]();
    const left = open();
    const waiting = Promise.all([left.next(), open(ending.signal).next(), open().next()]);
    await left.return?.();
    ending.abort();
    expect(feed.size).toBe(1);
    await feed.onModuleDestroy();
    expect(await waiting).toEqual([1, 2, 3].map(() => ({ done: true, value: undefined })));
    expect(feed.size).toBe(0);
  });

  it('follows the log again when the store lost it', async () => {
    const store = new MemoryEventStore();
    let broken = 0;
    const subscribe = store.subscribe.bind(store);
    store.subscribe = (options, onBatch) =>
      subscribe(options, async (batch) => {
        broken += 1;
        if (broken === 1) throw new Error('connection lost');
        await onBatch(batch);
      });
    const { feed, append } = await bench(store);
    const watched = feed.watch({ tenant: A });
    const first = watched[Symbol.asyncIterator]().next();
    const position = await append(A);
    expect((await first).value).toMatchObject({ position });
    await feed.onModuleDestroy();
  });

  it.each(['', 'x', '-1', '1.5', '0x10', `${'9'.repeat(20)}`, '1 or 1=1'])('refuses "%s" as a position', (after) => {
    const feed = new StoreLiveFeed(new MemoryEventStore(), systemTimers, silent);
    expect(() => feed.watch({ tenant: A, after })).toThrow('REQUEST_INVALID');
  });
});
