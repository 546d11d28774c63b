// Planted bugs (test/planted) fit the sources of today: each can be planted, and its test is there. That it is caught, only `npm run test:planted` shows.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { faultsOf, namedTwice } from '../lib/planted-bugs.mjs';

const texts = new Map();
const read = (path) => {
  if (!texts.has(path)) texts.set(path, existsSync(path) && statSync(path).isFile() ? readFileSync(path, 'utf8') : null);
  return texts.get(path);
};

const bugs = [];
for (const file of readdirSync('test/planted').filter((name) => name.endsWith('.mjs'))) {
  const planted = (await import(new URL(`../../test/planted/${file}`, import.meta.url).href)).default;
  bugs.push(...[planted].flat().map((bug) => ({ ...bug, from: `test/planted/${file}` })));
}

const wrong = bugs.flatMap((bug) => faultsOf(bug, read).map((fault) => `${bug.from} ${bug.name}: ${fault}`));
wrong.push(...namedTwice(bugs).map((name) => `${name} is the name of two planted bugs`));
for (const line of wrong) console.error(line);
process.exit(wrong.length === 0 ? 0 : 1);
