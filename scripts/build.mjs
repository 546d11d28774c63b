// Builds `dist/` when the sources have changed since the last build: swc for apps and libs (about a second), esbuild for the runner.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { transformFile } from '@swc/core';
import { hashOf, sourcesBelow } from './lib/sources.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const target = join(root, 'dist');
const stamp = join(target, '.hash');

export async function build() {
  process.chdir(root);
  const sources = [...sourcesBelow('apps'), ...sourcesBelow('libs')];
  const hash = hashOf([...sources, 'tsconfig.base.json', 'package-lock.json', 'scripts/build.mjs']);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return { built: false };

  // A build is made beside the old one and swapped: an interrupted build never looks like a whole one.
  const staging = join(root, '.cache', `build-${process.pid}`);
  rmSync(staging, { recursive: true, force: true });
  try {
    await fill(staging, sources);
    writeFileSync(join(staging, '.hash'), hash);
    rmSync(target, { recursive: true, force: true });
    renameSync(staging, target);
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
  return { built: true };
}

/** The same sources elsewhere, and what else is to run beside them. */
export async function emitAll(destination, sources) {
  await Promise.all(sources.map((source) => emit(source, join(destination, source))));
}

async function fill(staging, sources) {
  await emitAll(staging, sources);
  if (existsSync('apps/runner/build.mjs')) {
    const runner = await import(pathToFileURL(join(root, 'apps/runner/build.mjs')).href);
    await runner.buildRunner(join(staging, 'apps/runner/runner.mjs'));
  }
}

async function emit(source, destination) {
  mkdirSync(dirname(destination), { recursive: true });
  if (!source.endsWith('.ts')) return writeFileSync(destination, readFileSync(source));
  const { code, map } = await transformFile(source, options);
  const output = destination.replace(/\.ts$/, '.js');
  writeFileSync(output, `${code}//# sourceMappingURL=${output.split('/').at(-1)}.map\n`);
  writeFileSync(`${output}.map`, map);
}

const { paths } = JSON.parse(readFileSync(join(root, 'tsconfig.base.json'), 'utf8')).compilerOptions;
const options = {
  cwd: root,
  configFile: false,
  swcrc: false,
  sourceMaps: true,
  jsc: {
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
    target: 'es2023',
    keepClassNames: true,
    baseUrl: root,
    paths: Object.fromEntries(Object.entries(paths).map(([alias, [file]]) => [alias, [resolve(root, file)]])),
  },
  module: { type: 'es6', resolveFully: true },
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { built } = await build();
  console.log(built ? 'built' : 'up to date');
}
