// `npm run test:long [-- jest arguments]`: the suites that have a larger size for the long runs, at that size, one after the other.
import { build } from './build.mjs';
import { runJest, succeeded, summary, total } from './lib/jest.mjs';
import { suitesWith } from './lib/suites.mjs';

const MINUTES = 75;

await build();
const suites = suitesWith(/\bsizeOf\([^)]*\bt2:/s);
console.log(`${suites.length} suites have a size for the long runs`);
const environment = { KARI_TEST_TIER: 't2' };
const counts = total([
  await runJest(['--runInBand', '--runTestsByPath', ...suites, ...process.argv.slice(2)], { environment, withinMinutes: MINUTES }),
]);
console.log(summary(counts));
process.exit(succeeded(counts) ? 0 : 1);
