// `npm run docs`: writes the reference pages from the code that they describe. `--check` writes nothing and fails when one is stale.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { build } from './build.mjs';
import { codesPage } from './docs/codes.mjs';
import { configurationPage } from './docs/configuration.mjs';
import { manifestPage } from './docs/manifest.mjs';
import { rightsPage } from './docs/rights.mjs';

await build();
const pages = {
  'docs/reference/codes.md': await codesPage(),
  'docs/reference/configuration.md': await configurationPage(),
  'docs/reference/manifest.md': await manifestPage(),
  'docs/reference/rights.md': await rightsPage(),
};

let stale = 0;
mkdirSync('docs/reference', { recursive: true });
for (const [path, text] of Object.entries(pages)) {
  if (existsSync(path) && readFileSync(path, 'utf8') === text) continue;
  stale += 1;
  if (process.argv.includes('--check')) console.error(`${path} is not what the code says; run: npm run docs`);
  else writeFileSync(path, text);
}
process.exit(process.argv.includes('--check') && stale > 0 ? 1 : 0);
