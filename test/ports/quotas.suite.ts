// What every adapter of the shared count promises.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { QuotaStore } from '@kari/platform/quotas';

export interface QuotaWorld {
  /** The count as another process has it. */
  process(): QuotaStore;
  /** Moves the clock of the count on. */
  pass(milliseconds: number): Promise<void>;
  end(): Promise<void>;
}

/** Slow enough that a busy machine adds nothing while a test runs. */
const slow = { perSecond: 0.001, burst: 20 };

export function quotasSuite(name: string, open: () => Promise<QuotaWorld>): void {
  describe(`shared counts: ${name} (G-06)`, () => {
    let world: QuotaWorld;
    beforeEach(async () => {
      world = await open();
    });
    afterEach(() => world.end());

    it('gives what is wanted, then what is left, then nothing and a time to wait', async () => {
      const store = world.process();
      expect(await store.lease('a', slow, 1, 12)).toEqual({ granted: 12, retryMs: 0 });
      expect(await store.lease('a', slow, 1, 12)).toEqual({ granted: 8, retryMs: 0 });
      const { granted, retryMs } = await store.lease('a', slow, 1, 12);
      expect(granted).toBe(0);
      expect(retryMs).toBeGreaterThan(11_000_000);
      expect(retryMs).toBeLessThanOrEqual(12_000_000);
    });

    it('gives nothing where not all that is needed is there, and keeps what is there', async () => {
      const store = world.process();
      await store.lease('a', slow, 15, 15);
      expect((await store.lease('a', slow, 6, 8)).granted).toBe(0);
      expect((await store.lease('a', slow, 5, 5)).granted).toBe(5);
    });

    it('never gives more at first than the burst', async () => {
      expect(await world.process().lease('a', slow, 1, 50)).toEqual({ granted: 20, retryMs: 0 });
      expect((await world.process().lease('a', slow, 1, 1)).granted).toBe(0);
    });

    it('counts each key by itself', async () => {
      await world.process().lease('a', slow, 20, 20);
      expect((await world.process().lease('b', slow, 20, 20)).granted).toBe(20);
    });

    it('gives no token twice, however many processes ask at once', async () => {
      const processes = Array.from({ length: 4 }, () => world.process());
      const rounds = Array.from({ length: 15 }, () => processes.map((one) => one.lease('a', slow, 1, 1))).flat();
      const given = (await Promise.all(rounds)).reduce((sum, { granted }) => sum + granted, 0);
      expect(given).toBe(20);
    });

    it('fills again with time', async () => {
      const rate = { perSecond: 100, burst: 20 };
      const store = world.process();
      await store.lease('a', rate, 1, 20);
      await world.pass(60);
      const { granted } = await store.lease('a', rate, 1, 20);
      expect(granted).toBeGreaterThanOrEqual(6);
      expect(granted).toBeLessThanOrEqual(20);
    });

    it('follows a rate that was changed with the next question', async () => {
      const store = world.process();
      await store.lease('a', slow, 10, 10);
      expect((await store.lease('a', { perSecond: 0.001, burst: 4 }, 1, 10)).granted).toBe(4);
    });
  });
}
