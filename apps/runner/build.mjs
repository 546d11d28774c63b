// Bundles the runner into one file without imports: what runs as the engine's entry must have no import graph of its own.
import { build } from 'esbuild';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));

export async function buildRunner(outfile) {
  const { metafile } = await build({
    entryPoints: [join(here, 'src/main.ts')],
    tsconfig: join(here, '../../tsconfig.json'),
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    target: 'es2023',
    mainFields: ['module', 'main'],
    metafile: true,
    legalComments: 'none',
  });
  const [output] = Object.values(metafile.outputs);
  const left = output.imports.filter(({ kind }) => kind === 'import-statement');
  if (left.length > 0) throw new Error(`the runner still imports ${left.map(({ path }) => path).join(', ')}`);
  return outfile;
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  await buildRunner(process.argv[2] ?? join(here, '../../dist/apps/runner/runner.mjs'));
