import { expect, it } from '@jest/globals';
import { listsOf, tasksOf, textsIn } from './tasks.rules.js';
import { set, workflow } from './testing/documents.js';

it('finds every task by its pointer, with the variables around it', () => {
  const document = workflow(
    [
      { 'a/b': { for: { each: 'row', in: '.' }, do: [set('inner')] } },
      { b: { try: [set('tried')], catch: { as: 'fault', do: [{ c: { do: [set('deep')] } }] } } },
      { d: { fork: { branches: [set('left')] } } },
      { e: { listen: { to: { one: { with: { type: 'x' } } } }, foreach: { do: [set('each')] } } },
      set('f', { metadata: { kari: { compensate: [set('undo')] } } }),
    ],
    { use: { functions: { g: { do: [set('called')] } } } },
  );
  expect(Object.fromEntries(tasksOf(document).map(({ pointer, variables }) => [pointer, variables.join()]))).toEqual({
    '/do/0/a~1b': '',
    '/do/0/a~1b/do/0/inner': 'row,index',
    '/do/1/b': '',
    '/do/1/b/try/0/tried': '',
    '/do/1/b/catch/do/0/c': 'fault',
    '/do/1/b/catch/do/0/c/do/0/deep': 'fault',
    '/do/2/d': '',
    '/do/2/d/fork/branches/0/left': '',
    '/do/3/e': '',
    '/do/3/e/foreach/do/0/each': 'item,index',
    '/do/4/f': '',
    '/do/4/f/metadata/kari/compensate/0/undo': 'output',
    '/use/functions/g': '',
    '/use/functions/g/do/0/called': '',
  });
  expect(listsOf(document).map(({ role }) => role)).toEqual([
    'do',
    'do',
    'try',
    'catch',
    'do',
    'branches',
    'foreach',
    'compensate',
    'do',
    'do',
  ]);
});

it('finds every text in a value', () => {
  expect(textsIn({ a: ['x', { 'b~': 'y' }], c: 1 }, '/v')).toEqual([
    { pointer: '/v/a/0', text: 'x' },
    { pointer: '/v/a/1/b~0', text: 'y' },
  ]);
});
