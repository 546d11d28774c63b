import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  derivedId,
  handleCommand,
  streamId,
  type CommandMetadata,
  type Decider,
  type EventStore,
  type ReadStreamOptions,
} from '@kari/kernel';
import { lentStore, MemoryEventStore } from '@kari/kernel/testing';
import { RecentStreams } from './recent-streams.js';

type Add = { type: 'Add' | 'Take'; data: { amount: number } };
type Added = { type: 'Added'; data: { amount: number } };

const sum: Decider<Add, Added, readonly number[]> = {
  initialState: [],
  decide: ({ type, data }) => (data.amount === 0 ? [] : [{ type: 'Added', data: { amount: type === 'Add' ? data.amount : -data.amount } }]),
  evolve: (all, event) => [...all, event.data.amount],
};

const streams = ['a', 'b', 'c'].map((id) => streamId('test.sum', '_', id));

function metadata(commandId: string): CommandMetadata {
  return { commandId, tenant: '_', actor: 'a', actorKind: 'system', correlationId: 'c', now: '2026-01-01T00:00:00.000Z' };
}

describe('a bus that remembers streams', () => {
  it('answers exactly like one that does not, whatever others write meanwhile', async () => {
    const steps = fc.array(
      fc.record({
        stream: fc.nat(2),
        process: fc.nat(2),
        command: fc.nat(8),
        type: fc.constantFrom('Add' as const, 'Take' as const),
        amount: fc.nat(2),
      }),
      { maxLength: 40 },
    );
    await fc.assert(
      fc.asyncProperty(steps, async (taken) => {
        const [plain, remembered] = [new MemoryEventStore(), new MemoryEventStore()];
        // Two processes with a memory of their own, one without, over one log.
        const memories = [new RecentStreams(2), new RecentStreams(1), undefined];
        const answer = (store: EventStore, { stream, command, type, amount }: (typeof taken)[number], memory?: RecentStreams) =>
          handleCommand(
            store,
            sum,
            streams[stream] ?? streamId('test.sum', '_', 'a'),
            { type, data: { amount } },
            metadata(derivedId(command)),
            memory,
          ).catch((error: Error) => error.name);
        for (const step of taken) {
          expect(await answer(remembered, step, memories[step.process])).toEqual(await answer(plain, step));
        }
      }),
      { numRuns: 150 },
    );
  });

  it('reads only what came after', async () => {
    const memory = new MemoryEventStore();
    const store = lentStore(memory);
    const reads: (bigint | undefined)[] = [];
    store.readStream = (stream, options?: ReadStreamOptions) => {
      reads.push(options?.from);
      return memory.readStream(stream, options);
    };
    const recent = new RecentStreams();
    for (let index = 0; index < 3; index += 1) {
      await handleCommand(
        store,
        sum,
        streamId('test.sum', '_', 'a'),
        { type: 'Add', data: { amount: 1 } },
        metadata(derivedId(index)),
        recent,
      );
    }
    expect(reads).toEqual([0n, 0n, 1n]);
  });
});
