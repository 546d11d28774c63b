// `npm run first-party`: writes `extensions/first-party.json`, the bundles that this release vouches for, made by the function that the server
// bundles with. `--check` writes nothing and fails when the list is stale: a release is cut only with a list that fits.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from './build.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
await build();
const { readPackageFolder } = await import(pathToFileURL(join(root, 'dist/libs/package/src/index.js')).href);

const hashes = {};
for (const name of readdirSync(join(root, 'extensions')).sort()) {
  const folder = join(root, 'extensions', name);
  if (!existsSync(join(folder, 'extension.json'))) continue;
  const { manifest, bundle } = await readPackageFolder(folder);
  if (!manifest.id.startsWith('kari.')) {
    console.error(`extensions/${name} is ${manifest.id}: only extensions of the publisher kari are first-party`);
    process.exit(1);
  }
  hashes[manifest.id] = bundle.hash;
}

const path = join(root, 'extensions/first-party.json');
const text = `${JSON.stringify(hashes, null, 2)}\n`;
const fits = existsSync(path) && readFileSync(path, 'utf8') === text;
if (process.argv.includes('--check')) {
  if (!fits) console.error('extensions/first-party.json does not name the bundles that these sources make; run: npm run first-party');
  process.exit(fits ? 0 : 1);
}
if (!fits) writeFileSync(path, text);
console.log(`${Object.keys(hashes).length} first-party extension(s)${fits ? ', the list was up to date' : ''}`);
process.exit(0);
