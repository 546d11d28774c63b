// The walls of the floor plan can fail: files that break it, planted in a folder of their own, are refused by name; the same folder without
// them is not.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

const root = resolve(import.meta.dirname, '..');
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kari-walls-'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  plant({
    'tsconfig.json': '{ "compilerOptions": { "module": "nodenext", "target": "es2023" }, "include": ["libs"] }',
    // The lint rules as they are, without those that need the types of a whole program.
    'eslint.config.mjs': `import rules from ${JSON.stringify(join(root, 'eslint.config.mjs'))};
      import { configs } from 'typescript-eslint';
      export default [...rules, configs.disableTypeChecked];`,
    'libs/kernel/src/word.ts': 'export const word = 1;',
    'libs/tenancy/README.md': '# Tenancy',
    'libs/tenancy/src/contract.ts': "import { word } from '../../kernel/src/word.js';\nexport const tenancy = word;",
    'libs/data/README.md': '# Data',
    'libs/data/src/store.ts': "import { tenancy } from '../../tenancy/src/contract.js';\nexport const store = tenancy;",
  });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function plant(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), `${text}\n`);
  }
}

interface Verdict {
  readonly green: boolean;
  readonly said: string;
}

function run(program: string, ...args: readonly string[]): Verdict {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, program), ...args], { cwd: folder, encoding: 'utf8' });
  return { green: status === 0, said: `${stdout}${stderr}` };
}

const floorPlan = () =>
  run('node_modules/dependency-cruiser/bin/dependency-cruise.mjs', '--config', join(root, '.dependency-cruiser.cjs'), 'libs');
const lint = (path: string) => run('node_modules/eslint/bin/eslint.js', path);
const roles = () => run('scripts/check/roles.mjs');

describe('the floor plan', () => {
  it('has nothing against a context that knows another by its contract', () => {
    expect(floorPlan()).toMatchObject({ green: true });
  });

  it.each([
    ['kernel-is-alone', 'libs/kernel/src/word.ts', "export { tenancy } from '../../tenancy/src/contract.js';"],
    ['contexts-meet-at-the-contract', 'libs/tenancy/src/contract.ts', "export { store } from '../../data/src/store.js';"],
    ['no-cycles', 'libs/tenancy/src/contract.ts', "export { store } from '../../data/src/store.js';"],
    ['pure-roles-do-no-io', 'libs/data/src/store.ts', "export * from './store.decider.js';"],
    ['the-pure-door-opens-on-pure-files', 'libs/package/src/rules.ts', "export { hand } from './hand.js';"],
  ])('%s refuses a planted import in %s', (wall, path, text) => {
    plant({
      'libs/data/src/store.decider.ts': "import { readFileSync } from 'node:fs';\nexport const read = readFileSync;",
      'libs/package/src/hand.ts': 'export const hand = 1;',
      [path]: text,
    });
    const { green, said } = floorPlan();
    expect([green, said]).toEqual([false, expect.stringContaining(`error ${wall}: `)]);
  });
});

describe('the role lint', () => {
  it.each([
    ['a decider that reads the clock', 'a.decider.ts', 'export const at = Date.now();', 'CLOCK port'],
    ['rules that read a file', 'a.rules.ts', "import 'node:fs';", 'pure role'],
    ['a shell that starts a program past its owner', 'a.ts', "import 'node:child_process';", 'libs/platform/src/process'],
    ['code made from text', 'a.ts', "eval('1');", 'never a border'],
  ])('refuses %s', (_what, name, text, reason) => {
    plant({ [`libs/data/src/${name}`]: text });
    const { green, said } = lint(`libs/data/src/${name}`);
    expect([green, said]).toEqual([false, expect.stringContaining(reason)]);
  });

  it('has nothing against a decider that does not', () => {
    plant({ 'libs/data/src/a.decider.ts': 'export const decide = (now: string): string => now;' });
    expect(lint('libs/data/src/a.decider.ts')).toMatchObject({ green: true });
  });
});

describe('the roles of files', () => {
  it('are well in the unspoilt folder', () => {
    expect(roles()).toEqual({ green: true, said: '' });
  });

  it('refuses a decider without a spec, and a suffix that is no role', () => {
    plant({ 'libs/data/src/a.decider.ts': '', 'libs/data/src/a.manager.ts': '' });
    const { green, said } = roles();
    expect([green, said]).toEqual([false, expect.stringMatching(/a\.decider\.ts has no spec beside it[^]*a\.manager\.ts names no role/)]);
  });
});
