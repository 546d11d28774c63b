import { expect, it } from '@jest/globals';
import { taskPause } from './task-pause.rules.js';

it('is a second after the first failure, twice as long after each further one, five minutes at most', () => {
  expect([1, 2, 3, 9, 10, 20, 99].map((failures) => taskPause(failures, 0))).toEqual([
    1_000, 2_000, 4_000, 256_000, 300_000, 300_000, 300_000,
  ]);
});

it('is up to half of it shorter by chance, so that many that failed together come apart', () => {
  expect([0, 0.5, 0.998].map((chance) => taskPause(1, chance))).toEqual([1_000, 750, 501]);
});
