import { expect, it } from '@jest/globals';
import { documentOf, PlayingRun } from '../testing/playing-run.js';
import { faultOf, textOf } from './machine.rules.js';

it('lets an expression name the run, the task it stands in, and what the loops around it go through', () => {
  const named = { set: { run: '${ $workflow.input.n }', task: '${ $task.reference }', round: '${ $index }', of: '${ $item }' } };
  const run = new PlayingRun(documentOf([{ each: { for: { in: '.items' }, do: [{ named }] } }]), { n: 7, items: ['x'] });
  expect(run.state.result).toEqual({ output: { run: 7, task: '/do/0/each/do/0/named', round: 0, of: 'x' } });
});

it('finds no fault where no schema is asked for, and writes any value as text', () => {
  const judge = { schemaFault: () => 'is wrong' } as unknown as Parameters<typeof faultOf>[0];
  expect([faultOf(judge, undefined, 1), faultOf(judge, {}, 1), faultOf(judge, { document: {} }, 1)]).toEqual([null, null, 'is wrong']);
  expect(['a', 1, undefined].map(textOf)).toEqual(['a', '1', 'null']);
});
