// Runs the host under attack as somebody, in a network of its own where one can be had, and hands over what it wrote down.
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { spawnOwned } from '@kari/platform/process';
import { missing } from '../probes.js';
import { bundledFixture, bundledProgram } from '../programs.js';
import { builtRunner } from '../sandboxes.js';
import type { Told } from './attacked-host.js';
import { SECRET, VARIABLE } from './attack-stage.js';
import { insidePrivateNetwork } from './private-network.js';

const NOBODY = 65534;

export async function attacked(as: 'same' | 'plain'): Promise<Told> {
  const folder = mkdtempSync(join(tmpdir(), 'kari-attacked-'));
  chmodSync(folder, 0o777);
  try {
    const copied = (source: string, name: string): string => {
      copyFileSync(source, join(folder, name));
      chmodSync(join(folder, name), 0o644);
      return join(folder, name);
    };
    const runner = copied(await builtRunner(), 'runner.mjs');
    const bundle = copied(await bundledFixture('attacking/main'), 'attacks.mjs');
    const table = resolve('test/fixtures/extensions/attacking/table.mjs');
    const inNetwork = missing('netns') === null;
    const program = await bundledProgram('attacks/attacked-host');
    const command = [
      process.execPath,
      program,
      folder,
      runner,
      bundle,
      table,
      ...[inNetwork ? 'network' : 'no network', as === 'same' ? 'every run' : 'the hardest', SECRET],
    ];
    const [file = '', ...args] = inNetwork ? insidePrivateNetwork(folder, as, command) : command;
    const dropped = !inNetwork && as === 'plain' && process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
    const child = spawnOwned(file, args, {
      kind: 'attacked-host',
      cwd: process.cwd(),
      environment: { [VARIABLE]: SECRET, TMPDIR: folder, PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
      ...dropped,
    });
    let errors = '';
    child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    child.stdout?.resume();
    const { code } = await child.exited;
    if (code !== 0) throw new Error(`the host under attack failed with ${code}: ${errors}`);
    return JSON.parse(readFileSync(join(folder, 'told.json'), 'utf8')) as Told;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
