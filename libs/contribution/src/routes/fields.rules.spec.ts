import { expect, it } from '@jest/globals';
import { readFields } from './fields.rules.js';

it('reads names and texts in their order, each decoded once', () => {
  expect(readFields('a=1&b=x%20y+z&a=%2525&flag&e=')).toEqual({
    fields: [
      ['a', '1'],
      ['b', 'x y z'],
      ['a', '%25'],
      ['flag', ''],
      ['e', ''],
    ],
  });
  expect(readFields('')).toEqual({ fields: [] });
});

it('takes what looks like a nested name for a name', () => {
  expect(readFields('a%5Bb%5D=1&a[c]=2&__proto__[x]=3')).toEqual({
    fields: [
      ['a[b]', '1'],
      ['a[c]', '2'],
      ['__proto__[x]', '3'],
    ],
  });
});

it.each([
  ['an escape that is none', 'a=%zz'],
  ['half an escape', 'a=%'],
  ['bytes that are not UTF-8', 'a=%ff'],
  ['a field without a name', 'a=1&&b=2'],
  ['a text without a name', '=1'],
  ['too many fields', Array.from({ length: 201 }, (_, index) => `f${index}=1`).join('&')],
])('refuses %s', (_name, text) => expect(readFields(text)).toEqual({ refused: expect.any(String) }));
