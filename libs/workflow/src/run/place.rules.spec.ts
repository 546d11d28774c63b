import { expect, it } from '@jest/globals';
import { placeOf, repetitionOf } from './place.rules.js';

it.each([
  ['/do', '/do'],
  ['/do/0/first', '/do/first'],
  ['/do/3/pay/try/0/charge', '/do/pay/try/charge'],
  ['/do/3/pay/catch/do/1/mend', '/do/pay/catch/do/mend'],
  ['/do/0/all/fork/branches/2/x', '/do/all/fork/branches/x'],
  ['/do/0/a/metadata/kari/compensate/0/undo', '/do/a/metadata/kari/compensate/undo'],
  // A name that looks like an index, and one that looks like a list.
  ['/do/0/7/do/1/2', '/do/7/do/2'],
  ['/do/0/do/do/1/x', '/do/do/do/x'],
])('tells %s as %s', (pointer, place) => expect(placeOf(pointer)).toBe(place));

it('tells rounds apart', () => {
  expect(repetitionOf({ id: '/do/0/each/do/0/one#2', iteration: '2' })).toBe('/do/each/do/one#2');
});
