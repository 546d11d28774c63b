import { describe, expect, it } from '@jest/globals';
import { Unavailable } from '@kari/kernel';
import { manualClock, type ManualClock } from '@kari/kernel/testing';
import { MemoryQuotaStore, Quotas, rateOf, type QuotaStore } from './index.js';

const rate = rateOf(100);

function bench(over: Partial<QuotaStore> = {}) {
  const clock = manualClock();
  const memory = new MemoryQuotaStore(clock);
  let asked = 0;
  const away: unknown[] = [];
  const store: QuotaStore = {
    lease: (...args) => {
      asked += 1;
      return (over.lease ?? memory.lease.bind(memory))(...args);
    },
  };
  const process = () => new Quotas({ store, clock, timers: clock, onAway: (error) => away.push(error) });
  return { clock, memory, process, away, asked: () => asked };
}

/** Asks of each process in turn, `times` over, and advances the clock between; how many were let pass. */
async function flood(clock: ManualClock, processes: readonly Quotas[], times: number, everyMs: number, key = 'k'): Promise<number> {
  let passed = 0;
  for (let index = 0; index < times; index += 1) {
    if ((await processes[index % processes.length]?.take(key, rate, 1)) === 0) passed += 1;
    await clock.advance(everyMs);
  }
  return passed;
}

describe('G-06 a rate that several processes share', () => {
  it.each([1, 2, 3])('is kept within 5 %% by %d of them, in the burst and after it', async (count) => {
    const { clock, process } = bench();
    const processes = Array.from({ length: count }, process);
    const atOnce = await flood(clock, processes, 1_000, 0);
    expect(Math.abs(atOnce - rate.burst) / rate.burst).toBeLessThanOrEqual(0.05);
    // Twenty times as often as it may, for ten seconds more.
    const steady = await flood(clock, processes, 20_000, 0.5);
    const due = rate.perSecond * 10;
    expect(Math.abs(atOnce + steady - rate.burst - due) / (rate.burst + due)).toBeLessThanOrEqual(0.05);
  });

  it('asks the others now and then alone, also while it refuses', async () => {
    const { clock, process, asked } = bench();
    await flood(clock, [process()], 20_000, 0.5);
    expect(asked()).toBeLessThan(600);
  });

  it('leaves other keys alone', async () => {
    const { clock, process } = bench();
    const one = process();
    await flood(clock, [one], 2_000, 0, 'greedy');
    expect(await flood(clock, [one], 100, 10, 'modest')).toBe(100);
  });

  it('says how long to wait, and is then true to it', async () => {
    const { clock, process } = bench();
    const one = process();
    await flood(clock, [one], 1_000, 0);
    const wait = await one.take('k', rate, 1);
    expect(wait).toBeGreaterThan(0);
    await clock.advance(wait);
    expect(await one.take('k', rate, 1)).toBe(0);
  });

  it('takes all that a request asks for or nothing of it; more than a burst counts as a burst', async () => {
    const { process } = bench();
    const one = process();
    expect(await one.take('k', rate, 150)).toBe(0);
    expect(await one.take('k', rate, 60)).toBeGreaterThan(0);
    expect(await one.take('k', rate, 50)).toBe(0);
    expect(await process().take('other', rate, 5_000)).toBe(0);
  });

  it('lets many that ask at the same moment share one answer', async () => {
    const { process, asked } = bench();
    const one = process();
    const waits = await Promise.all(Array.from({ length: 500 }, () => one.take('k', rate, 1)));
    expect(waits.filter((wait) => wait === 0)).toHaveLength(200);
    expect(asked()).toBeLessThanOrEqual(52);
  });

  it('keeps no slice that was left lying: its share has long been filled up', async () => {
    const { clock, process } = bench();
    const one = process();
    await one.take('k', rate, 1);
    await clock.advance(10_000);
    expect(await flood(clock, [one], 1_000, 0)).toBe(200);
  });
});

describe('G-06 without the shared count', () => {
  it('a process counts alone at the same rate: nobody is shut out, nobody is let off', async () => {
    const { clock, process, away } = bench({ lease: () => Promise.reject(new Unavailable('no database', true)) });
    const one = process();
    const passed = await flood(clock, [one], 20_000, 0.5);
    expect(Math.abs(passed - rate.burst - 1_000) / (rate.burst + 1_000)).toBeLessThanOrEqual(0.05);
    expect(away[0]).toBeInstanceOf(Unavailable);
    // It asks again each second, not at each request.
    expect(away.length).toBeLessThanOrEqual(11);
  });

  it('a count that does not answer keeps nobody waiting for longer than a second', async () => {
    const { clock, process, away } = bench({ lease: () => new Promise(() => undefined) });
    const taken = process().take('k', rate, 1);
    await clock.advance(1_000);
    expect(await taken).toBe(0);
    expect(away).toHaveLength(1);
  });

  it('it comes back to the shared count by itself', async () => {
    const clock = manualClock();
    const memory = new MemoryQuotaStore(clock);
    await memory.lease('k', rate, 200, 200);
    let down = true;
    const lease: QuotaStore['lease'] = (...args) => (down ? Promise.reject(new Unavailable('no database', true)) : memory.lease(...args));
    const one = new Quotas({ store: { lease }, clock, timers: clock });
    expect(await one.take('k', rate, 4)).toBe(0);
    down = false;
    await clock.advance(1_000);
    expect(await one.take('k', rate, 150)).toBeGreaterThan(0);
  });
});
