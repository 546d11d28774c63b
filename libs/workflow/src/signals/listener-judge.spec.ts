import { expect, it } from '@jest/globals';
import { ExpressionFailed } from '../expression/evaluator.js';
import { quick } from '../run/testing/playing-run.js';
import { correlationWith, EventAnswers } from './listener-judge.js';
import type { AwaitedFilter } from './listener.rules.js';

const event = { id: '1', type: 'shop.paid', data: { order: 7, total: 20 } };
const answersTo = (asked: string[] = []) =>
  new EventAnswers(
    {
      evaluate: (program, input, variables) => {
        asked.push(program);
        if (program === 'broken') throw new ExpressionFailed('runtime', program, 'no');
        if (program === 'away') throw new ExpressionFailed('unavailable', program, 'no thread');
        return quick(program, input, variables) as never;
      },
    },
    event,
  );
const judged = (filter: AwaitedFilter) => correlationWith(filter, answersTo());

it.each<[string, AwaitedFilter, Record<string, unknown> | null]>([
  ['nothing more', { with: { type: 'shop.paid' } }, {}],
  ['a condition that holds', { with: { data: '${ .total > 10 }' } }, {}],
  ['a condition that does not', { with: { data: '${ .total > 30 }' } }, null],
  ['a condition that fails', { with: { data: '${ broken }' } }, null],
  ['equal data', { with: { data: { total: 20, order: 7 } } }, {}],
  ['other data', { with: { data: { order: 7 } } }, null],
  ['a text that only looks like a condition', { with: { data: { x: '${ true }' } } }, null],
  ['a value of the run', { with: { data: '${ .order == $input.id }' }, variables: { input: { id: 7 } } }, {}],
  ['another value of the run', { with: { data: '${ .order == $input.id }' }, variables: { input: { id: 8 } } }, null],
  ['a correlation', { with: {}, correlate: { order: { from: '.data.order', expect: '7' } } }, { order: 7 }],
  ['another correlation', { with: {}, correlate: { order: { from: '.data.order', expect: 8 } } }, null],
  ['a correlation that the first event settles', { with: {}, correlate: { order: { from: '.data.order' } } }, { order: 7 }],
  ['a correlation that the event lacks', { with: {}, correlate: { order: { from: '.data.none' } } }, null],
])('looks for %s', async (_, filter, correlation) => {
  expect(await judged(filter)).toEqual(correlation);
});

it('asks each program once for one event, apart by what it is lent', async () => {
  const asked: string[] = [];
  const answers = answersTo(asked);
  const filter = (id: number): AwaitedFilter => ({ with: { data: '${ .order == $input.id }' }, variables: { input: { id } } });
  for (const id of [7, 7, 8]) await correlationWith(filter(id), answers);
  expect(asked).toHaveLength(2);
});

it('does not take a missing evaluator for a no', async () => {
  await expect(judged({ with: { data: '${ away }' } })).rejects.toThrow('no thread');
});
