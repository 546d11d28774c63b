import { expect, it } from '@jest/globals';
import { FairGate } from './fair-gate.js';

const never = new AbortController().signal;

it('lets tenants take turns, however many of one wait', async () => {
  const gate = new FairGate(1);
  const first = await gate.enter('busy', never);
  const order: string[] = [];
  const entering = ['busy', 'busy', 'busy', 'quiet'].map((tenant) =>
    gate.enter(tenant, never).then((leave) => (order.push(tenant), leave())),
  );
  first();
  await Promise.all(entering);
  expect(order).toEqual(['busy', 'quiet', 'busy', 'busy']);
});

it('forgets who gave up waiting, and gives the place of nobody twice', async () => {
  const gate = new FairGate(1);
  const leave = await gate.enter('a', never);
  const giving = new AbortController();
  const waiting = gate.enter('a', giving.signal);
  giving.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  leave();
  leave();
  await gate.enter('b', never);
  const held = gate.enter('c', never);
  await expect(Promise.race([held, Promise.resolve('waits')])).resolves.toBe('waits');
});
