// Test programs that must run in a process of their own: bundled from their sources, packages left where they are.
import { mkdirSync } from 'node:fs';
import { basename, dirname, join, parse } from 'node:path';
import { runToCompletion } from '@kari/platform/process';

export function bundledProgram(name: string): Promise<string> {
  return bundled(`test/support/${name}.ts`, ['--platform=node', '--packages=external', '--target=node20', '--tsconfig=tsconfig.json']);
}

/** A fixture of several files, as one that the runner can load. */
export function bundledFixture(entry: string): Promise<string> {
  return bundled(`test/fixtures/extensions/${entry}.mjs`, [
    '--platform=neutral',
    '--external:node:*',
    '--target=esnext',
    '--supported:import-attributes=true',
  ]);
}

async function bundled(entry: string, options: readonly string[]): Promise<string> {
  const folder = join(process.cwd(), '.cache', 'test', String(process.pid));
  mkdirSync(folder, { recursive: true });
  const outfile = join(folder, `${basename(dirname(entry))}-${parse(entry).name}.mjs`);
  const built = await runToCompletion(
    join(process.cwd(), 'node_modules/esbuild/bin/esbuild'),
    [entry, '--bundle', '--format=esm', '--log-level=error', ...options, `--outfile=${outfile}`],
    { kind: 'build', cwd: process.cwd(), environment: { PATH: process.env['PATH'] ?? '' }, timeoutMs: 60_000 },
  );
  if (built.code !== 0) throw new Error(built.stderr);
  return outfile;
}
