import { expect, it } from '@jest/globals';
import { derivedId, streamId, type EventStore, type ReadStreamOptions, type StreamId } from '@kari/kernel';
import { lentStore, MemoryEventStore } from '@kari/kernel/testing';
import { StreamFolds } from './index.js';

const counter = { initialState: 0, evolve: (count: number) => count + 1 };

async function write(store: EventStore, stream: StreamId, revision: number): Promise<void> {
  const meta = {
    tenant: '_',
    actor: 'a',
    actorKind: 'system',
    commandId: 'c',
    commandType: 'C',
    correlationId: 'c',
    occurredAt: '2026-01-01T00:00:00.000Z',
  } as const;
  const event = { id: derivedId(stream, revision), type: 'Counted', version: 1, data: {}, meta };
  const [result] = await store.append([{ stream, expected: revision === 0 ? 'none' : BigInt(revision - 1), events: [event] }]);
  expect(result?.ok).toBe(true);
}

function bench(most?: number) {
  const memory = new MemoryEventStore();
  const reads: (bigint | undefined)[] = [];
  const store = lentStore(memory);
  store.readStream = (id: StreamId, options?: ReadStreamOptions) => {
    reads.push(options?.from);
    return memory.readStream(id, options);
  };
  return { memory, reads, folds: new StreamFolds(store, counter, most) };
}

const A = streamId('test.counter', '_', 'a');
const B = streamId('test.counter', '_', 'b');

it('sees every event written before the question, and reads only what is new', async () => {
  const { memory, reads, folds } = bench();
  expect(await folds.read(A)).toEqual({ state: 0, revision: -1n });
  await write(memory, A, 0);
  await write(memory, A, 1);
  expect(await folds.read(A)).toEqual({ state: 2, revision: 1n });
  await write(memory, A, 2);
  expect(await folds.read(A)).toEqual({ state: 3, revision: 2n });
  expect(reads).toEqual([0n, 0n, 2n]);
});

it('keeps the newest fold when reads overlap', async () => {
  const { memory, folds } = bench();
  await write(memory, A, 0);
  const early = folds.read(A);
  await write(memory, A, 1);
  await Promise.all([early, folds.read(A), folds.read(A)]);
  expect(await folds.read(A)).toEqual({ state: 2, revision: 1n });
});

it('forgets the stream used longest ago once it holds too many, and keeps nothing of streams that never were', async () => {
  const { memory, reads, folds } = bench(1);
  await write(memory, A, 0);
  await write(memory, B, 0);
  await folds.read(streamId('test.counter', '_', 'none'));
  await folds.read(A);
  await folds.read(B);
  await folds.read(A);
  expect(reads).toEqual([0n, 0n, 0n, 0n]);
  await folds.read(A);
  expect(reads.at(-1)).toBe(1n);
});
