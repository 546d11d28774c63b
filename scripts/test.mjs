// `npm test [jest arguments]`: builds what the end-to-end tests start, runs jest, ends with one line that counts skipped tests apart.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from './build.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
await build();

const folder = mkdtempSync(join(tmpdir(), 'kari-test-'));
const report = join(folder, 'report.json');
const run = spawnSync(
  process.execPath,
  [
    '--experimental-vm-modules',
    '--no-warnings',
    join(root, 'node_modules/jest/bin/jest.js'),
    '--json',
    `--outputFile=${report}`,
    ...process.argv.slice(2),
  ],
  {
    cwd: root,
    stdio: ['inherit', 'ignore', 'inherit'],
  },
);

let counts = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, numFailedTestSuites: 0, success: false };
try {
  counts = JSON.parse(readFileSync(report, 'utf8'));
} catch {
  console.error('jest wrote no report');
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const brokenSuites = (counts.testResults ?? []).filter((suite) => suite.status === 'failed' && suite.assertionResults.length === 0).length;
console.log(
  `${counts.numPassedTests} passed, ${counts.numFailedTests + brokenSuites} failed, ${counts.numPendingTests + counts.numTodoTests} skipped`,
);
process.exit(run.status === 0 && counts.success && counts.numPassedTests > 0 ? 0 : 1);
