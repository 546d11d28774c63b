// `npm run test:long [-- jest arguments]`: the suites that have a larger size for the long runs, at that size; those that judge time after the
// others, one at a time.
import { build } from './build.mjs';
import { runJest, succeeded, summary, total } from './lib/jest.mjs';
import { suitesWith, TIMED_AT_LENGTH } from './lib/suites.mjs';

const MINUTES = 75;

await build();
const suites = suitesWith(/\bsizeOf\([^)]*\bt2:/s);
console.log(`${suites.length} suites have a size for the long runs`);
const timed = new RegExp(TIMED_AT_LENGTH.join('|'));
const given = process.argv.slice(2);
const began = Date.now();
const counts = total([
  await run(suites.filter((suite) => !timed.test(suite))),
  await run(
    suites.filter((suite) => timed.test(suite)),
    '--runInBand',
  ),
]);
console.log(summary(counts));
process.exit(succeeded(counts) ? 0 : 1);

function run(those, ...how) {
  const withinMinutes = MINUTES - (Date.now() - began) / 60_000;
  return runJest([...how, '--runTestsByPath', ...those, ...given], { environment: { KARI_TEST_TIER: 't2' }, withinMinutes });
}
