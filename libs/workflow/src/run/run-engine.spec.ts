import { expect, it } from '@jest/globals';
import { handleCommand, idOf, type RecordedEvent } from '@kari/kernel';
import { lentStore, manualClock, MemoryEventStore, seededIds, seededRandom, settled } from '@kari/kernel/testing';
import { MemoryReservationStore, Reservations } from '@kari/platform/quotas';
import type { WorkflowDocument } from '../definition/document.js';
import { MemoryPlaces } from '../places/memory-places.adapter.js';
import { runStream, type EffectRequest, type EngineParts } from './engine-parts.js';
import { runDecider } from './run.decider.js';
import { RunEngine } from './run-engine.js';
import { evolveRun, initialRun, type RunState } from './run-state.rules.js';
import type { RunEvent } from './run.events.js';
import { documentOf, quick, RUN, startedWith } from './testing/playing-run.js';
import { TENANT } from './testing/recorded-facts.js';

async function engineFor(document: WorkflowDocument, perform: (request: EffectRequest) => Promise<unknown>) {
  const clock = manualClock();
  const store = new MemoryEventStore({ clock });
  const faults: unknown[] = [];
  const reservations = new Reservations(new MemoryReservationStore(clock));
  const parts: EngineParts = {
    worker: 'one',
    store,
    clock,
    timers: clock,
    random: seededRandom(1),
    ids: seededIds(1),
    evaluator: { evaluate: (program, input, variables) => quick(program, input, variables) as never },
    schemaFault: () => null,
    effects: { isMarked: () => false, perform },
    others: { start: () => Promise.resolve(null), cancel: () => Promise.resolve(null), replace: () => Promise.resolve() },
    places: new MemoryPlaces(),
    moment: (_tenant, { bucket, ...pace }) => reservations.next(bucket, pace),
    definitions: { document: () => Promise.resolve(document) },
    openRuns: {
      ofShard: async () => {
        const open = new Set<string>();
        for await (const event of store.readAll()) open.add(idOf(event.stream));
        return [...open].map((run) => ({ tenant: TENANT, run }));
      },
    },
    onFault: (error) => faults.push(error),
  };
  const begin = async (): Promise<void> => {
    const { data } = startedWith({}) as Extract<RunEvent, { type: 'RunStarted' }>;
    const metadata = {
      commandId: RUN,
      tenant: TENANT,
      actor: 'someone',
      actorKind: 'user',
      correlationId: RUN,
      now: data.startedAt,
    } as const;
    await handleCommand(store, runDecider, runStream(TENANT, RUN), { type: 'StartRun', data: { run: RUN, ...data } }, metadata);
  };
  const state = async (): Promise<RunState> => {
    let folded = initialRun;
    for await (const event of store.readStream(runStream(TENANT, RUN))) folded = evolveRun(folded, event as unknown as RunEvent);
    return folded;
  };
  const quiet = async (): Promise<void> => {
    for (let turn = 0; turn < 50; turn += 1) await settled();
  };
  const cancel = async (): Promise<void> => {
    const metadata = {
      commandId: TENANT,
      tenant: TENANT,
      actor: 'someone',
      actorKind: 'user',
      correlationId: RUN,
      now: '2026-01-01T00:00:00.000Z',
    } as const;
    await handleCommand(store, runDecider, runStream(TENANT, RUN), { type: 'CancelRun', data: { run: RUN, reason: null } }, metadata);
  };
  return { clock, parts, store, faults, begin, cancel, state, quiet };
}

it('fails a task whose output no store can hold, instead of asking for ever', async () => {
  const { parts, faults, begin, state, quiet } = await engineFor(documentOf([{ a: { call: 'a.b@1' } }]), () => Promise.resolve('\u0000'));
  const engine = new RunEngine(parts);
  await engine.start();
  void engine.own(0, new AbortController().signal);
  await begin();
  await quiet();
  expect(await state()).toMatchObject({ status: 'failed', failure: { task: '/do/0/a', error: { status: 500 } } });
  expect(faults).toEqual([]);
});

it('hands a run back when it stops: the next owner goes on where it was, under the same key', async () => {
  const asked: string[] = [];
  const pending: ((value: unknown) => void)[] = [];
  const { clock, parts, begin, state, quiet } = await engineFor(
    documentOf([{ a: { call: 'a.b@1' } }, { b: { call: 'a.b@1' } }]),
    ({ key }) => {
      asked.push(key);
      return new Promise((resolve) => pending.push(resolve));
    },
  );
  const first = new RunEngine(parts);
  await first.start();
  const lease = new AbortController();
  const owning = first.own(0, lease.signal);
  await begin();
  await quiet();
  pending[0]?.('done');
  await quiet();
  const stopping = first.stop(100);
  await clock.advance(200);
  await stopping;
  await owning;

  const second = new RunEngine(parts);
  await second.start();
  void second.own(0, new AbortController().signal);
  await quiet();
  // An answer that comes back to the first owner is nobody's any more.
  pending[1]?.('late');
  pending[2]?.('good');
  await quiet();
  expect(asked).toEqual([`${RUN}:/do/0/a:`, `${RUN}:/do/1/b:`, `${RUN}:/do/1/b:`]);
  expect(await state()).toMatchObject({ status: 'completed', result: { output: 'good' } });
});

it('overlooks nothing that is noticed while it reads', async () => {
  const { parts, store, begin, cancel, state, quiet } = await engineFor(documentOf([{ w: { wait: { days: 1 } } }]), () =>
    Promise.resolve(null),
  );
  let goOn: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (goOn = resolve));
  const slow = lentStore(store);
  slow.readStream = async function* (stream, options) {
    const read: RecordedEvent[] = [];
    for await (const event of store.readStream(stream, options)) read.push(event);
    await held;
    yield* read;
  };
  const engine = new RunEngine({ ...parts, store: slow });
  await engine.start();
  void engine.own(0, new AbortController().signal);
  await quiet();
  await begin();
  await quiet();
  await cancel();
  await quiet();
  goOn();
  await quiet();
  expect(await state()).toMatchObject({ status: 'cancelled' });
});

it('reads no stream of a run that it sees begin: the log has told it all', async () => {
  const { parts, store, begin, state, quiet } = await engineFor(documentOf([{ a: { call: 'a.b@1' } }, { b: { call: 'a.b@1' } }]), () =>
    Promise.resolve('done'),
  );
  const read: string[] = [];
  const watched = lentStore(store);
  watched.readStream = (stream, options) => {
    read.push(stream);
    return store.readStream(stream, options);
  };
  const engine = new RunEngine({ ...parts, store: watched });
  await engine.start();
  void engine.own(0, new AbortController().signal);
  await quiet();
  await begin();
  await quiet();
  expect(await state()).toMatchObject({ status: 'completed', result: { output: 'done' } });
  expect(read).toEqual([]);
});

it('records what came together with one append, in the order in which it came', async () => {
  const branches = Array.from({ length: 20 }, (_, index) => ({ [`b${index}`]: { call: 'a.b@1' } }));
  const pending: (() => void)[] = [];
  const { parts, store, begin, state, quiet } = await engineFor(documentOf([{ all: { fork: { branches } } }]), ({ task }) => {
    return new Promise((resolve) => pending.push(() => resolve(task.name)));
  });
  let appends = 0;
  const watched = lentStore(store);
  watched.append = (items) => {
    appends += 1;
    return store.append(items);
  };
  const engine = new RunEngine({ ...parts, store: watched });
  await engine.start();
  void engine.own(0, new AbortController().signal);
  await begin();
  await quiet();
  expect([pending.length, appends]).toEqual([20, 1]);
  for (const go of pending) go();
  await quiet();
  expect(await state()).toMatchObject({ status: 'completed', result: { output: branches.map((_, index) => `b${index}`) } });
  expect(appends).toBeLessThanOrEqual(4);
});

it('fails the one task whose output no store can hold, however many came with it', async () => {
  const pending: (() => void)[] = [];
  const tasks = ['good', 'fine', 'bad'].map((name) => ({ [name]: { call: 'a.b@1' } }));
  const caught = { try: [{ all: { fork: { branches: tasks } } }], catch: { as: 'error' } };
  const { parts, store, begin, state, quiet } = await engineFor(documentOf([{ guarded: caught }]), ({ task }) => {
    return new Promise((resolve) => pending.push(() => resolve(task.name === 'bad' ? '\u0000' : task.name)));
  });
  const engine = new RunEngine(parts);
  await engine.start();
  void engine.own(0, new AbortController().signal);
  await begin();
  await quiet();
  for (const go of pending) go();
  await quiet();
  const failed: string[] = [];
  for await (const { type, data } of store.readAll()) if (type === 'TaskFailed') failed.push((data as { task: string }).task);
  expect(failed).toEqual(['/do/0/guarded/try/0/all/fork/branches/2/bad']);
  expect((await state()).status).toBe('completed');
});
