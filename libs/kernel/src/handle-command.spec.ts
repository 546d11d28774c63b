import { describe, expect, it } from '@jest/globals';
import {
  categoryOf,
  derivedId,
  DuplicateConflict,
  handleCommand,
  idOf,
  rejected,
  streamId,
  tenantOf,
  Unavailable,
  WrongExpectedVersion,
  type AppendItem,
  type CommandMetadata,
  type CommandOutcome,
  type Decider,
  type EventStore,
  type KnownStream,
  type ReadStreamOptions,
  type RecordedEvent,
  type StreamMemory,
} from '@kari/kernel';
import { lentStore, MemoryEventStore } from '@kari/kernel/testing';

type Fill = { type: 'Fill' | 'Pour'; data: { spoons: readonly number[] } };
type Filled = { type: 'Filled'; data: { spoons: number }; version?: number };

/** Holds ten spoons; a spoon of more than four is written in the second version of the fact. */
const jar: Decider<Fill, Filled, number> = {
  initialState: 0,
  decide({ data }, spoons) {
    if (spoons + data.spoons.reduce((sum, spoon) => sum + spoon, 0) > 10) throw rejected('REQUEST_LIMIT', { spoons });
    return data.spoons.map((spoon) => ({ type: 'Filled', data: { spoons: spoon }, ...(spoon > 4 ? { version: 2 } : {}) }));
  },
  evolve: (spoons, event) => spoons + event.data.spoons,
};

const TENANT = '0190a000-0000-7000-8000-000000000001';
const honey = streamId('data.jar', TENANT, 'honey');
const salt = streamId('data.jar', TENANT, 'salt');
const of = (name: string, over: Partial<CommandMetadata> = {}): CommandMetadata => ({
  commandId: derivedId(name),
  tenant: TENANT,
  actor: 'ada',
  actorKind: 'user',
  correlationId: 'c-1',
  now: '2026-01-01T00:00:00.000Z',
  ...over,
});
const spoons = (...data: readonly number[]): Fill => ({ type: 'Fill', data: { spoons: data } });
const fill = (store: EventStore, wish: Fill, metadata: CommandMetadata, memory?: StreamMemory): Promise<CommandOutcome<number>> =>
  handleCommand(store, jar, honey, wish, metadata, memory);

async function log(store: EventStore): Promise<readonly RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const event of store.readAll()) events.push(event);
  return events;
}
const spoonsIn = async (store: EventStore): Promise<readonly unknown[]> =>
  (await log(store)).map(({ stream, data }) => `${idOf(stream)} ${(data as Filled['data']).spoons}`);

/** The store as it is when others come first: `before` runs ahead of each append, which is kept for the spec to see. */
function crowded(store: EventStore, before: (attempt: number) => Promise<unknown>): { store: EventStore; appended: AppendItem[] } {
  const appended: AppendItem[] = [];
  const lent = lentStore(store);
  lent.append = async (items) => {
    appended.push(...items);
    await before(appended.length);
    return store.append(items);
  };
  return { store: lent, appended };
}
const nobody = (): Promise<void> => Promise.resolve();
const expectedOf = (appended: readonly AppendItem[]): readonly unknown[] => appended.map(({ expected }) => expected);

it('takes a stream name apart', () => {
  const stream = streamId('tenancy.api-token', '_', 'a-b~c');
  expect([categoryOf(stream), tenantOf(stream), idOf(stream)]).toEqual(['tenancy.api-token', '_', 'a-b~c']);
});

describe('a command', () => {
  it('becomes facts that carry who, where and why, under ids that follow from its own', async () => {
    const store = new MemoryEventStore();
    expect(await fill(store, spoons(3, 5), of('one'))).toEqual({ state: 8, revision: 1n, position: '2', changed: true });
    const meta = {
      tenant: TENANT,
      actor: 'ada',
      actorKind: 'user',
      commandId: derivedId('one'),
      commandType: 'Fill',
      correlationId: 'c-1',
      occurredAt: '2026-01-01T00:00:00.000Z',
    };
    expect((await log(store)).map(({ position: _position, recordedAt: _recordedAt, ...event }) => event)).toEqual([
      { id: derivedId(derivedId('one'), 0), stream: honey, revision: 0n, type: 'Filled', version: 1, data: { spoons: 3 }, meta },
      { id: derivedId(derivedId('one'), 1), stream: honey, revision: 1n, type: 'Filled', version: 2, data: { spoons: 5 }, meta },
    ]);
  });

  it('hands on its cause and its trace where it has them', async () => {
    const { store, appended } = crowded(new MemoryEventStore(), nobody);
    await fill(store, spoons(1), of('traced', { causationId: 'e-1', traceparent: '00-a-b-01' }));
    await fill(store, spoons(1), of('plain'));
    const causes = appended.map(({ events: [event] }) => Object.entries(event?.meta ?? {}).filter(([key]) => /^caus|^trace/.test(key)));
    expect(causes).toEqual([
      [
        ['causationId', 'e-1'],
        ['traceparent', '00-a-b-01'],
      ],
      [],
    ]);
  });

  it('is appended at the revision that was read: none, then the last', async () => {
    const { store, appended } = crowded(new MemoryEventStore(), nobody);
    await fill(store, spoons(1, 1), of('one'));
    await fill(store, spoons(1), of('two'));
    await fill(store, spoons(1), of('three'));
    expect(expectedOf(appended)).toEqual(['none', 1n, 2n]);
  });

  it('that changes nothing writes nothing, and answers where the stream stands', async () => {
    const store = new MemoryEventStore();
    expect(await fill(store, spoons(), of('idle'))).toEqual({ state: 0, revision: -1n, position: null, changed: false });
    await fill(store, spoons(2), of('one'));
    expect(await fill(store, spoons(), of('idle'))).toEqual({ state: 2, revision: 0n, position: null, changed: false });
    expect(await spoonsIn(store)).toEqual(['honey 2']);
  });

  it('that is refused writes nothing', async () => {
    const store = new MemoryEventStore();
    await fill(store, spoons(9), of('one'));
    await expect(fill(store, spoons(2), of('two'))).rejects.toMatchObject({ code: 'REQUEST_LIMIT', facts: { spoons: 9 } });
    expect(await spoonsIn(store)).toEqual(['honey 9']);
  });
});

describe('a command that comes again', () => {
  it('is answered with the stream as it is now and the place of its own last fact, and decided no more', async () => {
    const store = new MemoryEventStore();
    await fill(store, spoons(1, 2), of('one'));
    await fill(store, spoons(6), of('two'));
    // Decided again, nine and three would be refused.
    expect(await fill(store, spoons(1, 2), of('one'))).toEqual({ state: 9, revision: 2n, position: '2', changed: true });
    expect(await spoonsIn(store)).toEqual(['honey 1', 'honey 2', 'honey 6']);
  });

  it('under the id of another wish is a conflict', async () => {
    const store = new MemoryEventStore();
    await fill(store, spoons(1), of('one'));
    await expect(fill(store, { type: 'Pour', data: { spoons: [1] } }, of('one'))).rejects.toEqual(
      new DuplicateConflict(derivedId(derivedId('one'), 0)),
    );
    expect(await spoonsIn(store)).toEqual(['honey 1']);
  });

  it('while it is being handled is answered with what the quicker one did', async () => {
    const real = new MemoryEventStore();
    const { store, appended } = crowded(real, async (attempt) => {
      if (attempt > 1) return;
      await fill(real, spoons(1), of('rival'));
      await fill(real, spoons(2), of('one'));
    });
    expect(await fill(store, spoons(2), of('one'))).toEqual({ state: 3, revision: 1n, position: '2', changed: true });
    expect([await spoonsIn(real), appended.length]).toEqual([['honey 1', 'honey 2'], 1]);
  });

  it('in another stream stays a conflict, after one more look', async () => {
    const real = new MemoryEventStore();
    await handleCommand(real, jar, salt, spoons(2), of('one'));
    const { store, appended } = crowded(real, nobody);
    await expect(fill(store, spoons(2), of('one'))).rejects.toEqual(new DuplicateConflict(derivedId(derivedId('one'), 0)));
    expect([await spoonsIn(real), appended.length]).toEqual([['salt 2'], 2]);
  });
});

describe('a stream that others write to', () => {
  const rivals = (real: EventStore, most: number) =>
    crowded(real, (attempt) => (attempt > most ? Promise.resolve() : fill(real, spoons(1), of(`rival ${attempt}`))));

  it('is read and decided upon again, four times in all', async () => {
    const real = new MemoryEventStore();
    const { store, appended } = rivals(real, 3);
    expect(await fill(store, spoons(5), of('one'))).toEqual({ state: 8, revision: 3n, position: '4', changed: true });
    expect(expectedOf(appended)).toEqual(['none', 0n, 1n, 2n]);
  });

  it('is given up when it never rests', async () => {
    const real = new MemoryEventStore();
    const { store, appended } = rivals(real, 9);
    await expect(fill(store, spoons(5), of('one'))).rejects.toEqual(new WrongExpectedVersion(honey, 3n));
    expect([await spoonsIn(real), appended.length]).toEqual([['honey 1', 'honey 1', 'honey 1', 'honey 1'], 4]);
  });

  it('may have come to where the wish is refused', async () => {
    const real = new MemoryEventStore();
    const { store, appended } = crowded(real, () => fill(real, spoons(6), of('rival')));
    await expect(fill(store, spoons(5), of('one'))).rejects.toMatchObject({ code: 'REQUEST_LIMIT' });
    expect([await spoonsIn(real), appended.length]).toEqual([['honey 6'], 1]);
  });
});

describe('a store that fails', () => {
  const answering = (answer: EventStore['append']) => {
    let asked = 0;
    const lent = lentStore(new MemoryEventStore());
    lent.append = (items) => {
      asked += 1;
      return answer(items);
    };
    return { store: lent, asked: () => asked };
  };

  it('is asked once, and its failure rises as it is', async () => {
    const failure = new Unavailable('the store is away', true);
    for (const answer of [() => Promise.resolve([{ ok: false, error: failure } as const]), () => Promise.reject(failure)]) {
      const { store, asked } = answering(answer);
      await expect(fill(store, spoons(1), of('one'))).rejects.toBe(failure);
      expect(asked()).toBe(1);
    }
  });

  it('is believed nothing that it did not say', async () => {
    const { store, asked } = answering(() => Promise.resolve([]));
    await expect(fill(store, spoons(1), of('one'))).rejects.toEqual(new Error('the store answered nothing'));
    expect(asked()).toBe(1);
  });
});

describe('a command that begins its stream', () => {
  function counted(real: EventStore) {
    const lent = lentStore(real);
    const seen = { reads: 0, expected: [] as unknown[] };
    lent.readStream = (stream, options) => {
      seen.reads += 1;
      return real.readStream(stream, options);
    };
    lent.append = (items) => {
      seen.expected.push(...items.map(({ expected }) => expected));
      return real.append(items);
    };
    return { store: lent, seen };
  }
  const begin = (store: EventStore, wish: Fill, metadata: CommandMetadata): Promise<CommandOutcome<number>> =>
    handleCommand(store, jar, honey, wish, metadata, undefined, true);

  it('is written before anything is read', async () => {
    const { store, seen } = counted(new MemoryEventStore());
    expect(await begin(store, spoons(3, 5), of('one'))).toEqual({ state: 8, revision: 1n, position: '2', changed: true });
    expect(seen).toEqual({ reads: 0, expected: ['none'] });
  });

  it('is decided upon what is there, where something is', async () => {
    const { store, seen } = counted(new MemoryEventStore());
    await begin(store, spoons(4), of('one'));
    expect(await begin(store, spoons(2), of('two'))).toEqual({ state: 6, revision: 1n, position: '2', changed: true });
    expect(seen).toEqual({ reads: 1, expected: ['none', 'none', 0n] });
    await expect(begin(store, spoons(5), of('three'))).rejects.toMatchObject({ code: 'REQUEST_LIMIT', facts: { spoons: 6 } });
    await expect(begin(store, spoons(11), of('four'))).rejects.toMatchObject({ code: 'REQUEST_LIMIT', facts: { spoons: 6 } });
    expect(await spoonsIn(store)).toEqual(['honey 4', 'honey 2']);
  });

  it('that comes again is answered with the stream as it is now', async () => {
    const { store } = counted(new MemoryEventStore());
    await begin(store, spoons(1), of('one'));
    await fill(store, spoons(6), of('two'));
    expect(await begin(store, spoons(1), of('one'))).toEqual({ state: 7, revision: 1n, position: '1', changed: true });
    await expect(begin(store, { type: 'Pour', data: { spoons: [1] } }, of('one'))).rejects.toBeInstanceOf(DuplicateConflict);
    expect(await spoonsIn(store)).toEqual(['honey 1', 'honey 6']);
  });

  it('rises with what the store could not do', async () => {
    const failure = new Unavailable('the store is away', true);
    for (const answer of [() => Promise.resolve([{ ok: false, error: failure } as const]), () => Promise.reject(failure)]) {
      const { store, seen } = counted(new MemoryEventStore());
      store.append = answer;
      await expect(begin(store, spoons(1), of('one'))).rejects.toBe(failure);
      expect(seen.reads).toBe(0);
    }
  });
});

describe('what is remembered of a stream', () => {
  function remembering(store: EventStore) {
    const kept: KnownStream[] = [];
    const reads: (ReadStreamOptions | undefined)[] = [];
    const lent = lentStore(store);
    lent.readStream = (stream, options) => {
      reads.push(options);
      return store.readStream(stream, options);
    };
    const memory: StreamMemory = { recall: () => kept.at(-1), remember: (_stream, known) => void kept.push(known) };
    return { store: lent, memory, kept, reads };
  }
  const idsIn = (known: KnownStream): readonly string[] => [...known.handled.keys()];

  it('is not read again, and grows only by what is new', async () => {
    const { store, memory, kept, reads } = remembering(new MemoryEventStore());
    await fill(store, spoons(1, 2), of('one'), memory);
    await fill(store, spoons(3), of('two'), memory);
    await fill(store, spoons(), of('idle'), memory);
    await fill(store, spoons(), of('idle'), memory);
    expect(reads).toEqual([{ from: 0n }, { from: 0n }, { from: 2n }, { from: 3n }]);
    expect(kept.map(({ state, revision }) => [state, revision])).toEqual([
      [3, 1n],
      [6, 2n],
    ]);
    expect(kept.map(idsIn)).toEqual([[derivedId('one')], [derivedId('one'), derivedId('two')]]);
  });

  it('answers a command that comes again', async () => {
    const { store, memory, kept } = remembering(new MemoryEventStore());
    await fill(store, spoons(1), of('one'), memory);
    await fill(store, spoons(), of('idle'), memory);
    expect(await fill(store, spoons(1), of('one'), memory)).toEqual({ state: 1, revision: 0n, position: '1', changed: true });
    expect(kept).toHaveLength(1);
  });

  it('is nothing unless somebody remembers', async () => {
    const { store, reads } = remembering(new MemoryEventStore());
    await fill(store, spoons(1), of('one'));
    await fill(store, spoons(1), of('two'));
    expect(reads).toEqual([{ from: 0n }, { from: 0n }]);
  });
});
