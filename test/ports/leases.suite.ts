// What every adapter of the lease port promises.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { holdShard, LeaseLost, type Lease, type Leases } from '@kari/platform/leases';
import { systemTimers } from '@kari/platform/time';

const LEASE_MS = 120;

export interface LeaseWorld {
  /** Another worker in the same world: the heart beats every 20 ms, leases end after 120 ms. */
  worker(): Leases;
  /** A worker whose heart does not beat: as if its process slept. */
  sleeper(): Leases;
  end(): Promise<void>;
}

async function held(lease: Promise<Lease | null>): Promise<Lease> {
  const found = await lease;
  if (found === null) throw new Error('the shard was expected to be free');
  return found;
}

async function eventually(condition: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await condition())) await systemTimers.sleep(5);
}

export function leasesSuite(name: string, open: () => Promise<LeaseWorld>): void {
  describe(`leases: ${name} (D-15)`, () => {
    let world: LeaseWorld;
    let workers: Leases[];
    let stop: AbortController;
    const worker = () => track(world.worker());
    const track = (leases: Leases) => (workers.push(leases), leases);

    beforeEach(async () => {
      world = await open();
      workers = [];
      stop = new AbortController();
    });
    afterEach(async () => {
      stop.abort();
      for (const leases of workers) await leases.stop();
      await world.end();
    });

    it('gives a shard to one worker, and other shards to others', async () => {
      const [one, other] = [worker(), worker()];
      expect((await held(one.acquire('a'))).fence).toBe(1n);
      expect(await other.acquire('a')).toBeNull();
      expect(await other.acquire('b')).not.toBeNull();
    });

    it('gives it to exactly one of many that ask at the same moment', async () => {
      const began = performance.now();
      const tries = await Promise.all(Array.from({ length: 12 }, () => worker().acquire('a')));
      const leases = tries.filter((lease) => lease !== null);
      // On a machine that stood still for as long as a lease lasts, another may rightly have followed: never two of one fence.
      if (performance.now() - began < LEASE_MS) expect(leases).toHaveLength(1);
      expect(new Set(leases.map(({ fence }) => fence)).size).toBe(leases.length);
      expect(leases.length).toBeGreaterThan(0);
    });

    it('keeps it for a worker that lives, beyond any expiry', async () => {
      const [one, other] = [worker(), worker()];
      const lease = await held(one.acquire('a'));
      const until = performance.now() + 400;
      while (performance.now() < until) {
        expect(await other.acquire('a')).toBeNull();
        await systemTimers.sleep(20);
      }
      await one.guard(lease);
      expect(lease.signal.aborted).toBe(false);
    });

    it('passes it on at once when released, with a higher fence', async () => {
      const [one, other] = [worker(), worker()];
      const first = await held(one.acquire('a'));
      await first.release();
      expect(first.signal.aborted).toBe(true);
      expect((await held(other.acquire('a'))).fence).toBe(2n);
    });

    it('tells others when it runs out, and is taken then, however seldom they ask', async () => {
      const [sleeper, other] = [track(world.sleeper()), worker()];
      await held(sleeper.acquire('a'));
      const told: number[] = [];
      expect(await other.acquire('a', (freeInMs) => told.push(freeInMs))).toBeNull();
      expect(told).toEqual([expect.any(Number)]);
      expect(told[0]).toBeLessThanOrEqual(LEASE_MS);
      const fences: bigint[] = [];
      const options = { timers: systemTimers, signal: stop.signal, retryMs: 3_600_000, onError: () => undefined };
      await holdShard(other, 'a', options, ({ fence }) => {
        fences.push(fence);
        stop.abort();
        return Promise.resolve();
      });
      expect(fences).toEqual([2n]);
    });

    it('passes it on when its worker sleeps, and the sleeper can no longer write', async () => {
      const sleeper = track(world.sleeper());
      const asleep = await held(sleeper.acquire('a'));
      const other = worker();
      let taken: Lease | null = null;
      await eventually(async () => (taken = await other.acquire('a')) !== null);
      expect((taken as Lease | null)?.fence).toBe(2n);
      await expect(sleeper.guard(asleep)).rejects.toBeInstanceOf(LeaseLost);
      expect(asleep.signal.aborted).toBe(true);
      await other.guard(taken as unknown as Lease);
    });

    it('lets a late release of the old holder change nothing', async () => {
      const sleeper = track(world.sleeper());
      const asleep = await held(sleeper.acquire('a'));
      const [other, third] = [worker(), worker()];
      await eventually(async () => (await other.acquire('a')) !== null);
      await asleep.release();
      expect(await third.acquire('a')).toBeNull();
    });

    it('moves the work of a worker that stops to one that waits', async () => {
      const done: string[] = [];
      const [one, other] = [worker(), worker()];
      const stops = [new AbortController(), new AbortController()] as const;
      const work = (label: string) => async (_: Lease, signal: AbortSignal) => {
        done.push(label);
        if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      };
      const hold = (leases: Leases, index: 0 | 1, label: string) =>
        holdShard(leases, 'a', { timers: systemTimers, signal: stops[index].signal, retryMs: 10, onError: () => undefined }, work(label));
      const first = hold(one, 0, 'one');
      await eventually(() => done.length === 1);
      const second = hold(other, 1, 'other');
      stops[0].abort();
      await first;
      await eventually(() => done.length === 2);
      stops[1].abort();
      await second;
      expect(done).toEqual(['one', 'other']);
    });
  });
}
