// `node test/bench/run.mjs append [--rounds 5] [--seconds 4]`: bundles one benchmark with the aliases of the sources and runs it.
// Results are JSON lines in .cache/bench/<name>.jsonl; what people read goes to the terminal.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { emitAll } from '../../scripts/build.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const [name, ...rest] = process.argv.slice(2);
const source = join(root, 'test/bench', `${name}.bench.ts`);
if (name === undefined || !existsSync(source)) {
  console.error('name a benchmark: append, ...');
  process.exit(2);
}

const peers = join(root, 'test/bench/peers');
const others = process.env.BENCH_CONTENDERS !== 'Kari';
if (others && !existsSync(join(peers, 'node_modules'))) {
  const installed = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: peers,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (installed.status !== 0) console.error('the peers could not be installed: their rows will be missing');
}

const folder = join(root, '.cache/bench');
mkdirSync(folder, { recursive: true });
const outfile = join(folder, `${name}.mjs`);
await build({
  entryPoints: [source],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  packages: 'external',
  tsconfig: join(root, 'tsconfig.base.json'),
  logLevel: 'error',
});
// Programs that a benchmark starts stand in a folder of its name. They are compiled file by file, with all that they import: a bundle would lose
// what decorators tell and what lies beside a module.
if (existsSync(join(root, 'test/bench', name))) {
  process.chdir(root);
  const tree = join(folder, 'tree');
  rmSync(tree, { recursive: true, force: true });
  await emitAll(tree, ['apps/server', 'apps/runner', 'libs', 'test/support', `test/bench/${name}`].flatMap(everythingBelow));
}

function everythingBelow(below) {
  return readdirSync(below, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.spec.ts'))
    .map(({ parentPath, name: file }) => relative(root, resolve(parentPath, file)))
    .filter((path) => !/(^|\/)(node_modules|dist|fixtures)\//.test(path));
}
const { status } = spawnSync(process.execPath, ['--no-warnings', outfile, ...rest], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, KARI_BENCH_RESULTS: process.env.KARI_BENCH_RESULTS ?? join(folder, `${name}.jsonl`) },
});
process.exit(status ?? 1);
