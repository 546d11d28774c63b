// `npm test [jest arguments]`: builds what the end-to-end tests start, runs jest, ends with one line that counts skipped tests apart.
// Suites that judge time (heartbeats, limits on processor and memory) run after the others, one at a time: a busy neighbour would be judged too.
import { build } from './build.mjs';
import { runJest, succeeded, summary, total } from './lib/jest.mjs';

const TIMED = ['test/security/sandbox/', 'test/e2e/extension/', 'libs/platform/src/leases/'];

await build();
const given = process.argv.slice(2);
const runs = [];
if (given.length > 0) runs.push(await runJest(given));
else {
  runs.push(await runJest(['--testPathIgnorePatterns', '/node_modules/', '/dist/', '/test/fixtures/', '/test/bench/', ...TIMED]));
  runs.push(await runJest(['--runInBand', ...TIMED]));
}
const counts = total(runs);
console.log(summary(counts));
process.exit(succeeded(counts) ? 0 : 1);
