import { expect, it } from '@jest/globals';
import { addressesIn } from './hosts-file.rules.js';

it('reads names, aliases and comments as the machine does', () => {
  const file = '127.0.0.1\tlocalhost\r\n::1 localhost ip6-localhost\n# 1.2.3.4 commented\n10.0.0.5  DB.intern db # the database\n\nbroken';
  expect(addressesIn(file, 'localhost')).toEqual(['127.0.0.1', '::1']);
  expect(addressesIn(file, 'db.INTERN')).toEqual(['10.0.0.5']);
  expect(addressesIn(file, 'db')).toEqual(['10.0.0.5']);
  for (const absent of ['commented', 'intern', 'broken', '10.0.0.5', '']) expect(addressesIn(file, absent)).toEqual([]);
});
