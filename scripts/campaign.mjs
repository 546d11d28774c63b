// `npm run campaign -- --only <id> [--seed n] [--size n]`: the full figure of one promise, and the record that may be claimed from it.
import { mkdtempSync, readFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from './build.mjs';
import { partOf, readParts, render } from './lib/campaign-record.mjs';
import { commitOf, prerequisites, versions } from './lib/circumstances.mjs';
import { root, runJest, succeeded, summary } from './lib/jest.mjs';
import { suitesWith } from './lib/suites.mjs';

const MINUTES = 170;
const USAGE = 'npm run campaign -- --only <id> [--seed n] [--size n]';

const asked = options();
const named = `\\b${asked.only}\\b`;
const suites = suitesWith(new RegExp(named));
if (suites.length === 0) refuse(`no suite is titled with ${asked.only}`);

await build();
const folder = mkdtempSync(join(tmpdir(), 'kari-campaign-'));
const lines = join(folder, 'lines.jsonl');
try {
  const circumstances = { ...commitOf(), versions: versions(), prerequisites: await prerequisites() };
  const started = Date.now();
  const counts = await runJest(['--runInBand', '--runTestsByPath', ...suites], {
    environment: {
      KARI_TEST_TIER: 't3',
      KARI_TEST_ID: asked.only,
      KARI_TEST_RECORD: lines,
      ...(asked.seed === undefined ? {} : { KARI_TEST_SEED: asked.seed }),
      ...(asked.size === undefined ? {} : { KARI_TEST_SIZE: asked.size }),
    },
    named,
    withinMinutes: MINUTES,
  });
  const told = existsSync(lines) ? readFileSync(lines, 'utf8').trim().split('\n').filter(Boolean).map(JSON.parse) : [];
  const part = partOf({ id: asked.only, size: asked.size ?? 'full', circumstances, started, ended: Date.now(), counts, told, suites });
  const record = `docs/campaigns/${asked.only}-${new Date(started).toISOString().slice(0, 10)}.md`;
  keep(join(root, record), part);
  console.log(`${summary(counts)}; ${part.verdict}; recorded in ${record}`);
  process.exitCode = succeeded(counts) ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Runs of one day stand in one record; those at one commit add up. */
function keep(path, part) {
  mkdirSync(join(root, 'docs/campaigns'), { recursive: true });
  const parts = existsSync(path) ? readParts(readFileSync(path, 'utf8')) : [];
  writeFileSync(path, render([...parts, part]));
}

function options() {
  let values;
  try {
    ({ values } = parseArgs({ options: { only: { type: 'string' }, seed: { type: 'string' }, size: { type: 'string' } } }));
  } catch (error) {
    refuse(error.message);
  }
  if (values.only === undefined || !/^[A-Z]-\d{2}$/.test(values.only)) refuse('--only needs the id of a promise, as D-01');
  for (const name of ['seed', 'size']) if (!/^[0-9]+$/.test(values[name] ?? '0')) refuse(`--${name} needs a whole number`);
  return values;
}

function refuse(message) {
  console.error(`${message}: ${USAGE}`);
  process.exit(2);
}
