import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  derivedId,
  rejected,
  streamId,
  Unavailable,
  type Command,
  type CommandBus,
  type ProcessManager,
  type RecordedEvent,
  type RequestContext,
} from '@kari/kernel';
import { MemoryEventStore } from '@kari/kernel/testing';
import { testDatabase, type TestDatabase } from '../database/testing/index.js';
import { leaseMigrations, PostgresLeases } from '../leases/index.js';
import type { AnyProcessManager, Reactor } from '../registry/index.js';
import { systemClock, systemIds, systemTimers } from '../time/index.js';
import { reactionMigrations, ReactionRunner } from './index.js';

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined, child: () => silent };
const TENANT = '00000000-0000-7000-8000-00000000000a';

interface Trip {
  readonly legs: number;
}

/** Books a hotel for every second leg, and pays when the trip ends. */
const travel: ProcessManager<Trip> = {
  name: 'travel.trip',
  handles: ['LegBooked', 'TripEnded', 'Nonsense'],
  processOf: (event) => {
    const { trip } = event.data as { trip?: string };
    if (trip === 'unreadable') throw new Error('no trip to be told');
    return trip ?? null;
  },
  initialState: { legs: 0 },
  evolve: (state, event) => (event.type === 'TripEnded' ? { legs: 0 } : { legs: state.legs + 1 }),
  react: (state, event) => {
    if (event.type === 'Nonsense') throw new Error('makes no sense');
    const command = (type: string): { command: Command; tenant: string } => ({
      command: { type, data: { legs: state.legs } },
      tenant: TENANT,
    });
    if (event.type === 'TripEnded') return [command('Pay'), command('Thank')];
    return state.legs % 2 === 0 ? [command('BookHotel')] : [];
  },
};

let database: TestDatabase;
let store: MemoryEventStore;
let sent: { type: string; data: unknown; context: RequestContext }[];
let answer: (command: Command) => void;
let running: { runner: ReactionRunner; leases: PostgresLeases }[];

beforeAll(async () => {
  database = await testDatabase({ migrations: [leaseMigrations, reactionMigrations] });
});
afterAll(() => database.drop());
beforeEach(() => {
  store = new MemoryEventStore();
  sent = [];
  answer = () => undefined;
  running = [];
});
afterEach(async () => {
  for (const { runner, leases } of running) {
    await runner.stop();
    await leases.stop();
  }
  await database.system.query('truncate leases.lease, reactions.checkpoint, reactions.process, reactions.parked_process cascade');
});

const bus: CommandBus = {
  send: async <S>(command: Command, context: RequestContext) => {
    await Promise.resolve();
    answer(command);
    sent.push({ type: command.type, data: command.data, context });
    return { state: null as S, revision: 0n, position: null, changed: true };
  },
};

async function run(managers: readonly AnyProcessManager[] = [travel], reactors: readonly Reactor[] = []) {
  const leases = new PostgresLeases({ database: database.system, clock: systemClock, timers: systemTimers, ids: systemIds });
  const runner = new ReactionRunner(
    { store, database: database.system, leases, timers: systemTimers, logger: silent, bus },
    { managers, reactors },
  );
  running.push({ runner, leases });
  await runner.start();
  return runner;
}

async function stop(runner: ReactionRunner): Promise<void> {
  const found = running.find((entry) => entry.runner === runner);
  await found?.runner.stop();
  await found?.leases.stop();
}

async function happened(type: string, data: object = { trip: 't1' }, stream = 'x'): Promise<string> {
  const id = systemIds.next();
  const meta = {
    tenant: TENANT,
    actor: 'someone',
    actorKind: 'user',
    commandId: systemIds.next(),
    commandType: 'Do',
    correlationId: `correlation of ${id}`,
    occurredAt: '2026-01-01T00:00:00.000Z',
  } as const;
  await store.append([
    { stream: streamId('travel.trip', TENANT, stream), expected: 'any', events: [{ id, type, version: 1, data, meta }] },
  ]);
  return id;
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await systemTimers.sleep(5);
}

async function settled(runner: ReactionRunner): Promise<void> {
  await until(async () => (await runner.statuses()).every((status) => status.behind === 0));
}

describe('a process manager', () => {
  it('answers facts with commands, as the system, with ids made of the fact', async () => {
    const runner = await run();
    await happened('LegBooked');
    const second = await happened('LegBooked');
    await happened('LegBooked', { trip: 'another' });
    await settled(runner);
    expect(sent.map(({ type, data }) => [type, data])).toEqual([['BookHotel', { legs: 2 }]]);
    const { principal, ...context } = sent[0]?.context as RequestContext;
    expect([principal.id, principal.kind, principal.may('anything.at_all', TENANT)]).toEqual(['system:travel.trip', 'system', true]);
    expect(context).toEqual({
      tenant: TENANT,
      correlationId: `correlation of ${second}`,
      causationId: second,
      commandId: derivedId(second, 'travel.trip', 0),
    });
  });

  it('goes on after a restart where it stopped, with the state it had', async () => {
    const first = await run();
    await happened('LegBooked');
    await settled(first);
    await stop(first);
    await happened('LegBooked');
    const second = await run();
    await settled(second);
    expect(sent.map(({ type }) => type)).toEqual(['BookHotel']);
  });

  it('keeps no state of a process that has come to its end', async () => {
    const runner = await run();
    await happened('LegBooked');
    await happened('TripEnded');
    await settled(runner);
    expect(sent.map(({ type, context }) => [type, context.commandId])).toHaveLength(2);
    expect(await database.system.query('select * from reactions.process')).toEqual([]);
  });

  it('sends again, under the same ids, what was sent when it died before its checkpoint (D-12)', async () => {
    const first = await run();
    let fail = true;
    answer = (command) => {
      if (command.type === 'Thank' && fail) throw new Unavailable('no way', true);
    };
    await happened('TripEnded');
    await until(() => sent.length === 1);
    await stop(first);
    fail = false;
    const second = await run();
    await settled(second);
    expect(sent.map(({ type }) => type)).toEqual(['Pay', 'Pay', 'Thank']);
    expect(sent[0]?.context.commandId).toBe(sent[1]?.context.commandId);
  });

  it('takes a rejection for an answer, and waits out what is unavailable', async () => {
    let tries = 0;
    answer = (command) => {
      if (command.type === 'Pay') throw rejected('REQUEST_DENIED');
      if ((tries += 1) < 3) throw new Unavailable('not now', true);
    };
    const runner = await run();
    await happened('TripEnded');
    await settled(runner);
    expect([sent.map(({ type }) => type), await runner.parked()]).toEqual([['Thank'], []]);
  });

  it('parks a process that cannot go on; others do; a redrive goes on in order (D-14)', async () => {
    const runner = await run();
    await happened('Nonsense', { trip: 'bad' });
    await happened('LegBooked', { trip: 'bad' });
    await happened('LegBooked');
    await happened('LegBooked');
    await settled(runner);
    expect(sent).toHaveLength(1);
    expect(await runner.parked()).toMatchObject([{ manager: 'travel.trip', process: 'bad', reason: 'makes no sense', waiting: 2 }]);
    await runner.redrive('travel.trip', 'bad');
    await until(async () => (await database.system.query('select 1 from reactions.parked_process where wish is not null')).length === 0);
    expect(await runner.parked()).toMatchObject([{ waiting: 2 }]);
    await runner.redrive('travel.trip', 'bad', 'skip');
    await until(async () => (await runner.parked()).length === 0);
    await happened('LegBooked', { trip: 'bad' });
    await settled(runner);
    expect(sent).toHaveLength(2);
    await expect(runner.redrive('travel.trip', 'nothing')).rejects.toMatchObject({ code: 'REQUEST_NOT_FOUND' });
  });

  it('parks by stream what it cannot even assign', async () => {
    const runner = await run();
    await happened('LegBooked', { trip: 'unreadable' });
    await happened('LegBooked');
    await settled(runner);
    expect(await runner.parked()).toMatchObject([{ process: `stream ${streamId('travel.trip', TENANT, 'x')}`, waiting: 1 }]);
  });
});

describe('a reactor', () => {
  const reactor = (changes: Partial<Reactor>, seen: RecordedEvent[]): Reactor => ({
    name: 'travel.postcard',
    handles: ['LegBooked'],
    runs: 'once',
    react: (event) => {
      seen.push(event);
      return Promise.resolve();
    },
    ...changes,
  });

  it('that runs once acts in one process of all, from its checkpoint, in log order', async () => {
    const seen: RecordedEvent[] = [];
    const first = await run([], [reactor({}, seen)]);
    const second = await run([], [reactor({}, seen)]);
    const ids = [await happened('LegBooked'), await happened('LegBooked')];
    await settled(first);
    await stop(first);
    ids.push(await happened('LegBooked'));
    await settled(second);
    expect(seen.map(({ id }) => id)).toEqual(ids);
  });

  it('is tried until it succeeds, and nothing overtakes', async () => {
    const seen: string[] = [];
    const runner = await run(
      [],
      [reactor({ react: (event) => (seen.push(event.id), seen.length < 3 ? Promise.reject(new Error('no')) : Promise.resolve()) }, [])],
    );
    const [one, two] = [await happened('LegBooked'), await happened('LegBooked')];
    await settled(runner);
    expect(seen).toEqual([one, one, one, two]);
  });

  it('that runs everywhere sees what happens from its start; with replay, everything, before the start is over', async () => {
    const early = await happened('LegBooked');
    const [fresh, replayed]: [RecordedEvent[], RecordedEvent[]] = [[], []];
    const everywhere = (name: string, seen: RecordedEvent[], replay: boolean) => reactor({ name, runs: 'everywhere', replay }, seen);
    const first = await run([], [everywhere('travel.now', fresh, false), everywhere('travel.all', replayed, true)]);
    expect(replayed.map(({ id }) => id)).toEqual([early]);
    const elsewhere: RecordedEvent[] = [];
    await run([], [everywhere('travel.all', elsewhere, true)]);
    const late = await happened('LegBooked');
    await settled(first);
    await until(() => elsewhere.length === 2);
    expect([fresh.map(({ id }) => id), replayed.map(({ id }) => id)]).toEqual([[late], [early, late]]);
  });
});
