// S-02: nothing inside one process is ever the border. The lint rules refuse it where it is written in TypeScript; this reads every source of ours,
// the build scripts too, and the list of what is installed.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const PRISONS = [
  'vm',
  'vm2',
  'ses',
  'isolated-vm',
  '@endo/init',
  '@endo/compartment-mapper',
  'near-membrane-base',
  'quickjs-emscripten',
  'sval',
  'notevil',
];
/** A stopwatch around our own functions: the code of a stranger never gets there, only data does. */
const STOPWATCH = 'libs/package/src/schema/compile-foreign-schema.ts';

const named = PRISONS.map((name) => name.replace(/[/]/g, '\\/')).join('|');
const borders: readonly RegExp[] = [
  new RegExp(`\\b(?:from|import|require)\\s*\\(?\\s*['"\`](?:node:)?(?:${named})(?:\\/[^'"\`]*)?['"\`]`),
  /\bnew\s+Function\b|\bFunction\s*\(\s*['"`]/,
  /(?<![.\w])eval\s*\(/,
  /\bnew\s+(?:ShadowRealm|Compartment)\b/,
  /\blockdown\s*\(/,
];
const usesBorder = (text: string): boolean => borders.some((border) => border.test(text));

function* sources(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && entry.name !== 'node_modules' && entry.name !== 'dist') yield* sources(path);
    else if (entry.isFile() && /\.(?:ts|tsx|mts|mjs|js|cjs)$/.test(entry.name) && !/\.spec\.tsx?$/.test(entry.name)) yield path;
  }
}

describe('a border inside one process (S-02)', () => {
  it('is built nowhere', () => {
    const used = ['libs', 'apps', 'extensions', 'scripts']
      .flatMap((folder) => [...sources(folder)])
      .filter((path) => usesBorder(readFileSync(path, 'utf8').replace(/^\s*(?:\/\/|\*).*$/gm, '')));
    expect(used).toEqual([STOPWATCH]);
  });

  it('is nothing that is installed for the release', () => {
    const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies: Record<string, string> };
    expect(Object.keys(dependencies).filter((name) => PRISONS.includes(name))).toEqual([]);
  });

  it.each([
    `import { runInContext } from 'node:vm';`,
    `import vm from "vm";`,
    `const { NodeVM } = require('vm2');`,
    `await import('vm2');`,
    `await import(\`isolated-vm\`);`,
    `import 'ses';`,
    `import { getQuickJS } from 'quickjs-emscripten';`,
    `new Function('return 1')();`,
    `Function('return 1')();`,
    `const value = eval(text);`,
    `new ShadowRealm().evaluate('1');`,
    `new Compartment({});`,
    `lockdown();`,
  ])('would be found: %s', (line) => expect(usesBorder(line)).toBe(true));

  it.each(['retrieval(', 'this.eval(x)', "import { sesame } from './ses.js';", "import x from './vm/view.js';"])(
    'is not what merely reads like it: %s',
    (line) => expect(usesBorder(line)).toBe(false),
  );
});
