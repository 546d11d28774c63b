// A folder in which a plain user can run a host, with a copy of the runner in it.
import { chmodSync, copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { builtRunner } from './sandboxes.js';

export interface PlainFolder {
  readonly folder: string;
  readonly runner: string;
  remove(): void;
}

export async function plainFolder(): Promise<PlainFolder> {
  const folder = mkdtempSync(join(tmpdir(), 'kari-plain-host-'));
  chmodSync(folder, 0o777);
  const runner = join(folder, 'runner.mjs');
  copyFileSync(await builtRunner(), runner);
  chmodSync(runner, 0o644);
  return { folder, runner, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
