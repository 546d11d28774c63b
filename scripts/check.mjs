// `npm run check [step ...]`: everything about the tree that can be judged without running it. All steps run; any red one fails.
import { spawnSync } from 'node:child_process';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const bin = (name) => join(root, 'node_modules', '.bin', name);
const node = (script, ...args) => [process.execPath, [join(root, script), ...args]];

const steps = {
  types: [bin('tsc'), ['--noEmit', '-p', 'tsconfig.json']],
  lint: [bin('eslint'), ['--max-warnings', '0', '--cache', '--cache-location', '.cache/eslint', 'apps', 'libs', 'extensions', 'test']],
  format: [bin('prettier'), ['--check', '--cache', '--cache-location', '.cache/prettier', '--log-level', 'warn', '.']],
  architecture: [bin('depcruise'), ['--config', '.dependency-cruiser.cjs', '--output-type', 'err', 'apps', 'libs', 'extensions', 'test']],
  roles: node('scripts/check/roles.mjs'),
  schema: node('scripts/check/schema.mjs'),
  codegen: node('scripts/codegen.mjs', '--check'),
  reference: node('scripts/docs.mjs', '--check'),
  unused: [bin('knip'), ['--no-progress', '--no-config-hints']],
  engines: node('scripts/check/engines.mjs'),
  release: node('scripts/first-party.mjs', '--check'),
  lock: node('scripts/check/lock.mjs'),
  words: node('scripts/check/words.mjs'),
  planted: node('scripts/check/planted.mjs'),
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in steps));
if (unknown.length > 0) {
  console.error(`no such step: ${unknown.join(', ')}; there are ${Object.keys(steps).join(', ')}`);
  process.exit(2);
}

let red = 0;
for (const [name, [command, args]] of Object.entries(steps)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  const started = performance.now();
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, FORCE_COLOR: '0' },
    maxBuffer: 1 << 28,
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${status === 0 ? 'ok  ' : 'RED '} ${name} (${seconds} s)`);
  if (status !== 0) {
    red += 1;
    console.log(`${stdout ?? ''}${stderr ?? ''}`.trimEnd());
  }
}
process.exit(red === 0 ? 0 : 1);
