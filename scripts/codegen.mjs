// `npm run codegen`: writes `src/extension.types.ts` of every extension, and of those in the guides, from its manifest. `--check` writes nothing and fails when one is stale.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { build } from './build.mjs';

await build();
const { generateTypes, readManifest } = await import(pathToFileURL('dist/libs/package/src/index.js').href);

let stale = 0;
for (const folder of ['extensions', 'test/guides', 'test/fixtures/samples'].flatMap((parent) =>
  readdirSync(parent).map((name) => join(parent, name)),
)) {
  if (!existsSync(join(folder, 'extension.json'))) continue;
  const path = join(folder, 'src/extension.types.ts');
  const text = await format(generateTypes(await readManifest(folder)), { ...(await resolveConfig(path)), filepath: path });
  if (existsSync(path) && readFileSync(path, 'utf8') === text) continue;
  stale += 1;
  if (process.argv.includes('--check')) console.error(`${path} is not what extension.json says; run: npm run codegen`);
  else writeFileSync(path, text);
}
process.exit(process.argv.includes('--check') && stale > 0 ? 1 : 0);
