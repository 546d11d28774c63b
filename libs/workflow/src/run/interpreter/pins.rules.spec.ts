import { expect, it } from '@jest/globals';
import { documentOf, PlayingRun } from '../testing/playing-run.js';
import { effectsOf } from './effects.rules.js';

const order = documentOf([
  { price: { call: 'shop.price@1', output: { as: '${ { total: .amount } }' } } },
  { pay: { call: 'shop.pay@1', with: { total: '${ .total }' } } },
  { rest: { wait: 'P1D' } },
  { ask: { call: 'approval.request@1', with: { title: 'Send it?' } } },
]);

it('stand for what a task would have given: shaped like it, never done, at any kind of task', () => {
  const run = new PlayingRun(
    order,
    {},
    { kind: 'test', pins: { '/do/price': { amount: 7 }, '/do/rest': null, '/do/ask': { approved: true } } },
  );
  expect(effectsOf(run.state).map(({ id, arguments: args }) => [id, args])).toEqual([
    ['/do/1/pay', { call: 'shop.pay@1', with: { total: 7 } }],
  ]);
  run.done('/do/1/pay', { paid: true });
  expect(run.state).toMatchObject({ status: 'completed', result: { output: { approved: true } }, approvals: 0 });
  expect(run.types()).not.toContain('TimerSet');
});

it('are none of an ordinary run', () => {
  expect(effectsOf(new PlayingRun(order).state).map(({ id }) => id)).toEqual(['/do/0/price']);
});
