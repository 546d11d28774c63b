// A replay in the hands of the engine: nothing is performed, no time passes, and whoever takes it over goes on where the log ends.
import { MemoryPlaces } from '../places/memory-places.adapter.js';
import { expect, it } from '@jest/globals';
import { idOf, streamId, type RecordedEvent } from '@kari/kernel';
import { manualClock, MemoryEventStore, seededIds, seededRandom, settled } from '@kari/kernel/testing';
import type { EffectRequest, EngineParts } from '../run/engine-parts.js';
import { RunEngine } from '../run/run-engine.js';
import { evolveRun, initialRun, type RunState } from '../run/run-state.rules.js';
import type { RunEvent } from '../run/run.events.js';
import { documentOf, PlayingRun, quick, RUN, startedWith } from '../run/testing/playing-run.js';
import { recordedAppends, TENANT } from '../run/testing/recorded-facts.js';

const REPLAY = '00000000-0000-7000-8000-0000000000bb';
const document = documentOf([
  { price: { call: 'shop.price@1' } },
  { rest: { wait: 'P30D' } },
  // Longer than one append.
  { each: { for: { in: '.items' }, do: [{ n: { set: { items: [], n: '${ $item }' } } }] } },
  { pay: { call: 'shop.pay@1', with: { n: '${ .n }' } } },
]);

function world() {
  const clock = manualClock();
  const store = new MemoryEventStore({ clock, truncatable: ['workflow.run'] });
  const performed: EffectRequest[] = [];
  const faults: unknown[] = [];
  const parts: EngineParts = {
    worker: 'one',
    store,
    clock,
    timers: clock,
    random: seededRandom(1),
    ids: seededIds(1),
    evaluator: { evaluate: (program, input, variables) => quick(program, input, variables) as never },
    schemaFault: () => null,
    effects: {
      isMarked: () => true,
      perform: (request) => {
        performed.push(request);
        return new Promise(() => undefined);
      },
    },
    others: { start: () => Promise.resolve(null), cancel: () => Promise.resolve(null), replace: () => Promise.resolve() },
    places: new MemoryPlaces(),
    moment: () => Promise.resolve(0),
    definitions: { document: () => Promise.resolve(document) },
    openRuns: { ofShard: () => Promise.resolve([{ tenant: TENANT, run: REPLAY }]) },
    onFault: (error) => faults.push(error),
  };
  const write = async (run: string, appends: readonly (readonly RunEvent[])[]): Promise<void> => {
    const stream = streamId('workflow.run', TENANT, run);
    let expected: bigint | 'none' = 'none';
    for (const { type, data, meta } of recordedAppends(appends)) {
      const [result] = await store.append([{ stream, expected, events: [{ id: crypto.randomUUID(), type, version: 1, data, meta }] }]);
      if (result?.ok !== true) throw result?.error ?? new Error('nothing was written');
      expected = result.revision;
    }
  };
  const history = async (run: string): Promise<readonly (RecordedEvent & RunEvent)[]> => {
    const facts: (RecordedEvent & RunEvent)[] = [];
    for await (const event of store.readAll()) if (idOf(event.stream) === run) facts.push(event as RecordedEvent & RunEvent);
    return facts;
  };
  const state = async (run: string): Promise<RunState> => (await history(run)).reduce<RunState>(evolveRun, initialRun);
  const own = async (turns: number): Promise<void> => {
    const ending = new AbortController();
    const engine = new RunEngine(parts);
    await engine.start();
    void engine.own(0, ending.signal);
    for (let turn = 0; turn < turns; turn += 1) await settled();
    ending.abort();
    await engine.stop(0);
  };
  return { store, performed, faults, write, history, state, own };
}

function source(): PlayingRun {
  const run = new PlayingRun(document, {});
  run.done('/do/0/price', { items: Array.from({ length: 300 }, (_, n) => n) });
  run.on({ kind: 'timer', timer: [...run.state.timers.keys()][0]! });
  for (let more = run.on({ kind: 'begin' }); more.length > 0;) more = run.on({ kind: 'begin' });
  run.done('/do/3/pay', { paid: true });
  return run;
}

const started = startedWith({}, { kind: 'replay', replayOf: RUN });

it('performs nothing and waits for nothing, however long the run had waited', async () => {
  const { write, own, state, history, performed, faults } = world();
  await write(RUN, source().appends);
  await write(REPLAY, [[started]]);
  await own(200);
  expect((await history(REPLAY)).at(-2)).toMatchObject({ type: 'RunReplayed', data: { of: RUN, result: 'same', answered: 2 } });
  expect(await state(REPLAY)).toMatchObject({ status: 'completed', result: { output: { paid: true } } });
  expect([performed, faults]).toEqual([[], []]);
});

it('is gone on with by the next owner from where the log ends', async () => {
  const whole = world();
  await whole.write(RUN, source().appends);
  await whole.write(REPLAY, [[started]]);
  await whole.own(200);
  const facts = await whole.history(REPLAY);
  expect(facts.map(({ type }) => type).filter((type) => type !== 'RunReplayed')).toEqual(source().types());

  const cut = world();
  await cut.write(RUN, source().appends);
  await cut.write(REPLAY, [facts.slice(0, 401)]);
  expect(await cut.state(REPLAY)).toMatchObject({ status: 'running' });
  await cut.own(200);
  const bodies = (list: readonly RunEvent[]) => list.map(({ type, data }) => [type, data]);
  expect(bodies(await cut.history(REPLAY))).toEqual(bodies(facts));
  expect(cut.performed).toEqual([]);
});

it('fails, and says so, when what it repeats is not to be had any more', async () => {
  const { write, own, history, store } = world();
  await write(RUN, source().appends);
  await store.truncateBefore(streamId('workflow.run', TENANT, RUN), 5n);
  await write(REPLAY, [[started]]);
  await own(50);
  expect((await history(REPLAY)).at(-1)).toMatchObject({ type: 'RunFailed', data: { error: { title: 'WORKFLOW_HISTORY_GONE' } } });
});
