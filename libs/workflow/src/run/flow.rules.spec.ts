import { expect, it } from '@jest/globals';
import { entriesOf, following, instanceId, listOf, taskAt, valueAt, within } from './flow.rules.js';
import { documentOf } from './testing/playing-run.js';

const document = documentOf([{ 'a/b': { do: [{ inner: { set: { x: 1 } } }] } }, { c: { set: { y: 2 } } }]);

it('finds tasks by pointer, names with slashes too, and nothing through a prototype', () => {
  expect(taskAt(document, '/do/1/c')).toEqual({ set: { y: 2 } });
  expect(valueAt(document, '/do/0/a~1b/do/0/inner/set/x')).toBe(1);
  expect(valueAt(document, '/do/constructor')).toBeUndefined();
  expect(taskAt(document, '/do')).toEqual({});
});

it('walks through a list in its order, or where a task says', () => {
  const entries = entriesOf(document, listOf(document, '/do'));
  expect(entries.map(({ pointer }) => pointer)).toEqual(['/do/0/a~1b', '/do/1/c']);
  expect(listOf(document, '/do/0/a~1b')).toBe('/do/0/a~1b/do');
  expect(following(entries, { pointer: '/do/0/a~1b', next: 'continue' })?.name).toBe('c');
  expect(following(entries, { pointer: '/do/1/c', next: 'continue' })).toBeNull();
  expect(following(entries, { pointer: '/do/1/c', next: 'a/b' })?.name).toBe('a/b');
});

it('names repetitions apart', () => {
  expect(instanceId('/do/1/c', '')).toBe('/do/1/c');
  expect(instanceId('/do/1/c', within(within('', '2'), 'v1'))).toBe('/do/1/c#2.v1');
});
