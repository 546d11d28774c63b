import { expect, it } from '@jest/globals';
import { CallGate } from './call-gate.js';

const forever = () => new AbortController().signal;

it('lets in so many, queues so many in order, and refuses the rest', async () => {
  const gate = new CallGate(1, 2);
  const order: string[] = [];
  await gate.enter(forever());
  const second = gate.enter(forever())?.then(() => order.push('second'));
  const third = gate.enter(forever())?.then(() => order.push('third'));
  expect(gate.enter(forever())).toBeNull();
  expect(gate.busy).toBe(3);
  gate.leave();
  await second;
  gate.leave();
  await third;
  gate.leave();
  expect([order, gate.busy]).toEqual([['second', 'third'], 0]);
});

it('frees the place of a call that gives up while it waits', async () => {
  const gate = new CallGate(1, 1);
  await gate.enter(forever());
  const controller = new AbortController();
  const waiting = gate.enter(controller.signal);
  controller.abort(new Error('late'));
  await expect(waiting).rejects.toThrow('late');
  expect(gate.busy).toBe(1);
  gate.leave();
  await expect(gate.enter(forever())).resolves.toBeUndefined();
});

it('tells when it is empty', async () => {
  const gate = new CallGate(1, 1);
  await gate.whenEmpty();
  await gate.enter(forever());
  const told: string[] = [];
  const empty = gate.whenEmpty().then(() => told.push('empty'));
  const second = gate.enter(forever());
  gate.leave();
  await second;
  expect(told).toEqual([]);
  gate.leave();
  await empty;
  expect(told).toEqual(['empty']);
});
