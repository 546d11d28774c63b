// `npm test [jest arguments]`: builds what the end-to-end tests start, runs jest, ends with one line that counts skipped tests apart.
// Suites that judge time (heartbeats, limits on processor and memory) run after the others, one at a time: a busy neighbour would be judged too.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from './build.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const TIMED = ['test/security/sandbox/', 'test/e2e/extension/', 'libs/platform/src/leases/'];

await build();
const given = process.argv.slice(2);
const runs =
  given.length > 0
    ? [jest(given)]
    : [
        jest(['--testPathIgnorePatterns', '/node_modules/', '/dist/', '/test/fixtures/', '/test/bench/', ...TIMED]),
        jest(['--runInBand', ...TIMED]),
      ];

const sum = (count) => runs.reduce((total, run) => total + count(run), 0);
const failed = sum(({ numFailedTests, unloaded }) => numFailedTests + unloaded);
const passed = sum(({ numPassedTests }) => numPassedTests);
console.log(`${passed} passed, ${failed} failed, ${sum(({ numPendingTests, numTodoTests }) => numPendingTests + numTodoTests)} skipped`);
process.exit(runs.every(({ success }) => success) && passed > 0 && failed === 0 ? 0 : 1);

/** Counts of one run; a run without a report, or a suite that does not even load, is a failure. */
function jest(args) {
  const folder = mkdtempSync(join(tmpdir(), 'kari-test-'));
  const report = join(folder, 'report.json');
  const program = [join(root, 'node_modules/jest/bin/jest.js'), '--json', `--outputFile=${report}`, ...args];
  const { status } = spawnSync(process.execPath, ['--experimental-vm-modules', '--no-warnings', ...program], {
    cwd: root,
    stdio: ['inherit', 'ignore', 'inherit'],
  });
  try {
    const counts = JSON.parse(readFileSync(report, 'utf8'));
    const unloaded = counts.testResults.filter((suite) => suite.status === 'failed' && suite.assertionResults.length === 0).length;
    return { ...counts, unloaded, success: counts.success && status === 0 };
  } catch {
    console.error('jest wrote no report');
    return { numPassedTests: 0, numFailedTests: 1, numPendingTests: 0, numTodoTests: 0, unloaded: 0, success: false };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
