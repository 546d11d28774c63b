// Where the engine and the runner lie: the engine's platform package itself, never the npm package's shim around it.
import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rejected } from '@kari/kernel';

const require = createRequire(import.meta.url);

/** Throws `Rejection` SANDBOX_START_FAILED where the engine has no build for this system. */
export function findEngine(): string {
  const name = `@deno/${process.platform}-${process.arch}${process.platform === 'linux' ? '-glibc' : ''}`;
  try {
    const folder = dirname(require.resolve(`${name}/package.json`));
    const binary = join(folder, process.platform === 'win32' ? 'deno.exe' : 'deno');
    if (existsSync(binary)) return binary;
  } catch {
    // Told below, in words that help.
  }
  throw rejected('SANDBOX_START_FAILED', { reason: `the engine package ${name} is not installed` });
}

/** The runner as the build left it: beside the compiled libs, or in `dist` when the sources run directly. Throws like `findEngine`. */
export function findRunner(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const candidates = [resolve(here, '../../../../apps/runner/runner.mjs'), resolve(here, '../../../../dist/apps/runner/runner.mjs')];
  const found = candidates.find((candidate) => existsSync(candidate));
  if (found === undefined) throw rejected('SANDBOX_START_FAILED', { reason: 'the runner has not been built' });
  return found;
}

/** Where copies for the sandboxes are kept. A root host needs a folder that any uid may enter; everyone else's own data folder will do. */
export function openFolder(dataFolder: string): string {
  if (process.getuid?.() !== 0) return resolve(dataFolder, 'sandbox');
  for (const folder of ['/var/lib/kari', join(tmpdir(), 'kari')]) {
    try {
      mkdirSync(folder, { recursive: true });
      accessSync(folder, constants.W_OK);
      return folder;
    } catch {
      // The next one.
    }
  }
  throw rejected('SANDBOX_START_FAILED', { reason: 'there is no folder that sandboxes could run from' });
}
