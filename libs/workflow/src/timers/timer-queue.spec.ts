import { expect, it } from '@jest/globals';
import { manualClock } from '@kari/kernel/testing';
import { TimerQueue } from './timer-queue.js';

const timer = (name: string) => ({ tenant: 't', run: 'r', timer: name });

it('D-16 rings in order, never early, whatever the wall clock does', async () => {
  const clock = manualClock();
  const rung: [string, number][] = [];
  const queue = new TimerQueue(clock, clock, ({ timer: name }) => rung.push([name, clock.monotonic()]));
  queue.add(timer('late'), 3000);
  queue.add(timer('early'), 1000);
  queue.add(timer('early'), 1);
  queue.add(timer('gone'), 500);
  queue.remove(timer('gone'));
  clock.jumpTo(clock.now() + 86_400_000);
  await clock.advance(999);
  expect(rung).toEqual([]);
  await clock.advance(1);
  expect(rung).toEqual([['early', 1000]]);
  clock.jumpTo(0);
  await clock.advance(2000);
  expect(rung).toEqual([
    ['early', 1000],
    ['late', 3000],
  ]);
  expect(queue.size).toBe(0);
});

it('keeps ten thousand in order', async () => {
  const clock = manualClock();
  const rung: number[] = [];
  const queue = new TimerQueue(clock, clock, ({ timer: name }) => rung.push(Number(name)));
  for (let index = 0; index < 10_000; index += 1) queue.add(timer(String((index * 7919) % 10_000)), (index * 7919) % 10_000);
  await clock.advance(10_000);
  expect(rung).toEqual(Array.from({ length: 10_000 }, (_, index) => index));
});
