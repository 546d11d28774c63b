import { expect, it } from '@jest/globals';
import { settled } from '@kari/kernel/testing';
import { Slots } from './slots.js';

const never = new AbortController().signal;

function held() {
  let release = (): void => undefined;
  const work = new Promise<void>((resolve) => (release = resolve));
  return { work: () => work, release: () => release() };
}

it('lets so many in at a time, first come first served', async () => {
  const slots = new Slots(1);
  const order: string[] = [];
  const first = held();
  const one = slots.hold(never, first.work).then(() => order.push('one'));
  const two = slots.hold(never, () => Promise.resolve(order.push('two')));
  const three = slots.hold(never, () => Promise.resolve(order.push('three')));
  await settled();
  expect(order).toEqual([]);
  first.release();
  await Promise.all([one, two, three]);
  expect(order[0]).not.toBe('three');
  expect(order.indexOf('two')).toBeLessThan(order.indexOf('three'));
});

it('gives the place back when the work fails, and when one gives up waiting', async () => {
  const slots = new Slots(1);
  await expect(slots.hold(never, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  const first = held();
  const running = slots.hold(never, first.work);
  const giveUp = new AbortController();
  const waiting = slots.hold(giveUp.signal, () => Promise.resolve('too late'));
  giveUp.abort(new Error('not wanted'));
  await expect(waiting).rejects.toThrow('not wanted');
  first.release();
  await running;
  expect(await slots.hold(never, () => Promise.resolve('in'))).toBe('in');
});
