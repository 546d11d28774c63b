// S-04: no secret by inheritance. A host that was started with 20 secret variables and 20 open descriptors starts sandboxes at every level;
// none of it is visible there, from inside or from outside.
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { spawnOwned } from '@kari/platform/process';
import { needs } from '../../support/needs.js';
import { bundledProgram } from '../../support/programs.js';
import { startable } from '../../support/startable.js';

const COUNT = 20;
const GAP = 60;
const secrets = Array.from({ length: COUNT }, (_, index) => `canary-${index}-7f3a9c`);
interface Seen {
  readonly inside?: { readonly environment: readonly string[]; readonly environs: readonly string[]; readonly canaries: readonly string[] };
  readonly outside: readonly string[];
}

let folder: string;
let seen: Readonly<Record<string, Seen>>;

needs('linux')('what a sandbox inherits from a careless host (S-04)', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kari-s04-'));
    seen = await runCarelessHost();
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(startable)('at %s: none of 20 variables and none of 20 descriptors', (level) => {
    const text = JSON.stringify(seen[level]);
    expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
    expect(seen[level]?.outside.filter((target) => target.startsWith(folder))).toEqual([]);
    expect(seen[level]?.inside?.canaries).toEqual([]);
  });

  it('outside of a sandbox all of them: the control', () => {
    const outside = seen['careless']?.outside ?? [];
    expect(secrets.filter((secret) => outside.some((value) => value.endsWith(secret)))).toHaveLength(COUNT);
    expect(outside.filter((target) => target.startsWith(folder))).toHaveLength(COUNT);
  });
});

async function runCarelessHost(): Promise<Readonly<Record<string, Seen>>> {
  const files = secrets.map((secret, index) => {
    const path = join(folder, `descriptor-${index}`);
    writeFileSync(path, 'open');
    return { path, secret };
  });
  const descriptors = files.map(({ path }) => openSync(path, 'r'));
  const program = await bundledProgram('host-with-secrets');
  const child = spawnOwned(process.execPath, [program, 'test/fixtures/extensions/spying/inventory.mjs'], {
    kind: 'careless-host',
    cwd: process.cwd(),
    environment: Object.fromEntries(secrets.map((secret, index) => [`CANARY_${index}`, secret])),
    // Far above the rest: Node closes the first few for its children by itself, and stops at the first gap.
    stdio: ['ignore', 'pipe', 'pipe', ...Array<null>(GAP).fill(null), ...descriptors],
  });
  descriptors.forEach((descriptor) => closeSync(descriptor));
  let output = '';
  let errors = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const { code } = await child.exited;
  rmSync(program, { force: true });
  if (code !== 0) throw new Error(`the careless host failed: ${errors}`);
  return JSON.parse(output) as Readonly<Record<string, Seen>>;
}
