// What the in-process bus promises, over memory and over PostgreSQL: order per key, at least once, poison parks its key alone.
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { START, Unavailable, type AppendItem, type EventStore, type StreamId } from '@kari/kernel';
import { MemoryEventStore, seededRandom, seededScheduler } from '@kari/kernel/testing';
import { memoryBlobs } from '@kari/platform/blob';
import {
  busMigrations,
  InProcessBus,
  memoryConsumerStates,
  postgresConsumerStates,
  type BusConsumer,
  type BusMessage,
  type ConsumerStates,
} from '@kari/platform/bus';
import { testDatabase } from '@kari/platform/database/testing';
import { eventStoreMigrations, PostgresEventStore } from '@kari/platform/event-store';
import { systemClock, systemIds, systemTimers } from '@kari/platform/time';
import { fact, freshStream, item, meta } from './event-store/facts.js';

interface Ground {
  readonly store: EventStore;
  readonly states: ConsumerStates;
  close(): Promise<void>;
}

const grounds: Readonly<Record<string, () => Promise<Ground>>> = {
  memory: () =>
    Promise.resolve({
      store: new MemoryEventStore({ clock: systemClock }),
      states: memoryConsumerStates(),
      close: () => Promise.resolve(),
    }),
  PostgreSQL: async () => {
    const database = await testDatabase({ migrations: [eventStoreMigrations, busMigrations] });
    const store = new PostgresEventStore({ pool: database.system.pool, blobs: memoryBlobs(), timers: systemTimers });
    return {
      store,
      states: postgresConsumerStates(database.system),
      close: async () => {
        await store.close();
        await database.drop();
      },
    };
  },
};

describe.each(Object.keys(grounds))('bus: %s', (name) => {
  let ground: Ground;
  const buses: InProcessBus[] = [];
  beforeAll(async () => {
    ground = await (grounds[name] as () => Promise<Ground>)();
  });
  afterEach(() => Promise.all(buses.splice(0).map((bus) => bus.close())));
  afterAll(() => ground.close());

  const newBus = (): InProcessBus => {
    const bus = new InProcessBus({ ...ground, timers: systemTimers });
    buses.push(bus);
    return bus;
  };
  const consumer = (overrides: Partial<BusConsumer> & Pick<BusConsumer, 'handle'>): BusConsumer => ({
    group: `test.${systemIds.next()}`,
    topics: ['kari.test.v1'],
    from: 'now',
    tries: 3,
    ...overrides,
  });
  const numbered = (stream: StreamId, from: number, count: number): AppendItem =>
    item(stream, from === 0 ? 'none' : BigInt(from - 1), ...Array.from({ length: count }, (_, n) => fact({ n: from + n })));
  const numberOf = (message: BusMessage): number => (message.event.data as { n: number }).n;
  const handled = async (): Promise<string> => ground.store.head();

  it('delivers CloudEvents of the topics asked for, and no others', async () => {
    const seen: BusMessage[] = [];
    const bus = newBus();
    const subscription = bus.subscribe(consumer({ from: 'now', handle: (message) => Promise.resolve(void seen.push(message)) }));
    await subscription.reached(await handled());
    const stream = freshStream('test.note');
    const wanted = fact({ n: 1 });
    await ground.store.append([item(freshStream('other.note'), 'none', fact()), item(stream, 'none', wanted)]);
    await subscription.reached(await handled());
    expect(seen).toEqual([
      {
        topic: 'kari.test.v1',
        key: stream,
        attempt: 1,
        event: {
          specversion: '1.0',
          id: wanted.id,
          source: `/kari/${meta.tenant}/test.note`,
          type: 'NoteTaken',
          subject: stream,
          time: meta.occurredAt,
          datacontenttype: 'application/json',
          data: { n: 1 },
          partitionkey: stream,
          tenant: meta.tenant,
          position: await handled(),
          revision: '0',
          schemaversion: '1',
          actor: meta.actor,
          actorkind: 'user',
          correlationid: meta.correlationId,
        },
      },
    ]);
    expect(Object.keys(seen[0]?.event ?? {}).every((attribute) => /^[a-z0-9]{1,20}$/.test(attribute))).toBe(true);
  });

  it('has begun once it says how far it came, however late it finds its place', async () => {
    let open = (): void => undefined;
    const opened = new Promise<void>((resolve) => (open = resolve));
    const states: ConsumerStates = { ...ground.states, place: (group) => opened.then(() => ground.states.place(group)) };
    const bus = new InProcessBus({ ...ground, states, timers: systemTimers });
    buses.push(bus);
    const seen: number[] = [];
    const subscription = bus.subscribe(consumer({ handle: (message) => Promise.resolve(void seen.push(numberOf(message))) }));
    let begun = false;
    const reached = subscription.reached(START).then(() => (begun = true));
    await new Promise(setImmediate);
    expect(begun).toBe(false);
    open();
    await reached;
    await ground.store.append([numbered(freshStream('test.note'), 0, 1)]);
    await subscription.reached(await handled());
    expect(seen).toEqual([0]);
  });

  it('keeps the order of each key, and goes on where it stopped', async () => {
    const streams = [freshStream(), freshStream(), freshStream()];
    const seen = new Map<string, number[]>();
    const group = `test.${systemIds.next()}`;
    const handle = async (message: BusMessage): Promise<void> => {
      if (numberOf(message) % 3 === 0) await systemTimers.sleep(1);
      seen.set(message.key, [...(seen.get(message.key) ?? []), numberOf(message)]);
    };
    const bus = newBus();
    const first = bus.subscribe(consumer({ group, handle }));
    await first.reached(await handled());
    await ground.store.append(streams.map((stream) => numbered(stream, 0, 20)));
    await first.reached(await handled());
    await first.stop();
    await ground.store.append(streams.map((stream) => numbered(stream, 20, 5)));
    const second = newBus().subscribe(consumer({ group, handle }));
    await second.reached(await handled());
    for (const stream of streams) expect(seen.get(stream)).toEqual(Array.from({ length: 25 }, (_, n) => n));
  });

  it('delivers again what was in hand when the process died', async () => {
    const stream = freshStream();
    const group = `test.${systemIds.next()}`;
    const started = newBus().subscribe(consumer({ group, handle: () => Promise.resolve() }));
    await started.reached(await handled());
    await started.stop();
    await ground.store.append([numbered(stream, 0, 5)]);
    const before: number[] = [];
    const dying = newBus().subscribe(
      consumer({
        group,
        handle: (message) => {
          before.push(numberOf(message));
          return numberOf(message) === 2 ? new Promise(() => undefined) : Promise.resolve();
        },
      }),
    );
    while (before.length < 3) await systemTimers.sleep(1);
    // Never stopped: like a process that was killed. What it had not finished must come again.
    void dying;
    buses.length = 0;
    const after: number[] = [];
    const next = newBus().subscribe(consumer({ group, handle: (message) => Promise.resolve(void after.push(numberOf(message))) }));
    await next.reached(await handled());
    expect(before).toEqual([0, 1, 2]);
    expect(after.slice(-3)).toEqual([2, 3, 4]);
  });

  it('(D-14) parks the key of a poison message after its tries; other keys go on, and a redrive resumes in order', async () => {
    const [sick, well] = [freshStream(), freshStream()];
    const group = `test.${systemIds.next()}`;
    const seen: string[] = [];
    let cured = false;
    const handle = (message: BusMessage): Promise<void> => {
      seen.push(`${message.key === sick ? 'sick' : 'well'} ${numberOf(message)} #${message.attempt}`);
      return message.key === sick && numberOf(message) === 1 && !cured ? Promise.reject(new Error('cannot digest')) : Promise.resolve();
    };
    const bus = newBus();
    const first = bus.subscribe(consumer({ group, handle }));
    await first.reached(await handled());
    await ground.store.append([numbered(sick, 0, 4), numbered(well, 0, 4)]);
    await first.reached(await handled());
    expect(seen.filter((line) => line.startsWith('sick'))).toEqual(['sick 0 #1', 'sick 1 #1', 'sick 1 #2', 'sick 1 #3']);
    expect(seen.filter((line) => line.startsWith('well'))).toEqual(['well 0 #1', 'well 1 #1', 'well 2 #1', 'well 3 #1']);
    expect(await bus.parked(group)).toEqual([
      { group, key: sick, position: expect.any(String), eventId: expect.any(String), attempts: 3, reason: 'cannot digest', waiting: 3 },
    ]);
    expect(await bus.redrive(group, well)).toBe(false);

    // Still poison: it stays parked, with its tries counted on. A restart changes nothing.
    seen.length = 0;
    expect(await bus.redrive(group, sick)).toBe(true);
    expect(seen).toEqual(['sick 1 #4', 'sick 1 #5', 'sick 1 #6']);
    await first.stop();
    await ground.store.append([numbered(sick, 4, 2)]);
    const again = newBus();
    const second = again.subscribe(consumer({ group, handle }));
    await second.reached(await handled());
    expect(await again.parked(group)).toMatchObject([{ attempts: 6, waiting: 5 }]);

    seen.length = 0;
    cured = true;
    expect(await again.redrive(group, sick)).toBe(true);
    await ground.store.append([numbered(sick, 6, 1)]);
    await second.reached(await handled());
    expect(seen).toEqual(['sick 1 #7', 'sick 2 #1', 'sick 3 #1', 'sick 4 #1', 'sick 5 #1', 'sick 6 #1']);
    expect(await again.parked(group)).toEqual([]);
  });

  it('never parks because the way is broken', async () => {
    const stream = freshStream();
    let tries = 0;
    const bus = newBus();
    const asked = consumer({
      tries: 2,
      handle: () => {
        tries += 1;
        return tries < 6 ? Promise.reject(new Unavailable('the receiver is away', true)) : Promise.resolve();
      },
    });
    const subscription = bus.subscribe(asked);
    await subscription.reached(await handled());
    await ground.store.append([numbered(stream, 0, 1)]);
    await subscription.reached(await handled());
    expect(tries).toBe(6);
    expect(await bus.parked(asked.group)).toEqual([]);
  });

  it('lets one subscription of a group run at a time', async () => {
    const bus = newBus();
    const asked = consumer({ handle: () => Promise.resolve() });
    const first = bus.subscribe(asked);
    expect(() => bus.subscribe(asked)).toThrow('running already');
    await first.stop();
    await bus.subscribe(asked).stop();
  });
});

describe('bus: every interleaving a seed can make', () => {
  const SEEDS = 200;
  it(`(W-01 slice) keeps order per key and loses nothing over ${SEEDS} seeds; a seed replays`, async () => {
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const trace = await simulate(seed);
      if (seed % 50 === 0) expect(await simulate(seed)).toEqual(trace);
    }
  });

  async function simulate(seed: number): Promise<readonly string[]> {
    const scheduler = seededScheduler(seed);
    const random = seededRandom(seed);
    const store = new MemoryEventStore({ scheduler });
    const states = memoryConsumerStates();
    const streams = [0, 1, 2].map((n) => `test.note-_~${n}` as StreamId);
    const seen = new Map<string, number[]>();
    const handle = async (message: BusMessage): Promise<void> => {
      await scheduler.turn(`effect ${message.key}`);
      const n = (message.event.data as { n: number }).n;
      const list = seen.get(message.key) ?? [];
      if (!list.includes(n)) seen.set(message.key, [...list, n]);
      if (random.next() < 0.05) throw new Unavailable('a hiccup', true);
    };
    const timers = { ...systemTimers, sleep: () => scheduler.turn('sleep') };
    let bus = new InProcessBus({ store, states, timers, scheduler });
    const start = (): ReturnType<InProcessBus['subscribe']> => bus.subscribe({ group: 'g', topics: ['kari.test.v1'], handle });
    let subscription = start();
    const writers = streams.map(async (stream) => {
      for (let n = 0; n < 6; n += 1) {
        await store.append([item(stream, n === 0 ? 'none' : BigInt(n - 1), fact({ n }, { id: idOf(stream, n) }))]);
      }
    });
    await scheduler.turn('crash');
    await subscription.stop();
    bus = new InProcessBus({ store, states, timers, scheduler });
    subscription = start();
    await Promise.all(writers);
    await subscription.reached(await store.head());
    await subscription.stop();
    for (const stream of streams) expect([seed, seen.get(stream)]).toEqual([seed, [0, 1, 2, 3, 4, 5]]);
    return scheduler.trace;
  }

  function idOf(stream: string, n: number): string {
    return `00000000-0000-7000-8000-${stream.slice(-1)}0000000000${n}`;
  }
});
