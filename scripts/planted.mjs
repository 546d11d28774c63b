// `npm run test:planted [-- name ... | --slice]`: a check counts only after it has caught a planted bug. Each file in test/planted names one mutation
// of the sources and the test that must turn red. The mutation is made in a copy of the tree: no release build can ever contain it.
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const COPIED = [
  'apps',
  'libs',
  'extensions',
  'test',
  'scripts',
  'package.json',
  'package-lock.json',
  'tsconfig.base.json',
  'tsconfig.json',
  'jest.config.mjs',
  '.dependency-cruiser.cjs',
];
const MINUTES = 5;

const folder = join(root, 'test/planted');
const bugs = [];
for (const file of readdirSync(folder)
  .filter((name) => name.endsWith('.mjs'))
  .sort()) {
  const exported = (await import(pathToFileURL(join(folder, file)).href)).default;
  // `--slice` takes the first of each file: what a change is judged by when there is no time for all.
  bugs.push(...[exported].flat().map((bug, index) => ({ ...bug, slice: index === 0 })));
}
const asked = process.argv.slice(2);
const chosen = asked.length === 0 ? bugs : bugs.filter((bug) => asked.includes(bug.name) || (asked.includes('--slice') && bug.slice));
if (chosen.length === 0) {
  console.error(`no planted bug of that name; there are: ${bugs.map((bug) => bug.name).join(', ')}`);
  process.exit(2);
}

const healthyBySuite = new Map();
const copy = mkdtempSync(join(tmpdir(), 'kari-planted-'));
let caught = 0;
try {
  for (const name of COPIED) if (existsSync(join(root, name))) cpSync(join(root, name), join(copy, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  for (const bug of chosen) {
    const verdict = await judge(bug);
    if (verdict === 'caught') caught += 1;
    console.log(`${verdict === 'caught' ? 'caught' : 'MISSED'}  ${bug.name}${verdict === 'caught' ? '' : `: ${verdict}`}`);
  }
} finally {
  rmSync(copy, { recursive: true, force: true });
}
console.log(`planted bugs: ${caught} of ${chosen.length} caught`);
process.exit(caught === chosen.length ? 0 : 1);

async function judge(bug) {
  const path = join(copy, bug.file);
  const original = readFileSync(path, 'utf8');
  if (original.split(bug.find).length !== 2)
    return `"${bug.find.slice(0, 60)}" stands ${original.split(bug.find).length - 1} times in ${bug.file}`;
  const named = new RegExp(bug.pattern, 'i');
  const healthy = (await healthyTests(bug)).filter(({ fullName }) => named.test(fullName));
  if (!healthy.some(({ status }) => status === 'passed')) return `without the bug, ${bug.test} passes no test named ${bug.pattern}`;
  if (healthy.some(({ status }) => status === 'failed')) return `without the bug, ${bug.test} is red already`;
  writeFileSync(
    path,
    original.replace(bug.find, () => bug.replace),
  );
  try {
    const ill = await jest(bug, ['-t', bug.pattern]);
    return ill.some(({ status }) => status === 'failed') ? 'caught' : 'the test stayed green';
  } finally {
    writeFileSync(path, original);
  }
}

/** Each suite is run once without any bug, however many are planted for it. */
function healthyTests(bug) {
  const known = healthyBySuite.get(bug.test) ?? jest(bug, []);
  healthyBySuite.set(bug.test, known);
  return known;
}

/** The tests that ran; a suite that does not even load counts as one failed test. */
async function jest(bug, args) {
  const report = join(copy, 'report.json');
  rmSync(report, { force: true });
  if (bug.build === true) spawnSync(process.execPath, ['scripts/build.mjs'], { cwd: copy, stdio: 'ignore' });
  const program = [join(root, 'node_modules/jest/bin/jest.js'), bug.test, ...args, '--json', `--outputFile=${report}`];
  const child = spawn(process.execPath, ['--experimental-vm-modules', '--no-warnings', ...program], {
    cwd: copy,
    // A suite of seeds may say how many of them it takes to catch a bug.
    env: { ...process.env, ...(bug.size === undefined ? {} : { KARI_TEST_SIZE: String(bug.size) }) },
    stdio: 'ignore',
    detached: true,
  });
  const timer = setTimeout(() => process.kill(-child.pid, 'SIGKILL'), MINUTES * 60_000);
  await new Promise((done) => child.once('exit', done));
  clearTimeout(timer);
  if (!existsSync(report)) return [{ fullName: bug.pattern, status: 'failed' }];
  const { testResults } = JSON.parse(readFileSync(report, 'utf8'));
  const unloaded = testResults.filter((suite) => suite.status === 'failed' && suite.assertionResults.length === 0);
  return [...testResults.flatMap((suite) => suite.assertionResults), ...unloaded.map(() => ({ fullName: bug.pattern, status: 'failed' }))];
}
