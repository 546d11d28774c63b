import { expect, it } from '@jest/globals';
import { placeNamed, tasksOfRuns } from './named-place.rules.js';
import { documentOf } from './testing/playing-run.js';

const tasks = tasksOfRuns(
  documentOf([{ a: { do: [{ x: { set: {} } }] } }, { b: { do: [{ x: { set: {} } }, { y: { set: {} } }] } }], {
    use: { functions: { shared: { call: 'desk.a@1' } } },
  }),
);

it.each([
  ['a', '/do/a'],
  ['y', '/do/b/do/y'],
  ['/do/1/b/do/0/x', '/do/b/do/x'],
  ['/do/a/do/x', '/do/a/do/x'],
])('finds %s at %s', (key, place) => expect(placeNamed(tasks, key)).toEqual({ place }));

it.each([
  ['x', 'several tasks have this name: /do/a/do/x, /do/b/do/x'],
  ['shared', 'there is no such task; there are a, b, x, x, y'],
])('says why %s means nothing', (key, reason) => expect(placeNamed(tasks, key)).toEqual({ reason }));
