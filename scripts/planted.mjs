// `npm run test:planted [name ...]`: a check counts only after it has caught a planted bug. Each file in test/planted names one mutation
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
  bugs.push(...(Array.isArray(exported) ? exported : [exported]));
}
const asked = process.argv.slice(2);
const chosen = asked.length === 0 ? bugs : bugs.filter((bug) => asked.includes(bug.name));
if (chosen.length === 0) {
  console.error(`no planted bug of that name; there are: ${bugs.map((bug) => bug.name).join(', ')}`);
  process.exit(2);
}

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
  const healthy = await jest(bug);
  if (healthy.passed === 0) return `without the bug, ${bug.test} passes no test named ${bug.pattern}`;
  if (healthy.failed > 0) return `without the bug, ${bug.test} is red already`;
  writeFileSync(
    path,
    original.replace(bug.find, () => bug.replace),
  );
  try {
    const ill = await jest(bug);
    return ill.failed > 0 ? 'caught' : 'the test stayed green';
  } finally {
    writeFileSync(path, original);
  }
}

/** Counts of the named tests alone; a suite that does not even load counts as one failed test. */
async function jest(bug) {
  const report = join(copy, 'report.json');
  rmSync(report, { force: true });
  if (bug.build === true) spawnSync(process.execPath, ['scripts/build.mjs'], { cwd: copy, stdio: 'ignore' });
  const child = spawn(
    process.execPath,
    [
      '--experimental-vm-modules',
      '--no-warnings',
      join(root, 'node_modules/jest/bin/jest.js'),
      bug.test,
      '-t',
      bug.pattern,
      '--json',
      `--outputFile=${report}`,
    ],
    {
      cwd: copy,
      stdio: 'ignore',
      detached: true,
    },
  );
  const timer = setTimeout(() => process.kill(-child.pid, 'SIGKILL'), MINUTES * 60_000);
  await new Promise((done) => child.once('exit', done));
  clearTimeout(timer);
  if (!existsSync(report)) return { passed: 0, failed: 1 };
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(report, 'utf8'));
  const unloaded = testResults.filter((suite) => suite.status === 'failed' && suite.assertionResults.length === 0).length;
  return { passed: numPassedTests, failed: numFailedTests + unloaded };
}
