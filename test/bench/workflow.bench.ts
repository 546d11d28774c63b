// Workflows beside those of others, each contender in a process of its own and on one PostgreSQL: whole runs, one at a time and fifty at once; ten
// thousand timers; and a process that is killed with five hundred runs in its hands.
import { readFileSync } from 'node:fs';
import { benchOptions, figure, report, startBenchServer } from './harness.js';
import { TASKS, type RunsAnswer, type TimersAnswer, type Workload } from './workflow/contender.js';
import { Contestant } from './workflow/contestant.js';
import { killed } from './workflow/killed.js';
import type { Statements } from './workflow/statements.js';
import { size } from './workflow/size.js';

interface Load {
  readonly bench: string;
  readonly workload: Workload;
  readonly inFlight: number;
}

type Measured = RunsAnswer & { readonly syncs: number };

const ENGINES = ['Kari', 'DBOS', 'Restate'];
/** Of jobs, not of workflows: they take part where a job is all that is asked for. */
const QUEUES = ['graphile-worker', 'pg-boss'];
const LOADS: readonly Load[] = [
  { bench: 'run of 3 no-ops', workload: 'three', inFlight: 1 },
  { bench: 'run of 3 no-ops', workload: 'three', inFlight: 50 },
  { bench: 'run of 40 no-ops', workload: 'forty', inFlight: 1 },
  { bench: 'run of 40 fibo(10)', workload: 'fortyFibo', inFlight: 1 },
  { bench: 'run of 10 fibo(33)', workload: 'tenFibo', inFlight: 1 },
  { bench: 'fan-out to 100 no-ops', workload: 'fanOut', inFlight: 1 },
];
const PEERS = ['@dbos-inc/dbos-sdk', '@restatedev/restate-server', '@restatedev/restate-sdk', 'graphile-worker', 'pg-boss'];
const KILLS = 3;
const WARM_UP_SECONDS = 2;

const { rounds, seconds } = benchOptions({ rounds: 5, seconds: 2.5 });
const server = await startBenchServer();
const contestants: Contestant[] = [];
try {
  for (const name of [...ENGINES, ...QUEUES].filter((one) => size.contenders?.includes(one) ?? true)) {
    const contestant = await Contestant.open(name, await server.database(`bench_${name.toLowerCase().replaceAll('-', '_')}`));
    if (contestant !== null) contestants.push(contestant);
  }
  report({ peers: peerVersions() });
  for (const load of LOADS.filter(({ workload, inFlight }) => size.loads?.includes(`${workload}/${inFlight}`) ?? true)) await runs(load);
  if (size.timers > 0) for (const contestant of contestants) await timers(contestant);
  for (const contestant of contestants.splice(0)) await contestant.close();
  if (size.killed > 0) await kills();
} finally {
  for (const contestant of contestants) await contestant.close();
  await server.stop();
}

async function runs({ bench, workload, inFlight }: Load): Promise<void> {
  const taking = contestants.filter(({ name }) => workload === 'fanOut' || ENGINES.includes(name));
  const order = { kind: 'runs', workload, inFlight } as const;
  for (const contestant of taking) await contestant.ask({ ...order, seconds: Math.min(WARM_UP_SECONDS, seconds) });
  const found = new Map<Contestant, Measured[]>(taking.map((contestant) => [contestant, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const contestant of taking) {
      // Counting syncs takes longer than the round: the shortest load stands for all.
      const before = workload === 'three' ? await server.walSyncs() : 0;
      const answer = await contestant.ask<RunsAnswer>({ ...order, seconds });
      const syncs = workload === 'three' ? (await server.walSyncs()) - before : 0;
      found.get(contestant)?.push({ ...answer, syncs });
    }
  }
  const tasks = TASKS[workload];
  for (const [{ name: contender }, measured] of found) {
    const each = (of: (answer: Measured) => number) => figure(measured.map(of));
    const line = {
      bench,
      contender,
      inFlight,
      rounds,
      seconds,
      tasksPerSecond: each((answer) => (answer.runs * tasks) / answer.seconds),
      p50: each(({ latencies }) => quantile(latencies, 0.5)),
      p99: each(({ latencies }) => quantile(latencies, 0.99)),
      perTask: each(({ latencies }) => quantile(latencies, 0.5) / tasks),
      cpuPerTask: each(({ cpuMilliseconds }) => cpuMilliseconds / tasks),
      ...(contender === 'Kari' ? { statementsPerTask: each((answer) => sumOf(answer.statements) / (answer.runs * tasks)) } : {}),
      // Restate writes a log of its own, whose syncs nobody counts here.
      ...(workload === 'three' && contender !== 'Restate' ? { syncsPerTask: each((answer) => answer.syncs / (answer.runs * tasks)) } : {}),
    };
    report(line);
    const { tasksPerSecond, p50, p99, perTask, cpuPerTask, statementsPerTask, syncsPerTask } = line;
    say(
      `${bench}, ${inFlight} at once`,
      contender,
      `${tasksPerSecond.median} tasks/s (${tasksPerSecond.low} to ${tasksPerSecond.high})  p50 ${p50.median} ms  p99 ${p99.median} ms  ` +
        `${perTask.median} ms/task  cpu ${cpuPerTask.median} ms/task` +
        `${statementsPerTask === undefined ? '' : `  ${statementsPerTask.median} statements/task`}` +
        `${syncsPerTask === undefined ? '' : `  ${syncsPerTask.median} syncs/task`}`,
    );
    if (size.statements) for (const { runs, statements } of measured.slice(-1)) sayStatements(statements, runs);
  }
}

/** Once each: it takes as long as ten rounds of the others. */
async function timers(contestant: Contestant): Promise<void> {
  const order = { kind: 'timers', count: size.timers, milliseconds: size.timerSeconds * 1_000 } as const;
  const { late, seconds: took } = await contestant.ask<TimersAnswer>(order);
  const one = (value: number) => figure([value]);
  const bench = `${size.timers.toLocaleString('en')} timers of ${size.timerSeconds} s, lateness`;
  const line = {
    setPerSecond: one(late.length / took),
    p50: one(quantile(late, 0.5)),
    p99: one(quantile(late, 0.99)),
    latest: one(late.at(-1) ?? 0),
  };
  report({ bench, contender: contestant.name, rounds: 1, ...line });
  const { setPerSecond, p50, p99, latest } = line;
  say(bench, contestant.name, `${setPerSecond.median} set/s  p50 ${p50.median} ms  p99 ${p99.median} ms  latest ${latest.median} ms`);
}

async function kills(): Promise<void> {
  const found = [];
  for (let round = 0; round < Math.min(rounds, KILLS); round += 1) found.push(await killed(await server.database(`bench_killed_${round}`)));
  const line = {
    resumed: figure(found.map(({ resumedSeconds }) => resumedSeconds)),
    lost: figure(found.map(({ lost }) => lost)),
    repeats: figure(found.map(({ mostRepeats }) => mostRepeats)),
  };
  const bench = `SIGKILL with ${size.killed} runs in flight`;
  report({ bench, contender: 'Kari', rounds: found.length, ...line });
  const { resumed, lost, repeats } = line;
  say(
    bench,
    'Kari',
    `all resumed after ${resumed.median} s (${resumed.low} to ${resumed.high}), ${lost.high} lost, ${repeats.high} repeats`,
  );
}

function peerVersions(): Readonly<Record<string, string>> {
  const { dependencies } = JSON.parse(readFileSync('test/bench/peers/package.json', 'utf8')) as { dependencies: Record<string, string> };
  return Object.fromEntries(PEERS.map((name) => [name, dependencies[name] ?? 'none']));
}

function sayStatements(statements: Statements, runs: number): void {
  for (const [name, count] of Object.entries(statements).sort(([, one], [, other]) => other - one))
    process.stdout.write(`${(count / runs).toFixed(2).padStart(10)} a run  ${name}\n`);
}

function sumOf(statements: Statements): number {
  return Object.values(statements).reduce((sum, count) => sum + count, 0);
}

function say(what: string, who: string, figures: string): void {
  process.stdout.write(`${what.padEnd(36)} ${who.padEnd(16)} ${figures}\n`);
}

function quantile(sorted: readonly number[], at: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * at))] ?? 0;
}
