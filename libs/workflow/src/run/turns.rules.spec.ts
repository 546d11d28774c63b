import { expect, it } from '@jest/globals';
import { inTurns } from './turns.rules.js';

const of = (tenant: string, count: number) => Array.from({ length: count }, (_, index) => ({ tenant, run: `${tenant}${index}` }));

it('takes up one of each tenant, then the next of each, in their own order', () => {
  const order = inTurns([...of('busy', 4), ...of('quiet', 1), ...of('other', 2)]).map(({ run }) => run);
  expect(order).toEqual(['busy0', 'quiet0', 'other0', 'busy1', 'other1', 'busy2', 'busy3']);
  expect(inTurns([])).toEqual([]);
});
