// `npm run rotate-master-key`: puts a new master key in the place of the one in the data folder; the old one stays beside it. Stop the server
// first; its next start wraps every key anew and says so. Then run it again with --drop to delete the earlier keys.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './build.mjs';

const data = process.env.KARI_DATA_DIR ?? '.data';
const folder = join(data, 'keys');
if (!existsSync(folder)) fail(`There are no keys in ${data}: start the server once, or set KARI_DATA_DIR.`);
if (existsSync(join(data, 'server.lock')))
  fail(`A server uses ${data} (${readFileSync(join(data, 'server.lock'), 'utf8').trim()}): stop it first.`);

await build();
const { dropPreviousMasterKeys, rotateMasterKeyFile } = await import('../dist/libs/platform/src/crypto/index.js');
if (process.argv.includes('--drop')) {
  await dropPreviousMasterKeys(folder);
  console.log('The earlier master keys are gone.');
} else {
  await rotateMasterKeyFile(folder);
  console.log('A new master key is in place. Start the server: it wraps every key anew. Then run this again with --drop.');
}

function fail(line) {
  console.error(line);
  process.exit(1);
}
