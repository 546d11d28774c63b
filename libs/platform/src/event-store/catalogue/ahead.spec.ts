import { expect, it } from '@jest/globals';
import { ahead } from './ahead.js';

const collect = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
};

it('keeps the order, whichever is ready first, and never has more than allowed under way', async () => {
  let running = 0;
  let most = 0;
  const work = async (item: number): Promise<number> => {
    most = Math.max(most, (running += 1));
    for (let turn = 0; turn < (item * 7) % 5; turn += 1) await Promise.resolve();
    running -= 1;
    return item * 10;
  };
  const items = Array.from({ length: 50 }, (_, index) => index);
  expect(await collect(ahead(items, work, 4))).toEqual(items.map((item) => item * 10));
  expect(most).toBeLessThanOrEqual(4);
  expect(most).toBeGreaterThan(1);
});

it('fails at the item that fails, after those before it', async () => {
  const seen: number[] = [];
  const failing = (async () => {
    for await (const item of ahead([1, 2, 3, 4], (one) => (one === 3 ? Promise.reject(new Error('three')) : Promise.resolve(one))))
      seen.push(item);
  })();
  await expect(failing).rejects.toThrow('three');
  expect(seen).toEqual([1, 2]);
});

it('leaves nothing unhandled when its reader stops early', async () => {
  for await (const item of ahead([1, 2, 3], (one) => (one > 1 ? Promise.reject(new Error('late')) : Promise.resolve(one)))) {
    expect(item).toBe(1);
    break;
  }
});
