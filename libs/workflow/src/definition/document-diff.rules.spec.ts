import { expect, it } from '@jest/globals';
import { differencesOf } from './document-diff.rules.js';

const set = (x: number) => ({ set: { x } });

it('tells what was added, removed, changed and moved, tasks by their names', () => {
  const before = { a: 1, do: [{ one: set(1) }, { two: set(2) }, { three: set(3) }, { four: set(4) }] };
  const after = { b: 2, do: [{ new: set(9) }, { one: set(5) }, { three: set(3) }, { two: set(2) }] };
  expect(differencesOf(before, after)).toEqual([
    { kind: 'removed', pointer: '/a', before: 1, after: null },
    { kind: 'added', pointer: '/b', before: null, after: 2 },
    { kind: 'removed', pointer: '/do/3/four', before: set(4), after: null },
    { kind: 'added', pointer: '/do/0/new', before: null, after: set(9) },
    { kind: 'changed', pointer: '/do/1/one/set/x', before: 1, after: 5 },
    { kind: 'moved', pointer: '/do/2/three', before: 2, after: 2 },
    { kind: 'moved', pointer: '/do/3/two', before: 1, after: 3 },
  ]);
});

it('says nothing of what is the same, in whatever order its keys stand', () => {
  expect(differencesOf({ a: 1, b: [1, { c: 2 }] }, { b: [1, { c: 2 }], a: 1 })).toEqual([]);
  expect(differencesOf({ b: [1, 2] }, { b: [1, 3] })).toEqual([{ kind: 'changed', pointer: '/b', before: [1, 2], after: [1, 3] }]);
});
