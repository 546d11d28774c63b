import { expect, it } from '@jest/globals';
import { deciding, filled, holds, ValueFailed } from './task-values.rules.js';

it('fills expressions however deep, and leaves every other value as it is', async () => {
  const value = await deciding(
    (program) => program.toUpperCase(),
    (answers) => filled(answers, { a: '${ x }', b: ['${ y }', 'plain ${ z }', 7], c: null }, null, {}),
  );
  expect(value).toEqual({ a: 'X', b: ['Y', 'plain ${ z }', 7], c: null });
});

it('decides again until every late value is known, and asks for each once', async () => {
  const asked: string[] = [];
  let decisions = 0;
  const value = await deciding(
    (program) => {
      asked.push(program);
      return Promise.resolve(program.length);
    },
    (answers) => {
      decisions += 1;
      return filled(answers, ['${ a }', '${ bb }', '${ a }'], null, {});
    },
  );
  expect(value).toEqual([1, 2, 1]);
  expect(asked).toEqual(['a', 'bb']);
  expect(decisions).toBe(3);
});

it('tells of a value that cannot be, at once or late, in one way', async () => {
  const failing = (evaluate: () => never | Promise<never>) => deciding(evaluate, (answers) => filled(answers, '${ a }', null, {}));
  await expect(failing(() => Promise.reject(new Error('late')))).rejects.toBeInstanceOf(ValueFailed);
  await expect(
    failing(() => {
      throw new Error('at once');
    }),
  ).rejects.toThrow('at once');
});

it('holds as jq does', () =>
  expect([0, '', [], true, false, null, undefined].map(holds)).toEqual([true, true, true, true, false, false, false]));
