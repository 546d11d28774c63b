import { expect, it } from '@jest/globals';
import { Unavailable } from '@kari/kernel';
import { manualClock } from '@kari/kernel/testing';
import { MemoryReservationStore, Reservations } from './index.js';

const pace = { limit: 2, perMs: 1_000 };

it('answers those that ask at once together, in the order in which they came', async () => {
  const store = new MemoryReservationStore(manualClock());
  const counts: number[] = [];
  const counted = {
    reserve: (key: string, of: typeof pace, count: number) => {
      counts.push(count);
      return store.reserve(key, of, count);
    },
  };
  const reservations = new Reservations(counted);
  const waits = await Promise.all([1, 2, 3, 4].map(() => reservations.next('k', pace)));
  expect(waits).toEqual([0, 0, 500, 1_000]);
  expect(counts).toEqual([1, 3]);
  expect(await Promise.all([reservations.next('k', pace), reservations.next('k', { limit: 4, perMs: 1_000 })])).toEqual([1_500, 1_750]);
});

it('tells whoever asked that there is no answer, and asks again for the next', async () => {
  let down = true;
  const reservations = new Reservations({
    reserve: () => (down ? Promise.reject(new Unavailable('no database', true)) : Promise.resolve([7])),
  });
  await expect(reservations.next('k', pace)).rejects.toBeInstanceOf(Unavailable);
  down = false;
  expect(await reservations.next('k', pace)).toBe(7);
});
