import { describe, expect, it } from '@jest/globals';
import { manualClock } from './manual-clock.js';
import { seededIds, seededRandom, seededScheduler } from './seeded.js';

describe('the manual clock', () => {
  it('runs what falls due in order, with time standing where it should', async () => {
    const clock = manualClock();
    const start = clock.now();
    const ran: string[] = [];
    const note = (name: string) => (): void => void ran.push(`${name} ${clock.monotonic()}`);
    clock.after(30, note('late'));
    clock.after(10, note('early'));
    const ticking = clock.every(20, note('tick'));
    const cancelled = clock.after(15, note('never'));
    cancelled.cancel();
    await clock.advance(60);
    ticking.cancel();
    await clock.advance(60);
    expect(ran).toEqual(['early 10', 'tick 20', 'late 30', 'tick 40', 'tick 60']);
    expect([clock.now() - start, clock.pending]).toEqual([120, 0]);
  });

  it('wakes sleepers, or rejects them when they are aborted', async () => {
    const clock = manualClock();
    const aborting = new AbortController();
    const slept = clock.sleep(10);
    const aborted = expect(clock.sleep(10, aborting.signal)).rejects.toThrow('enough');
    aborting.abort(new Error('enough'));
    await clock.advance(10);
    await slept;
    await aborted;
    await expect(clock.sleep(1, aborting.signal)).rejects.toThrow('enough');
  });

  it('lets the wall clock jump without moving durations', async () => {
    const clock = manualClock();
    clock.jumpTo(0);
    await clock.advance(5);
    expect([clock.now(), clock.monotonic()]).toEqual([5, 5]);
  });
});

describe('seeds', () => {
  it('give the same chance, ids and order again', async () => {
    const run = async (seed: number): Promise<unknown> => {
      const scheduler = seededScheduler(seed);
      const order: string[] = [];
      await Promise.all(
        ['a', 'b', 'c', 'd'].map(async (name) => {
          for (let step = 0; step < 3; step += 1) {
            await scheduler.turn(`${name}${step}`);
            order.push(`${name}${step}`);
          }
        }),
      );
      expect(order).toEqual(scheduler.trace);
      const [random, ids] = [seededRandom(seed), seededIds(seed)];
      return [order, random.next(), [...random.bytes(4)], ids.next(), ids.next()];
    };
    expect(await run(7)).toEqual(await run(7));
    expect(await run(7)).not.toEqual(await run(8));
    const orders = await Promise.all(Array.from({ length: 20 }, async (_, seed) => JSON.stringify(((await run(seed)) as unknown[])[0])));
    expect(new Set(orders).size).toBeGreaterThan(15);
  });

  it('give ids that grow and are uuids of version 7', () => {
    const ids = seededIds(1);
    const made = Array.from({ length: 50 }, () => ids.next());
    expect(made).toEqual([...made].sort());
    expect(made.every((id) => /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id))).toBe(true);
  });
});
