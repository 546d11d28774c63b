import { expect, it } from '@jest/globals';
import { own } from './own.js';

it('finds what a record holds, and nothing that it inherits', () => {
  expect(own({ a: 1 }, 'a')).toBe(1);
  for (const name of ['constructor', 'toString', 'hasOwnProperty', '__proto__']) expect([name, own({}, name)]).toEqual([name, undefined]);
  expect(own({ constructor: 2 }, 'constructor')).toBe(2);
  expect(own({ ['__proto__']: 3 }, '__proto__')).toBe(3);
});
