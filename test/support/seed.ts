// Every random test prints its seed and runs again from it: KARI_TEST_SEED=<seed> npx jest <file>.
import { randomInt } from 'node:crypto';

export function seedOf(id: string): number {
  const given = process.env['KARI_TEST_SEED'];
  const seed = given === undefined ? randomInt(2 ** 31) : Number(given);
  process.stdout.write(`${id}: seed ${seed}\n`);
  return seed;
}

/** How much larger than a commit's slice a random test runs: KARI_TEST_SCALE=20 for the long runs. */
export const scale = Number(process.env['KARI_TEST_SCALE'] ?? 1);
