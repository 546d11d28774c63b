// `npm run bench [-- name ...]`: runs the benchmarks one after the other on a quiet machine and writes docs/benchmarks.md from their results.
// `-- --page` only writes the page from the results there are.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './build.mjs';

const FOLDER = 'test/bench';
const RESULTS = '.cache/bench';
const ORDER = ['append', 'projection', 'sandbox', 'start', 'resolver'];

/** What each figure is measured against: field, whether it is a least or a most, the value, the unit. */
const TARGETS = {
  'append/32/Kari/perSecond': ['at least', 5_000],
  'append/32/Kari/p99': ['at most', 30],
  'append/1/Kari/p50': ['at most', 1.3],
  'projection catch-up//Kari/value': ['at least', 25_000],
  'append to visible, p50//Kari/value': ['at most', 10],
  'append to visible, p99//Kari/value': ['at most', 50],
  'plugin call, warm/1/Kari/p50': ['at most', 0.3],
  'plugin call, cold//Kari/p50': ['at most', 60],
  'idle sandbox, PSS//Kari/megabytes': ['at most', 13],
  'resolve, all of 500 packages//Kari/value': ['at most', 100],
  'resolve, one more beside 499//Kari/value': ['at most', 100],
  'start, first, 10 extensions//Kari/value': ['at most', 20],
  'start, later, 10 extensions//Kari/value': ['at most', 6],
};
const UNITS = { perSecond: 'per second', p50: 'ms', p95: 'ms', p99: 'ms', max: 'ms', syncsPerEvent: 'syncs per event', megabytes: 'MB' };
/** Single numbers that are results; all others are parameters of the run. */
const PLAIN = new Set(['p50', 'p95', 'max']);

const asked = process.argv.slice(2);
if (!asked.includes('--page')) {
  await build();
  const names = readdirSync(FOLDER)
    .filter((name) => name.endsWith('.bench.ts'))
    .map((name) => name.replace('.bench.ts', ''));
  const chosen =
    asked.length > 0 ? asked : [...ORDER.filter((name) => names.includes(name)), ...names.filter((name) => !ORDER.includes(name))];
  for (const name of chosen) {
    console.log(`\n${name}`);
    const { status } = spawnSync(process.execPath, [`${FOLDER}/run.mjs`, name], { stdio: 'inherit' });
    if (status !== 0) process.exit(status ?? 1);
  }
}
writeFileSync('docs/benchmarks.md', page());

function page() {
  const lines = [
    '# Benchmarks',
    '',
    'Written by `npm run bench`; medians of interleaved rounds with the lowest and highest round beside them. All contenders of a run share one',
    'PostgreSQL with `fsync=on` and `synchronous_commit=on`, each in a database of its own, after a warm-up. Wins and losses alike.',
    'Targets are those of the design; a figure that misses its target says so.',
    '',
  ];
  for (const name of ORDER) {
    const path = join(RESULTS, `${name}.jsonl`);
    if (!existsSync(path)) continue;
    const results = readFileSync(path, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const about = results.find((line) => line.machine !== undefined);
    lines.push(`## ${name}`, '');
    if (about !== undefined)
      lines.push(
        `${about.machine.cores} cores (${about.machine.cpu}), Linux ${about.machine.kernel}, Node ${about.machine.node}${about.version === undefined ? '' : `, PostgreSQL ${about.version}`}, commit ${about.commit}.`,
        '',
      );
    lines.push('| what | who | figure | median | low to high | target |', '|---|---|---|---|---|---|');
    for (const line of results) lines.push(...rows(line));
    lines.push('');
  }
  return lines.join('\n');
}

function rows(line) {
  const what = line.bench ?? line.figure;
  if (what === undefined) return [];
  const who = line.contender ?? 'Kari';
  const shown = `${what}${line.inFlight === undefined ? '' : `, ${line.inFlight} in flight`}`;
  return Object.entries(line)
    .filter(([field, value]) => typeof value?.median === 'number' || (PLAIN.has(field) && typeof value === 'number'))
    .map(([field, value]) => {
      const median = value.median ?? value;
      const spread = value.median === undefined ? '' : `${value.low} to ${value.high}`;
      const unit = line.unit ?? UNITS[field] ?? field;
      const label = field === 'value' ? '' : field;
      return `| ${shown} | ${who} | ${label} | ${median} ${unit} | ${spread} | ${verdict(`${what}/${line.inFlight ?? ''}/${who}/${field}`, median)} |`;
    });
}

function verdict(key, median) {
  const target = TARGETS[key];
  if (target === undefined) return '';
  const [bound, value] = target;
  const kept = bound === 'at least' ? median >= value : median <= value;
  return `${bound} ${value}: ${kept ? 'kept' : '**missed**'}`;
}
