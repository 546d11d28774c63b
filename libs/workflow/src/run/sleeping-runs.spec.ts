// W-08, W-05: runs that wait for long leave memory and lose nothing by it; one tenant's many hold nobody else's few up.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { derivedId, type RecordedEvent } from '@kari/kernel';
import { lentStore } from '@kari/kernel/testing';
import { reportCounts } from '../../../../test/support/record.js';
import { patienceFor, sizeOf } from '../../../../test/support/size.js';
import type { WorkflowDocument } from '../definition/document.js';
import { RunEngine } from './run-engine.js';
import { engineRoom } from './testing/engine-room.js';
import { documentOf, PlayingRun } from './testing/playing-run.js';
import { recordedFacts } from './testing/recorded-facts.js';

const [A, B] = ['00000000-0000-7000-8000-00000000000a', '00000000-0000-7000-8000-00000000000b'] as const;
const DAY = documentOf([{ rest: { wait: { days: 1 } } }]);

async function owning(document: WorkflowDocument, more: Parameters<typeof engineRoom>[1] = {}) {
  const room = engineRoom(document, more);
  const engine = new RunEngine(room.parts);
  await engine.start();
  const lease = new AbortController();
  const owned = engine.own(0, lease.signal);
  await room.quiet();
  return { ...room, engine, lease, owned };
}

describe('a run that waits for long', () => {
  it('leaves memory, and goes on when its timer is due', async () => {
    const { engine, start, state, clock, quiet, faults } = await owning(DAY);
    const runs = [await start(A, 'one'), await start(B, 'two')];
    await quiet();
    expect(engine.size).toEqual({ awake: 0, asleep: 2 });
    await clock.advance(86_399_000);
    expect((await state(A, runs[0]!)).status).toBe('running');
    await clock.advance(1_001);
    await quiet();
    expect([(await state(A, runs[0]!)).status, (await state(B, runs[1]!)).status]).toEqual(['completed', 'completed']);
    expect([engine.size, faults]).toEqual([{ awake: 0, asleep: 0 }, []]);
  });

  it('is woken by whatever is done to it', async () => {
    const { engine, start, send, state, quiet } = await owning(documentOf([{ ask: { call: 'approval.request@1', with: { title: 'x' } } }]));
    const [decided, cancelled] = [await start(A, 'one'), await start(A, 'two')];
    await quiet();
    expect(engine.size).toEqual({ awake: 0, asleep: 2 });
    const [approval] = (await state(A, decided)).openApprovals.keys();
    await send(A, {
      type: 'DecideApproval',
      data: { run: decided, approval: approval!, decision: 'approved', comment: null, rights: [] },
    });
    await send(A, { type: 'CancelRun', data: { run: cancelled, reason: null } });
    await quiet();
    expect([(await state(A, decided)).status, (await state(A, cancelled)).status]).toEqual(['completed', 'cancelled']);
  });

  it('is handed on as it sleeps: the next owner wakes it, the former one does not', async () => {
    const { engine, parts, lease, owned, start, state, facts, clock, quiet } = await owning(DAY);
    const run = await start(A, 'one');
    await quiet();
    lease.abort();
    await owned;
    expect(engine.size).toEqual({ awake: 0, asleep: 0 });
    const next = new RunEngine(parts);
    await next.start();
    void next.own(0, new AbortController().signal);
    await quiet();
    expect(next.size).toEqual({ awake: 0, asleep: 1 });
    await clock.advance(86_400_002);
    await quiet();
    expect((await state(A, run)).status).toBe('completed');
    expect((await facts()).filter(({ type }) => type === 'TimerFired')).toHaveLength(1);
  });

  it(
    'keeps its heap to a few words, however many there are',
    async () => {
      const runs = sizeOf('W-08 sleepers', { t1: 3_000, t2: 100_000, t3: 100_000 });
      const asleep = await heapOf(runs, 30_000);
      const awake = await heapOf(3_000, Infinity);
      reportCounts('W-08 sleepers', { runs, bytesEach: Math.round(asleep), bytesAwake: Math.round(awake) });
      expect(asleep).toBeLessThan(1_500);
      // The control: what a run costs that stays.
      expect(awake).toBeGreaterThan(asleep * 2);
    },
    patienceFor(120_000),
  );
});

/** Bytes that each of so many runs keeps of an engine that has taken them all over. Their streams are made up as they are read. */
async function heapOf(runs: number, farMs: number): Promise<number> {
  const facts = recordedFacts(new PlayingRun(DAY).facts);
  const open = Array.from({ length: runs }, (_, index) => ({ tenant: A, run: derivedId('sleeper', index) }));
  const room = engineRoom(DAY, { farMs, openRuns: { ofShard: () => Promise.resolve(open) } });
  const store = lentStore(room.store);
  store.readStream = async function* (stream, { from = 0n } = {}) {
    await Promise.resolve();
    for (const fact of facts) if (fact.revision >= from) yield { ...structuredClone(fact), stream };
  };
  const engine = new RunEngine({ ...room.parts, store });
  await engine.start();
  const before = heap();
  void engine.own(0, new AbortController().signal);
  while (engine.size.asleep + engine.size.awake < runs) await room.quiet(20);
  await room.quiet();
  const kept = (heap() - before) / runs;
  expect(engine.size[farMs === Infinity ? 'awake' : 'asleep']).toBe(runs);
  await engine.stop(0);
  return kept;
}

function heap(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}

describe('tenants take turns', () => {
  const quickly = documentOf([{ a: { set: { n: 1 } } }]);
  const endsBefore = (facts: readonly RecordedEvent[], tenant: string): number =>
    facts.filter(({ type }) => type === 'RunCompleted').findIndex(({ meta }) => meta.tenant === tenant);
  const ended = async (facts: () => Promise<readonly RecordedEvent[]>): Promise<number> =>
    (await facts()).filter(({ type }) => type === 'RunCompleted').length;

  it('at the log: who has many runs to begin does not hold up who has one', async () => {
    const { start, facts, parts, store, quiet } = engineRoom(quickly, { advancedAtOnce: 8 });
    for (let index = 0; index < 100; index += 1) await start(A, String(index));
    await start(B, 'one');
    // Told of all of them at once, as by a burst of starts.
    const tell: ((batch: never) => Promise<void>)[] = [];
    const lent = lentStore(store);
    lent.subscribe = (options, onBatch) => {
      tell.push(onBatch);
      return store.subscribe(options, () => Promise.resolve());
    };
    const engine = new RunEngine({ ...parts, store: lent, openRuns: { ofShard: () => Promise.resolve([]) } });
    await engine.start();
    void engine.own(0, new AbortController().signal);
    await quiet();
    await tell[0]!({ events: await facts(), position: '0' } as never);
    while ((await ended(facts)) < 101) await quiet(200);
    expect(endsBefore(await facts(), B)).toBeLessThan(20);
  });

  it('at a takeover: the many runs of one are not all taken up before the few of another', async () => {
    const { start, facts, parts, quiet } = engineRoom(quickly);
    for (let index = 0; index < 100; index += 1) await start(A, String(index));
    await start(B, 'one');
    const engine = new RunEngine(parts);
    await engine.start();
    void engine.own(0, new AbortController().signal);
    while ((await ended(facts)) < 101) await quiet(200);
    expect(endsBefore(await facts(), B)).toBeLessThan(40);
  });
});
