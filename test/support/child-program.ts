// Runs a small TypeScript program of a test as a process of its own, so that it can be killed without killing the test.
import { existsSync, mkdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { runToCompletion, spawnOwned, type OwnedProcess } from '@kari/platform/process';

const root = resolve(import.meta.dirname, '../..');

/** Bundles the program with what it imports of the repository; answers the file to run. */
export async function bundleProgram(entry: string): Promise<string> {
  const folder = join(root, '.cache', 'programs');
  mkdirSync(folder, { recursive: true });
  const output = join(folder, `${basename(entry, '.ts')}-${process.pid}.mjs`);
  const options = {
    entryPoints: [entry],
    outfile: output,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    tsconfig: join(root, 'tsconfig.base.json'),
    sourcemap: 'inline',
    logLevel: 'error',
    // What it imports may serve suites as well; a program has no test runner around it.
    alias: { '@jest/globals': join(root, 'test/support/no-test-runner.ts') },
  };
  // In a process of its own as well: the bundler does not run inside the test runner's sandboxed modules.
  const bundle = `await (await import('esbuild')).build(${JSON.stringify(options)})`;
  const done = await runToCompletion(process.execPath, ['--input-type=module', '--eval', bundle], {
    kind: 'bundler',
    cwd: root,
    environment: { PATH: process.env['PATH'] ?? '' },
    timeoutMs: 30_000,
  });
  if (done.code !== 0 || !existsSync(output)) throw new Error(`${entry} could not be bundled: ${done.stderr}`);
  return output;
}

export interface ChildProgram {
  readonly process: OwnedProcess;
  /** Resolves with the first line that starts so; rejects when the program ends before. */
  line(start: string): Promise<string>;
  /** The same for lines from that number on; answers the number. */
  lineFrom(from: number, start: string): Promise<number>;
  readonly lines: readonly string[];
  readonly errors: () => string;
}

export interface ProgramOptions {
  readonly args?: readonly string[];
  /** Most open files. */
  readonly descriptors?: number;
}

export function runProgram(
  file: string,
  environment: Readonly<Record<string, string>>,
  { args: given = [], descriptors }: ProgramOptions = {},
): ChildProgram {
  const line = [process.execPath, '--enable-source-maps', file, ...given];
  const [program = '', ...args] =
    descriptors === undefined ? line : ['/bin/sh', '-c', `ulimit -n ${descriptors} && exec "$@"`, 'sh', ...line];
  const child = spawnOwned(program, args, { kind: 'test program', cwd: root, environment });
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  let rest = '';
  let errors = '';
  let ended = false;
  const tell = (): void => waiting.forEach((look) => look());
  child.stdout?.on('data', (chunk: Buffer) => {
    const parts = (rest + chunk.toString()).split('\n');
    // A killed program may leave half a line: it does not count.
    rest = parts.pop() ?? '';
    lines.push(...parts);
    tell();
  });
  child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  void child.exited.then(() => {
    ended = true;
    tell();
  });
  const lineFrom = (from: number, start: string): Promise<number> =>
    new Promise((found, reject) => {
      let next = from;
      const look = (): void => {
        while (next < lines.length && lines[next]?.startsWith(start) !== true) next += 1;
        if (next === lines.length && !ended) return;
        waiting.delete(look);
        if (next < lines.length) found(next);
        else reject(new Error(`the program ended before "${start}", having said "${lines.at(-1) ?? 'nothing'}": ${errors}`));
      };
      waiting.add(look);
      look();
    });
  return {
    process: child,
    lines,
    errors: () => errors,
    line: async (start) => lines[await lineFrom(0, start)] ?? '',
    lineFrom,
  };
}
