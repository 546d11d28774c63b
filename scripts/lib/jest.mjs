// Runs jest for the commands that run tests, and counts what it did.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/**
 * `named`: only tests of whose full name the pattern finds something are run and counted. `withinMinutes`: then the run is ended and counts as
 * failed. A run without a report, or a suite that does not even load, is a failure.
 */
export async function runJest(args, { environment = {}, named = null, withinMinutes = null } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'kari-test-'));
  const report = join(folder, 'report.json');
  const program = [join(root, 'node_modules/jest/bin/jest.js'), '--json', `--outputFile=${report}`, ...args];
  if (named !== null) program.push('--testNamePattern', named);
  try {
    const child = spawn(process.execPath, ['--experimental-vm-modules', '--no-warnings', ...program], {
      cwd: root,
      env: { ...process.env, ...environment },
      stdio: 'inherit',
    });
    let late = false;
    const timer =
      withinMinutes === null
        ? null
        : setTimeout(() => {
            late = true;
            child.kill('SIGKILL');
          }, withinMinutes * 60_000);
    const status = await new Promise((done) => child.once('exit', done));
    clearTimeout(timer);
    if (late) console.error(`not finished within ${withinMinutes} minutes`);
    return counted(report, named, status === 0);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function total(runs) {
  const sum = (count) => runs.reduce((all, run) => all + run[count], 0);
  return { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped'), failures: runs.flatMap(({ failures }) => failures) };
}

export function summary({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

export function succeeded({ passed, failed }) {
  return passed > 0 && failed === 0;
}

function counted(report, named, ended) {
  let suites;
  try {
    suites = JSON.parse(readFileSync(report, 'utf8')).testResults;
  } catch {
    console.error('jest wrote no report');
    return { passed: 0, failed: 1, skipped: 0, failures: ['jest wrote no report'] };
  }
  // Tests that the pattern leaves out are told as pending, too.
  const meant = named === null ? () => true : ({ fullName }) => new RegExp(named, 'i').test(fullName);
  const tests = suites.flatMap(({ assertionResults }) => assertionResults).filter(meant);
  const unloaded = suites.filter((suite) => suite.status === 'failed' && suite.assertionResults.length === 0).map(({ name }) => name);
  const failures = [...tests.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName), ...unloaded];
  if (failures.length === 0 && !ended) failures.push('jest ended with a failure of its own');
  const passed = tests.filter(({ status }) => status === 'passed').length;
  return { passed, failed: failures.length, skipped: tests.length - passed - (failures.length - unloaded.length), failures };
}
