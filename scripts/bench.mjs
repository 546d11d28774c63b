// `npm run bench [-- name ...]`: runs the benchmarks one after the other on a quiet machine and writes docs/benchmarks.md from their results;
// sections without results of this checkout stay as they are. `-- --page` only writes the page from the results there are.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './build.mjs';

const FOLDER = 'test/bench';
const RESULTS = '.cache/bench';
const ORDER = ['append', 'projection', 'workflow', 'sandbox', 'start', 'resolver'];
const PAGE = 'docs/benchmarks.md';

/** What each figure is measured against: field, whether it is a least or a most, the value, the unit. */
const TARGETS = {
  'append/32/Kari/perSecond': ['at least', 5_000],
  'append/32/Kari/p99': ['at most', 30],
  'append/1/Kari/p50': ['at most', 1.3],
  'projection catch-up//Kari/value': ['at least', 25_000],
  'append to visible, p50//Kari/value': ['at most', 10],
  'append to visible, p99//Kari/value': ['at most', 50],
  'run of 3 no-ops/1/Kari/p50': ['at most', 6],
  'run of 3 no-ops/1/Kari/p99': ['at most', 25],
  'run of 3 no-ops/50/Kari/tasksPerSecond': ['at least', 3_000],
  'run of 40 no-ops/1/Kari/perTask': ['at most', 1.2],
  'SIGKILL with 500 runs in flight//Kari/resumed': ['at most', 8],
  'SIGKILL with 500 runs in flight//Kari/lost': ['at most', 0],
  'SIGKILL with 500 runs in flight//Kari/repeats': ['at most', 1],
  'plugin call, warm/1/Kari/p50': ['at most', 0.3],
  'plugin call, cold//Kari/p50': ['at most', 60],
  'idle sandbox, PSS//Kari/megabytes': ['at most', 13],
  'resolve, all of 500 packages//Kari/value': ['at most', 100],
  'resolve, one more beside 499//Kari/value': ['at most', 100],
  'start, first, 10 extensions//Kari/value': ['at most', 20],
  'start, later, 10 extensions//Kari/value': ['at most', 6],
};
const UNITS = {
  perSecond: 'per second',
  tasksPerSecond: 'tasks per second',
  setPerSecond: 'set per second',
  p50: 'ms',
  p95: 'ms',
  p99: 'ms',
  max: 'ms',
  latest: 'ms',
  perTask: 'ms per task',
  cpuPerTask: 'ms of its process per task',
  syncsPerEvent: 'syncs per event',
  syncsPerTask: 'syncs per task',
  megabytes: 'MB',
  resumed: 's until all were resumed',
  lost: 'runs lost',
  repeats: 'repeats of one task at most',
};
/** What the figures of a section can be read for. */
const NOTES = {
  workflow: [
    'All contenders run their tasks as functions of one Node process, which makes the load itself: what is compared is the engine. Every task is one durable',
    'step. Kari is the platform with its views, bus, audit and checks of schemas; runs are started through the command bus and their ends read from the log;',
    'its sandbox has figures of its own. DBOS Transact: pool of 20, no tracing. Restate: its server with its own synced log on disk, not on PostgreSQL, started at',
    'its HTTP ingress; on Node 20 its SDK is given `Promise.withResolvers`. graphile-worker (polls every 100 ms) and pg-boss (every 500 ms, its least) are queues of',
    'jobs and take part only where a job is all that is asked for; the releases are the last that run on Node 20. What of its time a process computes is',
    "that of the contender's Node process alone. Lateness counts from the moment a timer was asked for; timers are one round.",
  ],
};
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
writeFileSync(PAGE, page());

function page() {
  const lines = [
    '# Benchmarks',
    '',
    'Written by `npm run bench`; medians of interleaved rounds with the lowest and highest round beside them. All contenders of a run share one',
    'PostgreSQL with `fsync=on` and `synchronous_commit=on`, each in a database of its own, after a warm-up. Wins and losses alike.',
    'Targets are those of the design; a figure that misses its target says so.',
    '',
  ];
  const before = sections(existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : '');
  for (const name of ORDER) {
    const path = join(RESULTS, `${name}.jsonl`);
    if (!existsSync(path)) {
      if (before.has(name)) lines.push(before.get(name), '');
      continue;
    }
    const results = readFileSync(path, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const about = results.find((line) => line.machine !== undefined);
    lines.push(`## ${name}`, '');
    if (about !== undefined) lines.push(aboutLine(about), '');
    if (NOTES[name] !== undefined) lines.push(...NOTES[name], '');
    const peers = results.find((line) => line.peers !== undefined)?.peers;
    if (peers !== undefined)
      lines.push(
        `Peers: ${Object.entries(peers)
          .map(([peer, version]) => `${peer} ${version}`)
          .join(', ')}.`,
        '',
      );
    lines.push('| what | who | figure | median | low to high | target |', '|---|---|---|---|---|---|');
    for (const line of results) lines.push(...rows(line));
    lines.push('');
  }
  return lines.join('\n');
}

function aboutLine({ machine, version, commit }) {
  const { cores, cpu, kernel, node, load } = machine;
  const parts = [
    `${cores} cores (${cpu})`,
    `Linux ${kernel}`,
    `Node ${node}`,
    ...(version === undefined ? [] : [`PostgreSQL ${version}`]),
    `commit ${commit}`,
  ];
  if (load === undefined) return `${parts.join(', ')}.`;
  const noise = load < cores / 2 ? '' : ' Others used the machine meanwhile: no figure here stands for itself, only beside its neighbours.';
  return `${parts.join(', ')}; load average before it began: ${load.toFixed(1)}.${noise}`;
}

/** The text of each section, its heading with it. */
function sections(text) {
  return new Map(
    text.split(/^(?=## )/m).flatMap((part) => (part.startsWith('## ') ? [[part.slice(3, part.indexOf('\n')).trim(), part.trim()]] : [])),
  );
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
