// `npm run mutation [-- room ...]`: changes the sources of a room in every small way there is and counts the changes that no test notices.
// Reports go to .cache/mutation; the figures are written into docs/mutation.md by `-- --write`. Slow: about a second a change.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Stryker } from '@stryker-mutator/core';
import { rooms } from './mutation/rooms.mjs';
import { figuresOf, writeFigures } from './mutation/figures.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
process.chdir(root);
const given = process.argv.slice(2);
const only = given.find((argument) => argument.startsWith('--mutate='))?.slice('--mutate='.length);
const asked = given.filter((argument) => !argument.startsWith('--'));
const unknown = asked.filter((name) => rooms[name] === undefined);
if (unknown.length > 0) {
  console.error(`no room named ${unknown.join(', ')}; there are: ${Object.keys(rooms).join(', ')}`);
  process.exit(2);
}

const folder = join(root, '.cache/mutation');
mkdirSync(folder, { recursive: true });
const commit = spawnSync('git', ['rev-parse', '--short=10', 'HEAD'], { encoding: 'utf8' }).stdout.trim();
let below = 0;
for (const name of asked.length > 0 ? asked : Object.keys(rooms)) {
  const mutants = await run(name);
  const figures = figuresOf(mutants);
  console.log(
    `${name}: ${figures.score.toFixed(1)} % (${figures.detected} of ${figures.valid} noticed; ${figures.survived} survived, ${figures.uncovered} in lines no test runs)`,
  );
  if (figures.score < 85) below += 1;
  if (given.includes('--write') && only === undefined) writeFigures(join(root, 'docs/mutation.md'), name, figures, commit);
}
process.exit(below === 0 ? 0 : 1);

async function run(name) {
  const { mutate, tests } = rooms[name];
  const temporary = join(root, '.cache/mutation', `sandbox-${name}`);
  rmSync(temporary, { recursive: true, force: true });
  const stryker = new Stryker({
    packageManager: 'npm',
    mutate: only === undefined ? mutate : only.split(','),
    testRunner: 'jest',
    testRunnerNodeArgs: ['--experimental-vm-modules', '--no-warnings'],
    plugins: ['@stryker-mutator/jest-runner'],
    jest: {
      projectType: 'custom',
      configFile: 'scripts/mutation/jest.config.mjs',
      enableFindRelatedTests: false,
      config: { testMatch: tests.map((test) => `<rootDir>/${test}`) },
    },
    coverageAnalysis: 'perTest',
    concurrency: 1,
    // Modules loaded as ESM are never given back within one process.
    maxTestRunnerReuse: 25,
    timeoutMS: 10_000,
    timeoutFactor: 2,
    tempDirName: temporary,
    cleanTempDir: 'always',
    ignorePatterns: ['.cache', '.data', 'dist', 'docs', 'coverage', '.git', 'extensions/*/dist'],
    reporters: ['json', 'html', 'progress-append-only'],
    jsonReporter: { fileName: join(folder, `${name}.json`) },
    htmlReporter: { fileName: join(folder, `${name}.html`) },
    allowEmpty: false,
    disableTypeChecks: false,
  });
  await stryker.runMutationTest();
  return Object.values(JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')).files).flatMap(({ mutants }) => mutants);
}
