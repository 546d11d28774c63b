import { expect, it } from '@jest/globals';
import { arranged, chosen, MOST_AT_ONCE, MOST_OF_EXTENSION, type OpenRun } from './dispatch.rules.js';

const open = (run: string, more: Partial<OpenRun> = {}): OpenRun => ({
  run,
  task: 'acme.notes/sync',
  overlap: 'skip',
  standing: 'queued',
  inHand: false,
  due: true,
  cancelling: false,
  ...more,
});
const active: Partial<OpenRun> = { standing: 'active', inHand: true };

it('lets the first of a task begin, and goes on with what has begun once its next attempt is due', () => {
  expect(arranged([open('a')])).toEqual({ begin: ['a'], skip: [], cancel: [] });
  expect(arranged([open('a', { standing: 'active' })]).begin).toEqual(['a']);
  expect(arranged([open('a', { standing: 'active', due: false })]).begin).toEqual([]);
  expect(arranged([open('a', active)]).begin).toEqual([]);
});

it('lets another one go under skip, also while the earlier one waits for its next attempt or for room', () => {
  for (const first of [open('a', active), open('a', { standing: 'active', due: false }), open('a')]) {
    expect(arranged([first, open('b'), open('c')]).skip).toEqual([
      { run: 'b', reason: 'overlap' },
      { run: 'c', reason: 'overlap' },
    ]);
  }
});

it('lets it wait in order under queue, and run beside under allow', () => {
  const queue = { overlap: 'queue' } as const;
  expect(arranged([open('a', { ...queue, ...active }), open('b', queue), open('c', queue)])).toEqual({ begin: [], skip: [], cancel: [] });
  expect(arranged([open('b', queue), open('c', queue)]).begin).toEqual(['b']);
  const allow = { overlap: 'allow' } as const;
  expect(arranged([open('a', { ...allow, ...active }), open('b', allow), open('c', allow)]).begin).toEqual(['b', 'c']);
});

it('asks for the end of what goes on under cancel-previous, begins once it has ended, and lets go what waited in between', () => {
  const newest = { overlap: 'cancel-previous' } as const;
  const running = open('a', { ...newest, ...active });
  expect(arranged([running, open('b', newest)])).toEqual({ begin: [], skip: [], cancel: ['a'] });
  expect(arranged([{ ...running, cancelling: true }, open('b', newest), open('c', newest)])).toEqual({
    begin: [],
    skip: [{ run: 'b', reason: 'replaced' }],
    cancel: [],
  });
  expect(arranged([open('b', newest), open('c', newest)])).toEqual({
    begin: ['c'],
    skip: [{ run: 'b', reason: 'replaced' }],
    cancel: [],
  });
  expect(arranged([open('c', newest)]).begin).toEqual(['c']);
});

it('keeps tasks apart', () => {
  expect(arranged([open('a', active), open('b', { task: 'acme.notes/tidy' })])).toEqual({ begin: ['b'], skip: [], cancel: [] });
});

it('lets so many of an extension run at once and no more', () => {
  const many = Array.from({ length: 9 }, (_, index) => open(String(index), { task: `acme.notes/t${index}` }));
  expect(arranged(many).begin).toHaveLength(MOST_OF_EXTENSION);
  const busy = many.map((one, index) => (index < MOST_OF_EXTENSION - 1 ? open(one.run, { ...active, task: one.task }) : one));
  expect(arranged(busy).begin).toEqual(['3']);
});

it('serves the tenant with the fewest in hand first, up to what a process may have in hand', () => {
  const of = (tenant: string, count: number) => Array.from({ length: count }, (_, index) => ({ tenant, run: `${tenant}${index}` }));
  const order = chosen([...of('a', 4), ...of('b', 2)], new Map([['a', 1]])).map(({ run }) => run);
  expect(order).toEqual(['b0', 'a0', 'b1', 'a1', 'a2', 'a3']);
  expect(chosen(of('a', 99), new Map([['b', 2]]))).toHaveLength(MOST_AT_ONCE - 2);
});
