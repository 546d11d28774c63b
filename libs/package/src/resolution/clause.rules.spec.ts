import { expect, it } from '@jest/globals';
import { clauseOf, originsOf, resolvent } from './clause.rules.js';

it('literals of one variable are one, and what nothing fulfils is left out', () => {
  const clause = clauseOf([
    { variable: 0, allowed: 0b01n },
    { variable: 0, allowed: 0b10n },
    { variable: 1, allowed: 0n },
  ]);
  expect(clause).toEqual({ literals: [{ variable: 0, allowed: 0b11n }], parents: [] });
});

it('two clauses give what follows from both, and remember where it came from', () => {
  const one = clauseOf([
    { variable: 0, allowed: 0b011n },
    { variable: 1, allowed: 0b1n },
  ]);
  const other = clauseOf([
    { variable: 0, allowed: 0b110n },
    { variable: 2, allowed: 0b1n },
  ]);
  const found = resolvent(one, other, 0);
  expect(found.literals).toEqual([
    { variable: 0, allowed: 0b010n },
    { variable: 1, allowed: 0b1n },
    { variable: 2, allowed: 0b1n },
  ]);
  const third = clauseOf([{ variable: 1, allowed: 0b10n }]);
  expect([...originsOf(resolvent(found, third, 1))]).toEqual(expect.arrayContaining([one, other, third]));
  expect([...originsOf(one)]).toEqual([one]);
});
