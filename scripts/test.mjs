// `npm test [-- jest arguments | --shuffle[=seed]]`: builds what the end-to-end tests start, runs jest, ends with one line that counts skipped
// tests apart. Suites that judge time run after the others, one at a time. Shuffled, the suites come in the order of a seed; the tests in one may
// tell a story and keep theirs.
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { build } from './build.mjs';
import { root, runJest, succeeded, summary, total } from './lib/jest.mjs';
import { TIMED } from './lib/suites.mjs';

await build();
const given = process.argv.slice(2);
const shuffle = given.length === 1 ? /^--shuffle(?:=(\d+))?$/.exec(given[0]) : null;
const counts = total(given.length > 0 && shuffle === null ? [await runJest(given)] : await everything(shuffle));
console.log(summary(counts));
process.exit(succeeded(counts) ? 0 : 1);

async function everything(shuffled) {
  const seed = shuffled?.[1] ?? String(randomInt(2 ** 31));
  if (shuffled !== null) console.log(`order ${seed}`);
  const order = shuffled === null ? [] : [`--testSequencer=${join(root, 'scripts/lib/shuffled.mjs')}`];
  const environment = shuffled === null ? {} : { KARI_TEST_ORDER: seed };
  const others = ['--testPathIgnorePatterns', '/node_modules/', '/dist/', '/test/fixtures/', '/test/bench/', ...TIMED];
  return [await runJest([...order, ...others], { environment }), await runJest([...order, '--runInBand', ...TIMED], { environment })];
}
