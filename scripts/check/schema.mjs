// The committed GraphQL schema must be the one that the code prints, and must still hold everything that the last release promised.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { buildSchema, findBreakingChanges } from 'graphql';
import { build } from '../build.mjs';

const COMMITTED = 'apps/server/schema.graphql';
const RELEASED = 'apps/server/schema.released.graphql';

await build();
const { printSchema } = await import('../../dist/apps/server/src/print-schema.js');
const printed = await printSchema();
if (process.argv.includes('--write')) {
  writeFileSync(COMMITTED, printed);
  process.exit(0);
}

const committed = existsSync(COMMITTED) ? readFileSync(COMMITTED, 'utf8') : '';
let red = false;
if (committed !== printed) {
  console.error(`${COMMITTED} is not what the code prints; run: npm run codegen`);
  red = true;
}
if (existsSync(RELEASED)) {
  for (const change of findBreakingChanges(buildSchema(readFileSync(RELEASED, 'utf8')), buildSchema(printed))) {
    console.error(`breaks the released schema: ${change.description}`);
    red = true;
  }
}
process.exit(red ? 1 : 0);
