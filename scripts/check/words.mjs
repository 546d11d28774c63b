// Words that must not be in the tree: paths of somebody's machine, download addresses, private keys, and unfinished business.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const FORBIDDEN = [
  [/(^|[^\w.])\/(home|Users)\/[a-z]/, 'a path of a machine'],
  [/registry\.npmjs\.org|repo\.maven|deb\.debian\.org/, 'the host of a package registry'],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----/, 'a private key'],
  [/\b(TODO|FIXME|XXX)\b/, 'unfinished business; finish it or write an issue'],
];
const SELF = 'scripts/check/words.mjs';

const { stdout } = spawnSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { encoding: 'utf8' });
const found = [];
for (const file of stdout
  .split('\n')
  .filter((path) => /\.(ts|mjs|cjs|json|md|yml|sql|graphql|html)$/.test(path) && path !== SELF && path !== 'package-lock.json')) {
  let text;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    continue; // deleted in the working tree
  }
  text.split('\n').forEach((line, index) => {
    for (const [pattern, what] of FORBIDDEN) if (pattern.test(line)) found.push(`${file}:${index + 1} ${what}`);
  });
}
for (const line of found) console.error(line);
process.exit(found.length === 0 ? 0 : 1);
