// `node test/bench/run.mjs append [--rounds 5] [--seconds 4]`: bundles one benchmark with the aliases of the sources and runs it.
// Results are JSON lines in .cache/bench/<name>.jsonl; what people read goes to the terminal.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const [name, ...rest] = process.argv.slice(2);
const source = join(root, 'test/bench', `${name}.bench.ts`);
if (name === undefined || !existsSync(source)) {
  console.error('name a benchmark: append, ...');
  process.exit(2);
}

const peers = join(root, 'test/bench/peers');
if (!existsSync(join(peers, 'node_modules'))) {
  const installed = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: peers, stdio: ['ignore', 'ignore', 'inherit'] });
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
const { status } = spawnSync(process.execPath, ['--no-warnings', outfile, ...rest], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, KARI_BENCH_RESULTS: join(folder, `${name}.jsonl`) },
});
process.exit(status ?? 1);
