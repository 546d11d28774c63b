// What every adapter of the shared moments promises.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ReservationStore } from '@kari/platform/quotas';

export interface ReservationWorld {
  /** The moments as another process has them. */
  process(): ReservationStore;
  /** Moves the clock of the count on. */
  pass(milliseconds: number): Promise<void>;
  end(): Promise<void>;
}

/** Slow enough that a busy machine adds nothing while a test runs: one in ten minutes, three at once. */
const slow = { limit: 3, perMs: 1_800_000 };

export function reservationsSuite(name: string, open: () => Promise<ReservationWorld>): void {
  describe(`shared moments: ${name}`, () => {
    let world: ReservationWorld;
    beforeEach(async () => {
      world = await open();
    });
    afterEach(() => world.end());

    const minutes = (waits: readonly number[]): readonly number[] => waits.map((wait) => Math.round(wait / 60_000));

    it('lets the limit begin at once, then each at a moment of its own', async () => {
      const store = world.process();
      expect(minutes(await store.reserve('a', slow, 5))).toEqual([0, 0, 0, 10, 20]);
      expect(minutes(await store.reserve('a', slow, 1))).toEqual([30]);
      expect(minutes(await store.reserve('b', slow, 1))).toEqual([0]);
    });

    it('gives no moment twice, however many processes ask at once', async () => {
      const processes = Array.from({ length: 4 }, () => world.process());
      const rounds = Array.from({ length: 5 }, () => processes.map((one) => one.reserve('a', slow, 1))).flat();
      const waits = minutes((await Promise.all(rounds)).flat());
      expect([...waits].sort((one, other) => one - other)).toEqual([
        0,
        0,
        0,
        ...Array.from({ length: 17 }, (_, index) => (index + 1) * 10),
      ]);
    });

    it('forgets nothing that is still to come, and all that is past', async () => {
      const quick = { limit: 1, perMs: 50 };
      const store = world.process();
      await store.reserve('a', quick, 1);
      await world.pass(80);
      expect(await store.reserve('a', quick, 1)).toEqual([0]);
    });
  });
}
