// Test programs that must run in a process of their own: bundled from their sources, packages left where they are.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { runToCompletion } from '@kari/platform/process';

export async function bundledProgram(name: string): Promise<string> {
  const folder = join(process.cwd(), '.cache', 'test', String(process.pid));
  mkdirSync(folder, { recursive: true });
  const outfile = join(folder, `${name}.mjs`);
  const options = ['--bundle', '--platform=node', '--format=esm', '--packages=external', '--target=node20', '--log-level=error'];
  const built = await runToCompletion(
    join(process.cwd(), 'node_modules/esbuild/bin/esbuild'),
    [`test/support/${name}.ts`, ...options, '--tsconfig=tsconfig.json', `--outfile=${outfile}`],
    { kind: 'build', cwd: process.cwd(), environment: { PATH: process.env['PATH'] ?? '' }, timeoutMs: 60_000 },
  );
  if (built.code !== 0) throw new Error(built.stderr);
  return outfile;
}
