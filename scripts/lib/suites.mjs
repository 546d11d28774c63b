// Finds the suites of a promise or of a tier by reading them: nobody keeps a list.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './jest.mjs';

const FOLDERS = ['apps', 'libs', 'test', 'extensions'];
const LEFT_OUT = /(^|\/)(node_modules|dist|fixtures|bench)\//;

/** Spec files whose text the pattern finds something in. */
export function suitesWith(pattern) {
  return FOLDERS.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true })
      .map((name) => join(folder, name))
      .filter((path) => path.endsWith('.spec.ts') && !LEFT_OUT.test(path) && pattern.test(readFileSync(join(root, path), 'utf8'))),
  ).sort();
}
