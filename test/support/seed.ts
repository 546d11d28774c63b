// Every random test prints its seed and runs again from it: KARI_TEST_SEED=<seed> npm test -- <file>.
import { randomInt } from 'node:crypto';
import { keep } from './record.js';

export function seedOf(id: string): number {
  const given = process.env['KARI_TEST_SEED'];
  const seed = given === undefined ? randomInt(2 ** 31) : Number(given);
  process.stdout.write(`${id}: seed ${seed}\n`);
  keep({ kind: 'seed', id, seed });
  return seed;
}
