import { expect, it } from '@jest/globals';
import { settled } from '@kari/kernel/testing';
import { Turns } from './turns.js';

it('lets so many work at once, in order of coming, whatever becomes of them', async () => {
  const turns = new Turns(2);
  const began: number[] = [];
  const ends: (() => void)[] = [];
  const work = (number: number) =>
    turns.take(() => {
      began.push(number);
      return new Promise<void>((done, fail) => (ends[number] = number === 0 ? () => fail(new Error('no')) : done));
    });
  const all = [0, 1, 2, 3].map((number) => work(number).catch(() => undefined));
  await settled();
  expect(began).toEqual([0, 1]);
  ends[0]!();
  await settled();
  expect(began).toEqual([0, 1, 2]);
  ends[2]!();
  await settled();
  expect(began).toEqual([0, 1, 2, 3]);
  ends[1]!();
  ends[3]!();
  await Promise.all(all);
});
