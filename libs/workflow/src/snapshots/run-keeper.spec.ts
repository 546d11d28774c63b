import { describe, expect, it } from '@jest/globals';
import { Unavailable, type ReadStreamOptions } from '@kari/kernel';
import { lentStore, MemoryEventStore } from '@kari/kernel/testing';
import { RunEngine } from '../run/run-engine.js';
import { isOver } from '../run/run-state.rules.js';
import { engineRoom } from '../run/testing/engine-room.js';
import { documentOf } from '../run/testing/playing-run.js';
import { MemoryRunSnapshots } from './memory-run-snapshots.adapter.js';
import { snapshotOf, type RunSnapshot } from './run-snapshot.rules.js';
import type { RunSnapshots } from './run-snapshots.port.js';

const TENANT = '00000000-0000-7000-8000-00000000000a';
const EVERY = 10;
/** Twelve calls, the last of which never ends. */
const LONG = documentOf(
  Array.from({ length: 12 }, (_, index) => ({ [`step${index}`]: { call: 'a.b@1', with: { last: index === 11, n: index } } })),
);

async function room(snapshots: RunSnapshots = new MemoryRunSnapshots(), more: object = {}) {
  const store = new MemoryEventStore();
  const lent = lentStore(store);
  const reads: ReadStreamOptions[] = [];
  lent.readStream = (stream, options) => {
    reads.push(options ?? {});
    return store.readStream(stream, options);
  };
  let ends = false;
  const perform = ({ task }: { readonly task: { readonly arguments: unknown } }): Promise<unknown> => {
    const { with: given } = task.arguments as { with: { last: boolean } };
    return given.last && !ends ? new Promise(() => undefined) : Promise.resolve({ done: given });
  };
  const effects = { isMarked: () => false, perform };
  const made = engineRoom(LONG, { store: lent, snapshots, snapshotEvery: EVERY, effects, ...more });
  const open = async (): Promise<{ engine: RunEngine; leave: () => Promise<void> }> => {
    const engine = new RunEngine({
      ...made.parts,
      openRuns: { ofShard: () => Promise.resolve(started === null ? [] : [{ tenant: TENANT, run: started }]) },
    });
    await engine.start();
    const lease = new AbortController();
    const owned = engine.own(0, lease.signal);
    await made.quiet();
    return {
      engine,
      leave: async () => {
        lease.abort();
        await owned;
      },
    };
  };
  let started: string | null = null;
  return {
    ...made,
    snapshots,
    reads,
    open,
    begin: async () => {
      started = await made.start(TENANT, 'long');
      await made.quiet();
      return started;
    },
    letEnd: () => (ends = true),
  };
}

describe('a run with a long history', () => {
  it('is kept now and then, and its next owner reads on from there', async () => {
    const world = await room();
    const first = await world.open();
    const run = await world.begin();
    const before = first.engine.known(run)!;
    await first.leave();
    expect((await world.snapshots.find(TENANT, run))?.revision).toBeGreaterThan(before.revision - BigInt(EVERY));

    world.reads.length = 0;
    const next = await world.open();
    expect(next.engine.known(run)).toEqual(before);
    const kept = (await world.snapshots.find(TENANT, run))!.revision;
    expect(world.reads).toEqual([
      { from: 0n, limit: EVERY },
      { from: kept, to: kept, limit: 1 },
      { from: kept + 1n, limit: Infinity },
    ]);
    expect(world.faults).toEqual([]);
  });

  it('leaves nothing behind once it has ended', async () => {
    const world = await room();
    world.letEnd();
    await world.open();
    const run = await world.begin();
    expect(isOver(await world.state(TENANT, run))).toBe(true);
    expect(await world.snapshots.find(TENANT, run)).toBeNull();
  });

  const spoilt: Readonly<Record<string, (good: RunSnapshot) => RunSnapshot>> = {
    'of another release': (good) => ({ ...good, version: good.version + 1 }),
    damaged: (good) => ({ ...good, body: good.body.replace('"status":"running"', '"status":"failing"') }),
    'cut off': (good) => ({ ...good, body: good.body.slice(0, -40) }),
    'of another place': (good) => ({ ...good, revision: good.revision - 1n }),
  };
  it.each(Object.keys(spoilt))('is read from its beginning where what was kept is %s', async (what) => {
    const world = await room();
    const first = await world.open();
    const run = await world.begin();
    const before = first.engine.known(run);
    await first.leave();
    const snapshots: RunSnapshots = {
      find: async (tenant, of) => {
        const good = await world.snapshots.find(tenant, of);
        return good === null ? null : spoilt[what]!(good);
      },
      keep: () => Promise.resolve(),
      forget: () => Promise.resolve(),
      forgetTenant: () => Promise.resolve(),
    };
    const next = new RunEngine({ ...world.parts, snapshots, openRuns: { ofShard: () => Promise.resolve([{ tenant: TENANT, run }]) } });
    await next.start();
    void next.own(0, new AbortController().signal);
    await world.quiet();
    expect(next.known(run)).toEqual(before);
    expect(world.faults).toEqual([]);
  });

  it('is read from its beginning where the log holds another event at that place, or none', async () => {
    const world = await room();
    const first = await world.open();
    const run = await world.begin();
    const before = first.engine.known(run)!;
    await first.leave();
    // Sound in itself, and of a log that was gone back to an earlier day since.
    const strange = { ...before, event: run, correlationId: 'other', traceparent: undefined };
    for (const revision of [before.revision, before.revision + 500n]) {
      await world.snapshots.forget(TENANT, run);
      await world.snapshots.keep(TENANT, run, snapshotOf({ ...strange, revision, state: { ...before.state, context: 'wrong' } }));
      const next = await world.open();
      expect(next.engine.known(run)).toEqual(before);
      await next.leave();
    }
  });

  it('goes on where nothing can be kept', async () => {
    const away = (): Promise<never> => Promise.reject(new Unavailable('away', true));
    const broken = (): Promise<never> => Promise.reject(new Error('broken'));
    for (const [fails, faults] of [
      [away, 0],
      [broken, 1],
    ] as const) {
      const world = await room({ find: fails, keep: fails, forget: () => Promise.resolve(), forgetTenant: fails });
      const first = await world.open();
      const run = await world.begin();
      const before = first.engine.known(run)!;
      expect(before.revision).toBeGreaterThan(20n);
      await first.leave();
      const next = await world.open();
      expect(next.engine.known(run)).toEqual(before);
      expect(world.faults.length > 0).toBe(faults > 0);
    }
  });
});
