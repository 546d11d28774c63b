import { expect, it } from '@jest/globals';
import { documentOf, PlayingRun } from '../testing/playing-run.js';

it('asks for events with the values of this moment, and gives what came in the order of the filters', () => {
  const all = [{ with: { type: 'a.b', subject: '${ .n }' } }, { with: { type: 'c.d', data: '${ .x > 1 }' } }];
  const run = new PlayingRun(documentOf([{ l: { listen: { to: { all } } } }]), { n: 'seven' });
  expect(run.facts.at(-1)).toMatchObject({
    type: 'EventAwaited',
    data: { mode: 'all', filters: [{ with: { type: 'a.b', subject: 'seven' } }, { with: { type: 'c.d', data: '${ .x > 1 }' } }] },
  });
  const receive = (filter: number, data: unknown) =>
    run.then({ type: 'EventReceived', data: { task: '/do/0/l', filter, event: { id: String(filter), data } } } as never);
  receive(1, 'second');
  expect(run.state.status).toBe('running');
  receive(0, 'first');
  expect(run.state.result).toEqual({ output: ['first', 'second'] });
});
